// The zones of the record store. What changed in the store since the last look is all that is read
// and compiled: the trees of names that the changes are in, or, where a tree is large, only the
// names. One thread.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "service/dnsd/answer/zone_set.hpp"
#include "service/dnsd/zone/record_zones.hpp"
#include "store/sqlite/records/record_store.hpp"

namespace vedette::dnsd {

/// Which zones are other ones than at the last look.
struct ZoneNews {
    bool all = false;                 ///< all may be
    std::vector<std::string> apexes;  ///< these are; lower case wire form

    [[nodiscard]] bool any() const noexcept { return all || !apexes.empty(); }
};

class RecordSource {
  public:
    struct Limits {
        std::uint64_t large_zone = 1'000;  ///< names; smaller ones compile in a millisecond
        /// So many changed names, and an eighth of all, are kept beside a large zone before it is
        /// compiled whole again.
        std::uint64_t changed_names = 10'000;
    };
    explicit RecordSource(std::string path) : RecordSource(std::move(path), Limits()) {}
    RecordSource(std::string path, Limits limits) : path_(std::move(path)), limits_(limits) {}

    /// Reads what changed, and adds it to `news`. What is wrong is appended to `messages`, one line
    /// each; the zone from before then stays.
    void refresh(ZoneNews& news, std::vector<std::string>& messages);
    /// Makes the next refresh() read everything anew.
    void forget() noexcept { serial_.reset(); }
    [[nodiscard]] const ZoneSet& zones() const noexcept { return zones_; }

  private:
    struct Changes;
    [[nodiscard]] Result<void> read(ZoneNews& news, std::vector<std::string>& messages);
    [[nodiscard]] Result<void> read_all(std::vector<std::string>& messages);
    [[nodiscard]] Result<void> read_changes(std::span<const std::string> keys, Changes& changes);
    /// How many octets of the key are the root of the tree of names that it is in.
    [[nodiscard]] Result<std::size_t> tree_of(const std::string& key);
    [[nodiscard]] Result<void> read_tree(const std::string& tree, std::span<const std::string> keys,
                                         Changes& changes);
    /// False when the whole tree must be read.
    [[nodiscard]] Result<bool> read_names(const std::string& tree,
                                          std::span<const std::string> keys, Changes& changes);
    [[nodiscard]] bool takes_changes(const ServedZone& served, std::size_t changes) const;
    void note_problem(const ZoneProblem& problem, bool kept, std::vector<std::string>& messages);

    std::string path_;
    Limits limits_;
    std::optional<store::RecordStore> store_;
    std::optional<std::uint32_t> serial_;  // of what is in zones_
    std::uint32_t reading_ = 0;            // of what is being read
    ZoneSet zones_;
    std::set<std::string> whole_;  // apexes of zones whose names cannot be changed one by one
    std::string trouble_;          // told once, not four times a second
};

}  // namespace vedette::dnsd
