#include "conntrail/session/namespace_finder.h"

#include <algorithm>

#include "share.h"

namespace conntrail::session {
namespace {

using snapshot::NetworkNamespace;
using std::chrono::milliseconds;
using std::chrono::seconds;

// For a table that somebody waits for, and later for what a thread of its own does beside.
constexpr Nanoseconds kFirstSearch = milliseconds(100);
constexpr Nanoseconds kSearch = milliseconds(300);
constexpr Nanoseconds kPause = seconds(1);
// What was not found is not found so soon either.
constexpr Nanoseconds kLongPause = seconds(10);

bool has(const std::vector<NetworkNamespace>& list, std::uint32_t inode) {
  return std::ranges::find(list, inode, &NetworkNamespace::inode) != list.end();
}

std::vector<std::uint32_t> missing_of(std::span<const std::uint32_t> wanted,
                                      const std::vector<NetworkNamespace>& readable) {
  std::vector<std::uint32_t> missing;
  for (const std::uint32_t inode : wanted) {
    if (!has(readable, inode)) missing.push_back(inode);
  }
  return missing;
}

}  // namespace

Result<std::vector<NetworkNamespace>> namespaces_to_read(const NamespaceChoice& choice) {
  if (!choice.all) return choice.chosen;
  auto list = snapshot::list_namespaces();
  if (!list) return std::unexpected(list.error());
  return std::move(list->namespaces);
}

const NetworkNamespace* NamespaceFinder::last_found(std::uint32_t inode) const {
  const auto one = std::ranges::find(found_, inode, &NetworkNamespace::inode);
  return one == found_.end() ? nullptr : &*one;
}

void NamespaceFinder::take(FoundNamespaces& found, const NetworkNamespace& one) {
  if (has(found.readable, one.inode)) return;
  if (choice_.all) {
    found.readable.push_back(one);
    return;
  }
  const auto chosen = std::ranges::find(choice_.chosen, one.inode, &NetworkNamespace::inode);
  if (chosen == choice_.chosen.end()) return;
  // Another one may have the number by now: whoever enters it asks for its cookie.
  found.readable.push_back(one);
  found.readable.back().cookie = chosen->cookie;
}

// The answer: whether everything that can hold a namespace was looked at.
Result<bool> NamespaceFinder::search(FoundNamespaces& found, Nanoseconds longest) {
  const MonoTime begin = mono_now();
  auto list = snapshot::list_namespaces(longest);
  if (!list) return std::unexpected(list.error());
  hidden_.clear();
  for (const NetworkNamespace& one : list->namespaces) {
    if (has(found.readable, one.inode)) continue;
    hidden_.push_back(one);
    take(found, one);
  }
  const MonoTime end = mono_now();
  next_search_ = end + std::max(kPause, kShare * (end - begin));
  searched_ = true;
  return list->exhaustive;
}

Result<FoundNamespaces> NamespaceFinder::find(std::span<const std::uint32_t> expected, bool only_expected) {
  FoundNamespaces found;
  // What was not chosen is not looked for either, so nothing is known of it.
  std::vector<std::uint32_t> wanted(expected.begin(), expected.end());
  if (!choice_.all) {
    std::erase_if(wanted, [this](std::uint32_t inode) { return !has(choice_.chosen, inode); });
  }
  // Paths of the choice lead nowhere once their process has ended, though others may be in the namespace.
  for (const NetworkNamespace& one : choice_.chosen) {
    if (snapshot::is_reachable(one)) found.readable.push_back(one);
  }
  if (choice_.all || found.readable.size() < choice_.chosen.size()) {
    auto list = snapshot::list_namespaces();
    if (!list) return std::unexpected(list.error());
    for (const NetworkNamespace& one : list->namespaces) take(found, one);
  }
  for (const NetworkNamespace& one : hidden_) {
    if (!has(found.readable, one.inode) && snapshot::is_reachable(one)) take(found, one);
  }
  std::vector<std::uint32_t> missing = missing_of(wanted, found.readable);
  const bool first = !searched_ && choice_.all && !only_expected;
  if (first || (!missing.empty() && mono_now() >= next_search_)) {
    auto all = search(found, first ? kFirstSearch : kSearch);
    if (!all) return std::unexpected(all.error());
    found.searched = true;
    missing = missing_of(wanted, found.readable);
    if (*all) {
      found.gone = std::move(missing);
      missing.clear();
    } else if (!missing.empty() && !first) {
      next_search_ = std::max(next_search_, mono_now() + kLongPause);
    }
  }
  found.unknown = std::move(missing);
  found_ = found.readable;
  if (only_expected) {
    std::erase_if(found.readable, [&](const NetworkNamespace& one) {
      return std::ranges::find(expected, one.inode) == expected.end();
    });
  }
  return found;
}

}  // namespace conntrail::session
