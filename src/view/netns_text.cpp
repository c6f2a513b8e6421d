#include "netns_text.h"

#include "conntrail/base/text.h"

namespace conntrail::view {

std::string netns_text(const Connection& connection, const NamespaceLabels& labels) {
  if (!connection.netns_name.empty()) return printable(connection.netns_name);
  return netns_text(connection.tuple.netns, labels);
}

std::string netns_text(std::uint32_t inode, const NamespaceLabels& labels) {
  if (inode == 0) return "-";
  const std::string label = labels ? printable(labels(inode)) : std::string();
  return label.empty() ? std::to_string(inode) : label;
}

}  // namespace conntrail::view
