// Where zones come from: master files and the record store. Keeps the last good version of each; a
// bad zone never replaces a good one. One thread.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "service/dnsd/daemon/record_source.hpp"

namespace vedette::dnsd {

struct ZoneFile {
    OwnedName apex;
    std::string path;
};

class ZoneSources {
  public:
    ZoneSources(std::vector<ZoneFile> files, std::string records_path);

    /// Reads what changed since the last call, and says which zones are other ones now; what is
    /// wrong is appended to `messages`, one line each.
    [[nodiscard]] ZoneNews refresh(std::vector<std::string>& messages);
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

    std::vector<FileState> files_;
    RecordSource records_;
};

}  // namespace vedette::dnsd
