// A network namespace for people.
#pragma once

#include <cstdint>
#include <string>

#include "conntrail/model/connection.h"
#include "conntrail/model/namespace_labels.h"

namespace conntrail::view {

// Its name, else what `labels` says, else its number; "-" when it is not known.
[[nodiscard]] std::string netns_text(const Connection& connection, const NamespaceLabels& labels);
// The same where there is no record.
[[nodiscard]] std::string netns_text(std::uint32_t inode, const NamespaceLabels& labels);

}  // namespace conntrail::view
