// HistoryReader: records in an order, and the first of them.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "history/history_keys.h"
#include "history/history_row.h"
#include "history/read/reader_impl.h"

namespace conntrail::store {
namespace {

constexpr std::size_t kRecordsAtOnce = 500;  // between two looks at the database

}  // namespace

Result<void> each_row(const Database& database, std::string_view sql,
                      const std::function<Result<bool>(const Statement&)>& row) {
  auto statement = database.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  int code = statement->step();
  for (; code == SQLITE_ROW; code = statement->step()) {
    const auto more = row(*statement);
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
  if (code != SQLITE_DONE) return database.failure("read");
  return {};
}

std::vector<std::int64_t> Ranking::ids(bool descending, std::size_t most) {
  std::vector<std::int64_t> out;
  const std::size_t count = std::min(most, known.size());
  const auto order = [&](auto& list, std::size_t first) {
    const auto middle = list.begin() + static_cast<std::ptrdiff_t>(first);
    if (descending) {
      std::ranges::partial_sort(list, middle, std::greater());
    } else {
      std::ranges::partial_sort(list, middle);
    }
  };
  order(known, count);
  out.reserve(std::min(most, known.size() + unknown.size()));
  for (std::size_t i = 0; i < count; ++i) out.push_back(known[i].second);
  const std::size_t rest = std::min(most - count, unknown.size());
  order(unknown, rest);
  out.insert(out.end(), unknown.begin(), unknown.begin() + static_cast<std::ptrdiff_t>(rest));
  return out;
}

Result<void> rank(const Database& database, std::string_view from, SortKey sort, Ranking& ranking) {
  return each_row(database, fmt::format("SELECT r.id, {} FROM {}", sort_sql(sort), from),
                  [&](const Statement& row) -> Result<bool> {
                    if (const auto value = row.optional_integer(1)) {
                      ranking.known.emplace_back(*value, row.integer(0));
                    } else {
                      ranking.unknown.push_back(row.integer(0));
                    }
                    return true;
                  });
}

Result<std::vector<HistoryRecord>> fetch(const Database& database, const std::vector<std::int64_t>& ids) {
  std::vector<HistoryRecord> out;
  auto select = database.prepare(select_with_clock("r.id = ?1"));
  if (!select) return std::unexpected(select.error());
  for (const std::int64_t id : ids) {
    const ResetAtExit reset(*select);
    select->bind(1, id);
    const int code = select->step();
    if (code == SQLITE_DONE) continue;
    if (code != SQLITE_ROW) return database.failure("read");
    auto record = read_record(database, *select);
    if (!record) return std::unexpected(record.error());
    out.push_back(std::move(*record));
  }
  return out;
}

Result<std::optional<HistoryRecord>> fetch_one(const Database& database, std::int64_t id) {
  auto found = fetch(database, {id});
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return std::nullopt;
  return std::move(found->front());
}

// Everything in the order of the ids needs no list of them.
Result<void> visit_all(const Database& database, bool descending,
                       const std::function<bool(const HistoryRecord&)>& visit) {
  std::int64_t last = descending ? std::numeric_limits<std::int64_t>::max() : -1;
  for (;;) {
    std::vector<HistoryRecord> records;
    const std::string next = descending ? fmt::format("r.id < {} ORDER BY r.id DESC", last)
                                        : fmt::format("r.id > {} ORDER BY r.id", last);
    auto done = each_row(database, select_with_clock(fmt::format("{} LIMIT {}", next, kRecordsAtOnce)),
                         [&](const Statement& row) -> Result<bool> {
                           auto record = read_record(database, row);
                           if (!record) return std::unexpected(record.error());
                           last = row.integer(0);
                           records.push_back(std::move(*record));
                           return true;
                         });
    if (!done || records.empty()) return done;
    for (const HistoryRecord& record : records) {
      if (!visit(record)) return {};
    }
  }
}

// The visitor may take its time (a pager waits for a person), so the order is made first and the records are
// fetched in portions: no transaction is held meanwhile.
Result<void> HistoryReader::for_each(const Condition& condition, SortKey sort, bool descending,
                                     const std::function<bool(const HistoryRecord&)>& visit) const {
  const Database& database = impl_->database_;
  const Selection selection(condition);
  if (sort == SortKey::id && selection.everything()) return visit_all(database, descending, visit);
  std::vector<std::int64_t> ids;
  {
    const ReadTransaction transaction(database);
    if (auto done = selection.install(database); !done) return done;
    Ranking ranking;
    for (const std::string& part : selection.parts()) {
      if (auto done = rank(database, part, sort, ranking); !done) return done;
    }
    ids = ranking.ids(descending, std::numeric_limits<std::size_t>::max());
  }
  for (std::size_t begin = 0; begin < ids.size(); begin += kRecordsAtOnce) {
    const auto first = ids.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = std::min(kRecordsAtOnce, ids.size() - begin);
    const auto records = fetch(database, {first, first + static_cast<std::ptrdiff_t>(count)});
    if (!records) return std::unexpected(records.error());
    for (const HistoryRecord& record : *records) {
      if (!visit(record)) return {};
    }
  }
  return {};
}

}  // namespace conntrail::store
