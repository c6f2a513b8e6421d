#include "sockets/programs.h"

#include <unistd.h>

#include <algorithm>

#include "conntrail/base/text.h"
#include "output/translation.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kLongestProgram = 19;

}  // namespace

std::string program_text(std::string_view pid, std::string_view name, bool whole) {
  std::string text(pid);
  text.append("/").append(name);
  if (!whole && text.size() > kLongestProgram) text.resize(kLongestProgram);
  return printable(text);
}

std::string Programs::load(const Wanted& wanted, OwnerMethod method) {
  all_holders_ = wanted.all_holders;
  found_ = find_holdings(wanted.context, method);
  texts_.clear();
  for (const Process& process : found_.processes) {
    texts_.push_back(program_text(process.pid, process.name, all_holders_));
  }

  if (found_.proc_readable && !found_.denied) return {};
  if (found_.holdings.empty()) {
    return translated("(No info could be read for \"-p\": geteuid()=%d but you should be root.)\n",
                      {std::to_string(::geteuid())});
  }
  return std::string(
      translated("(Not all processes could be identified, non-owned process info\n"
                 " will not be shown, you would have to be root to see it all.)\n"));
}

std::span<const Holding> Programs::holders(std::uint64_t inode) const {
  const auto range = std::ranges::equal_range(found_.holdings, inode, {}, &Holding::inode);
  return {range.begin(), range.end()};
}

ProgramText Programs::find(std::uint64_t inode, std::uint64_t cookie) const {
  if (const auto owner = recorded_ && holders(inode).empty() ? recorded(cookie) : std::nullopt) {
    joined_ = program_text(std::to_string(owner->pid), owner->comm, all_holders_);
    return {joined_, "-"};
  }
  if (!all_holders_) {
    const auto first = std::ranges::lower_bound(found_.holdings, inode, {}, &Holding::inode);
    if (first == found_.holdings.end() || first->inode != inode) return {};
    return {texts_[first->process], found_.processes[first->process].context};
  }
  const auto all = holders(inode);
  if (all.empty()) return {};
  joined_.clear();
  for (const Holding& holding : all) {
    if (!joined_.empty()) joined_ += ',';
    joined_ += texts_[holding.process];
  }
  return {joined_, process(all.front()).context};
}

}  // namespace conntrail::netstat
