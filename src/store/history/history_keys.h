// What connections are sorted and counted by, for the writer's summaries and the reader's scans alike, so
// that both agree.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "conntrail/store/history.h"
#include "conntrail/store/keys.h"

namespace conntrail::store {

inline constexpr std::array kSortKeys{
    SortKey::id,         SortKey::opened,         SortKey::closed,      SortKey::duration, SortKey::connect,
    SortKey::bytes_sent, SortKey::bytes_received, SortKey::retransmits, SortKey::rtt};

// sort_value() in SQL, on `record r`.
[[nodiscard]] std::string sort_sql(SortKey key);

// From the opening to the end, or to when it was last seen.
[[nodiscard]] std::optional<Nanoseconds> known_duration(const Connection& connection, MonoTime seen);

}  // namespace conntrail::store
