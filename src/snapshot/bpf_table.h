// A socket table through the BPF iterators.
#pragma once

#include "conntrail/base/result.h"
#include "conntrail/kernel/iterators.h"
#include "table.h"

namespace conntrail::snapshot {

// Of the calling thread's network namespace. The iterator mixes both families; one pass per table keeps them
// apart without holding rows back.
[[nodiscard]] Result<TableReport> read_bpf_table(const kernel::SocketIterators& iterators, const Table& table,
                                                 const RowFunction& row);

}  // namespace conntrail::snapshot
