// The one table of what the history keeps of a connection: every column of `record`, what few connections
// have (the members of its column `more`) and what the connections of a program share. CREATE TABLE, INSERT,
// SELECT, the migrations and what is bound and read come from here, and the view `connection` may name
// nothing else. How to add a field: docs/how-to.md.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "history/column_codec.h"
#include "history/history_flags.h"
#include "history/json_lists.h"

namespace conntrail::store {

struct Column {
  std::string_view name;
  std::string_view type;  // as CREATE TABLE has it
  void (*write)(ColumnWriter& out, const NewRow& row);
  void (*read)(ColumnReader& in, StoredRow& row);
  // The version of the schema that has it. Of a later one than the first it is NULL in the rows that were
  // there before, and the view shows it under its own name.
  int since = 1;
  RowWidth width = RowWidth::narrow;  // whole: only in whole rows
  std::string_view separator = ", ";  // before it in CREATE TABLE, whose text of schema 1 stays as it was
};

// One that CREATE TABLE has on a new line.
consteval Column on_new_line(Column column) {
  column.separator = ",\n  ";
  return column;
}
consteval Column only_in_whole_rows(Column column) {
  column.width = RowWidth::whole;
  return column;
}

template <class Codec>
consteval Column column(std::string_view name, std::string_view type, int since = 1) {
  return {name, type, &Codec::write, &Codec::read, since};
}

// ---- what only the database knows, and what needs more than a codec ----

struct RunOfRow {
  static void write(ColumnWriter& out, const NewRow& row) { out.number(row.run); }
  static void read(ColumnReader& in, StoredRow& row) { row.record.run = in.number<std::int64_t>(); }
};
struct BucketOfRow {
  static void write(ColumnWriter& out, const NewRow& row) { out.number(row.bucket); }
  static void read(ColumnReader& in, StoredRow& row) { row.bucket = in.optional<std::int64_t>(); }
};
struct ProgramOfRow {
  static void write(ColumnWriter& out, const NewRow& row) { out.number(row.program); }
  static void read(ColumnReader& in, StoredRow& row) { row.program = in.number<std::int64_t>(); }
};
struct BaseOfRow {
  static void write(ColumnWriter& out, const NewRow& row) { out.number(row.clock.real_ns(row.base)); }
  static void read(ColumnReader& in, StoredRow& row) { row.base = in.base(row.record.clock); }
};
struct SeenOfRow {
  static void write(ColumnWriter& out, const NewRow& row) {
    out.number(row.seen.ns - LastEvent::of(row.connection, row.base).ns);
  }
  static void read(ColumnReader& in, StoredRow& row) {
    row.record.seen = in.time(LastEvent::of(row.record.connection, row.base));
  }
};
struct Flags {
  static void write(ColumnWriter& out, const NewRow& row) {
    const Connection& c = row.connection;
    const bool spanning =
        row.bucket && (!c.opened.known() || bucket_of(row.clock.real_ns(c.opened)) != *row.bucket);
    out.number(pack_flags(c) | flag::kSpanning.pack(spanning));
  }
  static void read(ColumnReader& in, StoredRow& row) {
    in.check(unpack_flags(in.number<std::int64_t>(), row.record.connection));
  }
};
// The first of the statistics: not NULL where there are some.
struct BytesSent {
  static void write(ColumnWriter& out, const NewRow& row) {
    Statistic<&SocketStats::bytes_sent>::write(out, row);
  }
  static void read(ColumnReader& in, StoredRow& row) {
    Connection& c = row.record.connection;
    const auto sent = in.optional<std::uint64_t>();
    c.stats.reset();
    if (!sent) return;
    SocketStats& stats = c.stats.emplace();
    stats.bytes_sent = *sent;
    stats.retransmits = c.retransmits;  // unless `more` says otherwise
  }
};
struct SmoothedRtt {
  static void write(ColumnWriter& out, const NewRow& row) {
    const auto& stats = row.connection.stats;
    stats && stats->srtt_us != 0 ? out.number(std::int64_t{stats->srtt_us}) : out.null();
  }
  static void read(ColumnReader& in, StoredRow& row) { Statistic<&SocketStats::srtt_us>::read(in, row); }
};
struct LeastRtt {
  static void write(ColumnWriter& out, const NewRow& row) {
    const auto& stats = row.connection.stats;
    stats && stats->min_rtt_us ? out.number(std::int64_t{*stats->min_rtt_us}) : out.null();
  }
  static void read(ColumnReader& in, StoredRow& row) {
    const auto value = in.optional<std::uint32_t>();
    if (auto& stats = row.record.connection.stats) stats->min_rtt_us = value;
  }
};
struct ErrorNumber {
  static void write(ColumnWriter& out, const NewRow& row) {
    NumberUnlessZero<&Connection::error>::write(out, row);
  }
  static void read(ColumnReader& in, StoredRow& row) {
    constexpr std::uint32_t kLargestError = 4095;  // MAX_ERRNO of the kernel
    const auto error = in.optional<std::uint32_t>().value_or(0);
    in.check(error <= kLargestError);
    row.record.connection.error = static_cast<int>(error);
  }
};
struct Trail {
  static void write(ColumnWriter& out, const NewRow& row) {
    append_trail(out.buffer(), row.connection.trail, row.base);
    out.bind_buffer();
  }
  static void read(ColumnReader& in, StoredRow& row) {
    in.check(read_trail(in.text(), row.base, row.record.connection.trail));
  }
};
// The members of `more`, kMoreMembers.
struct More {
  static void write(ColumnWriter& out, const NewRow& row);
  static void read(ColumnReader& in, StoredRow& row);
};

// ---- the table `record` ----

inline constexpr std::string_view kKey = "INTEGER PRIMARY KEY";
inline constexpr std::string_view kInteger = "INTEGER NOT NULL";
inline constexpr std::string_view kIntegerOrNull = "INTEGER";
inline constexpr std::string_view kText = "TEXT NOT NULL";
inline constexpr std::string_view kTextOrNull = "TEXT";

// A time is read after its origin, a statistic after bytes_sent, `more` after everything.
inline constexpr std::array kRecordColumns{
    on_new_line(column<Number<&Connection::id>>("id", kKey)),
    column<RunOfRow>("run", kInteger),
    column<BucketOfRow>("bucket", kIntegerOrNull),
    column<Flags>("flags", kInteger),
    on_new_line(column<Number<&Connection::cookie>>("cookie", kInteger)),
    column<ProgramOfRow>("program", kInteger),
    column<NumberUnlessZero<&Connection::owner, &Owner::pid>>("pid", kIntegerOrNull),
    on_new_line(column<Address<&Connection::tuple, &FourTuple::local, &Endpoint::address>>("local_addr",
                                                                                           kTextOrNull)),
    column<Number<&Connection::tuple, &FourTuple::local, &Endpoint::port>>("local_port", kInteger),
    column<Address<&Connection::tuple, &FourTuple::remote, &Endpoint::address>>("remote_addr", kTextOrNull),
    column<Number<&Connection::tuple, &FourTuple::remote, &Endpoint::port>>("remote_port", kInteger),
    on_new_line(column<BaseOfRow>("base", kInteger)),
    column<TimeAfter<Base, &Connection::opened>>("opened", kIntegerOrNull),
    column<TimeAfter<Base, &Connection::established>>("established", kIntegerOrNull),
    column<TimeAfter<Base, &Connection::closed>>("closed", kIntegerOrNull),
    column<TimeAfter<Base, &Connection::last_event>>("last_event", kIntegerOrNull),
    on_new_line(column<TimeAfter<LastEvent, &Connection::state_since>>("state_since", kIntegerOrNull)),
    column<SeenOfRow>("seen", kInteger),
    column<TimeAfter<Closed, &Connection::time_wait_entered>>("time_wait_entered", kIntegerOrNull),
    column<TimeAfter<TimeWaitDue, &Connection::time_wait_expires>>("time_wait_expires", kIntegerOrNull),
    on_new_line(column<Number<&Connection::retransmits>>("retransmits", kInteger)),
    column<Number<&Connection::syn_retransmits>>("syn_retransmits", kInteger),
    column<BytesSent>("bytes_sent", kIntegerOrNull),
    column<Statistic<&SocketStats::bytes_received>>("bytes_received", kIntegerOrNull),
    on_new_line(column<Statistic<&SocketStats::segments_out>>("segments_out", kIntegerOrNull)),
    column<Statistic<&SocketStats::segments_in>>("segments_in", kIntegerOrNull),
    column<SmoothedRtt>("srtt_us", kIntegerOrNull),
    column<LeastRtt>("min_rtt_us", kIntegerOrNull),
    column<ErrorNumber>("error", kIntegerOrNull),
    column<NumberUnlessZero<&Connection::tuple, &FourTuple::netns_cookie>>("netns_cookie", kIntegerOrNull, 3),
    only_in_whole_rows(on_new_line(column<Trail>("trail", kText))),
    only_in_whole_rows(column<More>("more", kTextOrNull)),
};

// ---- the members of `more` ----

// A JSON object that gets its braces only when it has a member.
class MoreWriter {
 public:
  explicit MoreWriter(std::string& out) : out_(out) {}
  MoreWriter(const MoreWriter&) = delete;
  MoreWriter& operator=(const MoreWriter&) = delete;
  ~MoreWriter() {
    if (!out_.empty()) out_.push_back('}');
  }
  // Where the value goes.
  [[nodiscard]] std::string& name(std::string_view key) {
    out_ += out_.empty() ? "{\"" : ",\"";
    out_ += key;
    out_ += "\":";
    return out_;
  }

