// Where zones come from: master files and the record store. Keeps the last good version of each; a
// bad zone never replaces a good one. One thread.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/dnsd/answer/zone_set.hpp"
#include "store/sqlite/records/record_store.hpp"

namespace vedette::dnsd {

struct ZoneFile {
    OwnedName apex;
    std::string path;
};

class ZoneSources {
  public:
    ZoneSources(std::vector<ZoneFile> files, std::string records_path);

    /// Reads what changed since the last call. True when the zones are other ones now; what is
    /// wrong is appended to `messages`, one line each.
    [[nodiscard]] bool refresh(std::vector<std::string>& messages);
    /// Makes the next refresh() read every file anew.
    void forget_times() noexcept;
    /// Of two zones with one apex the records win over the file.
    [[nodiscard]] ZoneSet zones() const;

  private:
    static constexpr off_t kReadAnew = -1;
    static constexpr off_t kMissing = -2;
    struct FileState {
        ZoneFile file;
        timespec modified{};
        off_t bytes = kReadAnew;
        ServedZonePointer zone;
    };
    [[nodiscard]] bool refresh_file(FileState& state, std::vector<std::string>& messages);
    [[nodiscard]] bool refresh_records(std::vector<std::string>& messages);
    [[nodiscard]] Result<void> read_records(std::uint32_t serial,
                                            std::vector<std::string>& messages);

    std::vector<FileState> files_;
    std::string records_path_;
    std::optional<store::RecordStore> records_;
    std::optional<std::uint32_t> records_serial_;
    std::vector<ServedZonePointer> record_zones_;
    std::string records_trouble_;  // told once, not four times a second
};

}  // namespace vedette::dnsd
