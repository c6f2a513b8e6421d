#include "bpf_table.h"

namespace conntrail::snapshot {

Result<TableReport> read_bpf_table(const kernel::SocketIterators& iterators, const Table& table,
                                   const RowFunction& row) {
  const auto select = [&](const SocketRow& found) {
    if (found.tuple.family != table.family) return;
    if (table.time_wait_only && found.kind != SocketKind::time_wait) return;
    row(found);
  };
  const auto done = table.protocol == Protocol::tcp ? iterators.tcp(select) : iterators.udp(select);
  if (!done) return std::unexpected(done.error());
  return TableReport{};
}

}  // namespace conntrail::snapshot