 private:
  std::string& out_;
};

struct MoreMember {
  std::string_view name;
  // Writes nothing where the connection has nothing of the kind.
  void (*write)(MoreWriter& out, std::string_view name, const NewRow& row);
  bool (*read)(JsonCursor& in, StoredRow& row);
  int since = 1;  // as of Column
};

template <class Codec>
consteval MoreMember member(std::string_view name, int since = 1) {
  return {name, &Codec::write, &Codec::read, since};
}

template <class Field>
bool read_number(JsonCursor& in, Field& out) {
  std::int64_t value = 0;
  if (!in.integer(value)) return false;
  if constexpr (sizeof(Field) < sizeof value) {
    if (value < 0 || value > std::int64_t{std::numeric_limits<Field>::max()}) return false;
  }
  out = static_cast<Field>(value);
  return true;
}

template <auto Field>
struct NumberIfAny {
  static void write(MoreWriter& out, std::string_view name, const NewRow& row) {
    const auto value = row.connection.*Field;
    if (value != 0) append_integer(out.name(name), static_cast<std::int64_t>(value));
  }
  static bool read(JsonCursor& in, StoredRow& row) { return read_number(in, row.record.connection.*Field); }
};
template <auto Field>
struct OptionalNumber {
  static void write(MoreWriter& out, std::string_view name, const NewRow& row) {
    const auto& value = row.connection.*Field;
    if (value) append_integer(out.name(name), static_cast<std::int64_t>(*value));
  }
  static bool read(JsonCursor& in, StoredRow& row) {
    return read_number(in, (row.record.connection.*Field).emplace());
  }
};
// A statistic that is nearly always `usual` of the connection.
template <auto Field, class Usual>
struct StatisticUnless {
  static void write(MoreWriter& out, std::string_view name, const NewRow& row) {
    const auto& stats = row.connection.stats;
    if (stats && (*stats).*Field != Usual::of(row.connection))
      append_integer(out.name(name), static_cast<std::int64_t>((*stats).*Field));
  }
  static bool read(JsonCursor& in, StoredRow& row) {
    SocketStats none;
    auto& known = row.record.connection.stats;
    SocketStats& stats = known ? *known : none;
    return read_number(in, stats.*Field);
  }
};
struct Zero {
  static std::uint32_t of(const Connection& /*connection*/) { return 0; }
};
struct SeenRetransmits {
  static std::uint32_t of(const Connection& c) { return c.retransmits; }
};
template <auto Field>
struct AddressIfAny {
  static void write(MoreWriter& out, std::string_view name, const NewRow& row) {
    const IpAddress& address = row.connection.*Field;
    if (address.family != Family::unspecified) append_exact_string(out.name(name), to_string(address));
  }
  static bool read(JsonCursor& in, StoredRow& row) {
    std::string text;
    if (!in.string(text)) return false;
    const auto address = IpAddress::parse(text);
    if (address) row.record.connection.*Field = *address;
    return address.has_value();
  }
};
template <auto Field>
struct TextIfAny {
  static void write(MoreWriter& out, std::string_view name, const NewRow& row) {
    const std::string& text = row.connection.*Field;
    if (!text.empty()) append_exact_string(out.name(name), text);
  }
  static bool read(JsonCursor& in, StoredRow& row) { return in.string(row.record.connection.*Field); }
};
struct Holders {
  static void write(MoreWriter& out, std::string_view name, const NewRow& row) {
    if (!row.connection.holders.empty()) append_holders(out.name(name), row.connection.holders);
  }
  static bool read(JsonCursor& in, StoredRow& row) { return read_holders(in, row.record.connection.holders); }
};
struct Marks {
  static void write(MoreWriter& out, std::string_view name, const NewRow& row) {
    if (!row.connection.marks.empty()) append_marks(out.name(name), row.connection.marks, row.base);
  }
  static bool read(JsonCursor& in, StoredRow& row) {
    return read_marks(in, row.base, row.record.connection.marks);
  }
};
struct TrailLeft {
  static void write(MoreWriter& out, std::string_view name, const NewRow& row) {
    const auto& trail = row.connection.trail;
    if (!is_continuous(trail)) append_lefts(out.name(name), trail, row.base);
  }
  static bool read(JsonCursor& in, StoredRow& row) {
    return read_lefts(in, row.base, row.record.connection.trail);
  }
};

inline constexpr std::array kMoreMembers{
    member<Holders>("holders"),
    member<NumberIfAny<&Connection::inode>>("inode"),
    member<NumberIfAny<&Connection::receive_queue>>("receive_queue"),
    member<NumberIfAny<&Connection::send_queue>>("send_queue"),
    member<OptionalNumber<&Connection::reset_reason>>("reset_reason"),
    member<NumberIfAny<&Connection::trail_dropped>>("trail_dropped"),
    member<Marks>("marks"),
    member<NumberIfAny<&Connection::marks_dropped>>("marks_dropped"),
    member<TrailLeft>("trail_left"),
    member<StatisticUnless<&SocketStats::bytes_retransmitted, Zero>>("bytes_retransmitted"),
    member<StatisticUnless<&SocketStats::retransmits, SeenRetransmits>>("socket_retransmits"),
    member<NumberIfAny<&Connection::closer_signal>>("closer_signal", 2),
    member<AddressIfAny<&Connection::fallback_addr>>("fallback_addr", 2),
    member<OptionalNumber<&Connection::backlog>>("backlog", 3),
    member<TextIfAny<&Connection::title>>("title", 3),
    member<TextIfAny<&Connection::netns_name>>("netns_name", 3),
    member<NumberIfAny<&Connection::retransmits_unknown>>("retransmits_unknown", 3),
    member<NumberIfAny<&Connection::syn_retransmits_unknown>>("syn_retransmits_unknown", 3),
};

// ---- the table `program`: what many connections share ----

struct ProgramColumn {
  std::string_view name;
  void (*read)(ColumnReader& in, StoredRow& row);
};
struct Comm {
  static void read(ColumnReader& in, StoredRow& row) { row.record.connection.owner.comm = in.text(); }
};
// -1: not known.
struct Uid {
  static void read(ColumnReader& in, StoredRow& row) {
    Owner& owner = row.record.connection.owner;
    const auto uid = in.optional<std::int64_t>();
    owner.has_uid = uid && *uid >= 0;
    in.check(!owner.has_uid || *uid <= std::int64_t{std::numeric_limits<std::uint32_t>::max()});
    owner.uid = owner.has_uid ? static_cast<std::uint32_t>(*uid) : 0;
  }
};

inline constexpr std::array kProgramColumns{
    ProgramColumn{"netns", &Number<&Connection::tuple, &FourTuple::netns>::read},
    ProgramColumn{"comm", &Comm::read},
    ProgramColumn{"uid", &Uid::read},
    ProgramColumn{"cgroup_id", &Number<&Connection::owner, &Owner::cgroup_id>::read},
};

// ---- what follows from them ----

struct RecordTableLayout {
  std::span<const Column> columns;
  std::span<const MoreMember> more;
};
inline constexpr RecordTableLayout kRecordLayout{kRecordColumns, kMoreMembers};

constexpr int newest_version(const RecordTableLayout& layout) {
  int newest = 1;
  for (const Column& column : layout.columns) newest = std::max(newest, column.since);
  for (const MoreMember& member : layout.more) newest = std::max(newest, member.since);
  return newest;
}
inline constexpr int kSchemaVersion = newest_version(kRecordLayout);

inline constexpr auto kIsNarrow = [](const Column& column) { return column.width == RowWidth::narrow; };
inline constexpr std::size_t kNarrowColumns =
    static_cast<std::size_t>(std::ranges::count_if(kRecordColumns, kIsNarrow));
static_assert(std::ranges::is_partitioned(kRecordColumns, kIsNarrow),
              "a narrow row is the beginning of a whole one: columns only in whole rows come last");

}  // namespace conntrail::store
