#include "row_match.h"

namespace conntrail::track {
namespace {

Record* find_by_cookie(Core& core, const SocketRow& row) {
  Record* best = nullptr;
  const bool time_wait = row.kind == SocketKind::time_wait;
  const auto rank = [&](const Record& record) {
    return (record.c.gone ? 0 : 2) + (time_wait == (record.watch != Watch::none) ? 1 : 0);
  };
  core.records.find_if(row.cookie, [&](Record& record) {
    if (best == nullptr || rank(record) > rank(*best) ||
        (rank(record) == rank(*best) && record.c.id > best->c.id)) {
      best = &record;
    }
    return false;
  });
  return best;
}

Record* find_by_addresses(Core& core, const SocketRow& row, bool without_cookie, std::uint32_t snapshot) {
  Record* fitting = nullptr;
  Record* same = core.records.find_if(row.tuple, [&](Record& record) {
    if (without_cookie && record.c.cookie != 0) return false;
    if (record.c.inode != 0 && record.c.inode == row.inode) return true;
    const bool may_be = record.c.inode == 0 || row.inode == 0;
    // Repeated rows of one socket differ in nothing; of two sockets without inodes each has its own
    // addresses.
    if (may_be && (record.snapshot != snapshot || (record.c.inode == 0 && row.inode == 0))) fitting = &record;
    return false;
  });
  return same != nullptr ? same : fitting;
}

}  // namespace

Record* find_for_row(Core& core, const SocketRow& row, bool has_cookies, std::uint32_t snapshot) {
  if (!has_cookies || row.cookie == 0) return find_by_addresses(core, row, false, snapshot);
  if (Record* record = find_by_cookie(core, row); record != nullptr) return record;
  Record* record = find_by_addresses(core, row, true, snapshot);
  if (record != nullptr) core.records.set_cookie(*record, row.cookie);
  return record;
}

}  // namespace conntrail::track
