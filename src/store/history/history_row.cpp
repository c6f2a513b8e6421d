#include "history/history_row.h"

#include <fmt/format.h>

#include <tuple>
#include <utility>

#include "history/record_columns.h"

namespace conntrail::store {
namespace {

MonoTime earliest(const Connection& c, MonoTime seen) {
  MonoTime first = seen;
  const auto consider = [&first](MonoTime time) {
    if (time.known() && (!first.known() || time < first)) first = time;
  };
  const auto consider_field = [&](const auto& field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(c.*field.member)>, MonoTime>)
      consider(c.*field.member);
  };
  std::apply([&](const auto&... field) { (consider_field(field), ...); }, kConnectionFields);
  for (const TrailStep& step : c.trail) {
    consider(step.entered);
    consider(step.left);
  }
  for (const Mark& mark : c.marks) consider(mark.time);
  return first;
}

// The moment, in wall time, a connection is filed under: its end, else when it was last heard of or seen.
std::int64_t settled_ns(const NewRow& row) {
  const Connection& c = row.connection;
  const MonoTime end = known_or(c.closed, known_or(c.last_event, row.seen));
  return row.clock.real_ns(c.ended ? end : row.seen);
}

// The columns are constants here, so that the compiler makes one function of all codecs: writing a row calls
// nothing through a pointer.
template <std::size_t... Index>
void write_columns(Statement& statement, std::vector<std::string>& buffers, const NewRow& row,
                   std::index_sequence<Index...> /*columns*/) {
  const auto write = [&]<std::size_t I>(std::integral_constant<std::size_t, I> /*column*/) {
    constexpr auto codec = kRecordColumns[I].write;
    ColumnWriter out(statement, static_cast<int>(I) + 1, buffers[I]);
    codec(out, row);
  };
  (write(std::integral_constant<std::size_t, Index>()), ...);
}

template <std::size_t... Index>
void read_columns(ColumnReader& in, StoredRow& row, std::index_sequence<Index...> /*columns*/) {
  const auto read = [&]<std::size_t I>(std::integral_constant<std::size_t, I> /*column*/) {
    constexpr auto codec = kRecordColumns[I].read;
    in.go_to(static_cast<int>(I));
    codec(in, row);
  };
  (read(std::integral_constant<std::size_t, Index>()), ...);
}

std::size_t count_of(RowWidth width) {
  return width == RowWidth::whole ? kRecordColumns.size() : kNarrowColumns;
}

}  // namespace

void More::write(ColumnWriter& out, const NewRow& row) {
  {
    MoreWriter more(out.buffer());
    for (const MoreMember& member : kMoreMembers) member.write(more, member.name, row);
  }
  out.bind_buffer();
}

void More::read(ColumnReader& in, StoredRow& row) {
  const std::string_view text = in.text();
  if (text.empty()) return;
  JsonCursor json(text);
  const bool ok = each_member(json, [&](const std::string& name) {
    const auto* const found = std::ranges::find(kMoreMembers, name, &MoreMember::name);
    return found != kMoreMembers.end() && found->read(json, row);
  });
  in.check(ok && json.at_end());
}

std::int64_t bucket_of(std::int64_t wall_ns) {
  return wall_ns / kBucketNs - (wall_ns % kBucketNs < 0 ? 1 : 0);
}

NewRow::NewRow(const Connection& of, MonoTime last_seen, const WallClock& run_clock)
    : connection(of), seen(last_seen), clock(run_clock), base(earliest(of, last_seen)) {
  if (of.gone) settle();
}

std::int64_t NewRow::settle() { return bucket.emplace(bucket_of(settled_ns(*this))); }

std::string insert_record_sql(std::string_view verb) {
  std::string names;
  std::string parameters;
  for (const Column& column : kRecordColumns) {
    if (!names.empty()) {
      names += ',';
      parameters += ',';
    }
    names += column.name;
    parameters += '?';
  }
  return fmt::format("{} INTO record({}) VALUES({})", verb, names, parameters);
}

std::string row_columns(RowWidth width) {
  std::string out;
  for (std::size_t i = 0; i < count_of(width); ++i) out += fmt::format("r.{},", kRecordColumns[i].name);
  for (const ProgramColumn& column : kProgramColumns) out += fmt::format("p.{},", column.name);
  out.pop_back();
  return out;
}

int count_row_columns(RowWidth width) { return static_cast<int>(count_of(width) + kProgramColumns.size()); }

RowBinder::RowBinder() : buffers_(kRecordColumns.size()) {}

void RowBinder::bind(Statement& statement, const NewRow& row) {
  write_columns(statement, buffers_, row, std::make_index_sequence<kRecordColumns.size()>());
}

bool read_row(const Statement& statement, const WallClock& clock, RowWidth width, StoredRow& row) {
  row.record.clock = clock;
  ColumnReader in(statement);
  if (width == RowWidth::whole) {
    row.record.connection = {};
    read_columns(in, row, std::make_index_sequence<kRecordColumns.size()>());
  } else {
    read_columns(in, row, std::make_index_sequence<kNarrowColumns>());
  }
  int column = static_cast<int>(count_of(width));
  for (const ProgramColumn& program : kProgramColumns) {
    in.go_to(column++);
    program.read(in, row);
  }
  return in.ok();
}

}  // namespace conntrail::store
