// Sorting of connections by columns.
#include <algorithm>
#include <utility>

#include "cells.h"
#include "conntrail/view/table.h"

namespace conntrail::view {
namespace {

struct Row {
  const Connection* connection = nullptr;
  std::vector<SortValue> values;
};

// Negative: a before b. Unknown values stay last in both directions.
int compare(const SortValue& a, const SortValue& b, bool descending) {
  if (a.known != b.known) return a.known ? -1 : 1;
  if (!a.known) return 0;
  int order = a.text.compare(b.text);
  if (order == 0 && a.endpoint != b.endpoint) order = a.endpoint < b.endpoint ? -1 : 1;
  if (order == 0 && a.number != b.number) order = a.number < b.number ? -1 : 1;
  return descending ? -order : order;
}

}  // namespace

void sort_connections(std::vector<const Connection*>& connections, std::span<const SortKey> keys,
                      MonoTime now) {
  if (keys.empty()) return;
  std::vector<Row> rows;
  rows.reserve(connections.size());
  for (const Connection* connection : connections) {
    Row row{connection, {}};
    row.values.reserve(keys.size());
    for (const SortKey& key : keys) row.values.push_back(column_cells()[key.column].sort(*connection, now));
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [keys](const Row& a, const Row& b) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const int order = compare(a.values[i], b.values[i], keys[i].descending);
      if (order != 0) return order < 0;
    }
    return false;
  });
  std::transform(rows.begin(), rows.end(), connections.begin(),
                 [](const Row& row) { return row.connection; });
}

}  // namespace conntrail::view
