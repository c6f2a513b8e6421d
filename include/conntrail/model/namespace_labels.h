// NamespaceLabels: what people call a network namespace that has no name.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace conntrail {

// "of nginx/15478" for the inode of a namespace in which that process is; empty text when nobody knows. Only
// of namespaces that are there now: the kernel gives a number again. An empty function where nobody can tell.
using NamespaceLabels = std::function<std::string(std::uint32_t inode)>;

}  // namespace conntrail
