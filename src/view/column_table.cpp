// Every column of a connection table, each in one place: its names, how it is laid out, what it shows, what
// CSV has for it and how it sorts. docs/how-to.md tells how to add one.
#include <algorithm>
#include <array>

#include "cell_kinds.h"
#include "conntrail/base/errno_name.h"
#include "conntrail/view/line.h"
#include "conntrail/view/table.h"
#include "durations.h"
#include "json_parts.h"
#include "netns_text.h"
#include "owner_text.h"
#include "palette.h"
#include "trail_text.h"

namespace conntrail::view {
namespace {

using enum Alignment;

using Number = std::optional<std::uint64_t>;
using Duration = std::optional<Nanoseconds>;
using Fields = std::vector<std::string>;

constexpr bool kDefault = true;
constexpr bool kVanishes = true;
constexpr bool kOnlyByName = true;

// Order of giving way: the trail is history, the reason and the owner name can be read in part, addresses
// cannot.
constexpr int kFirst = 4;
constexpr int kSecond = 3;
constexpr int kThird = 2;
constexpr int kLast = 1;

struct Entry {
  Column column;
  Cells cells;
};

template <class Write>
void add_json_field(Fields& fields, const Write& write) {
  JsonWriter json(fields.emplace_back());
  write(json);
}

// An ended connection has no queues.
Number queue(const Connection& c, std::uint32_t octets) { return c.ended ? Number() : Number(octets); }

const NamespaceLabels& labels_of(const CellContext& context) {
  static const NamespaceLabels kNone;
  return context.namespaces != nullptr ? *context.namespaces : kNone;
}

// One order for all: the names of some would come between the numbers of others.
constexpr Cells kNetns{
    .text = [](const Connection& c, const CellContext& context,
               std::size_t /*most*/) { return netns_text(c, labels_of(context)); },
    .fields =
        [](Fields& fields, const Connection& c, const CellContext& /*context*/) {
          fields.push_back(number_field(nonzero(c.tuple.netns)));
          fields.push_back(printable(c.netns_name));
        },
    .sort = [](const Connection& c, MonoTime /*now*/) { return sort_by_number(nonzero(c.tuple.netns)); }};

constexpr Cells kFamily = word_cells([](const Connection& c) {
  return c.tuple.family == Family::unspecified ? std::string_view() : family_name(c.tuple.family);
});

// Scripts get "unknown", as in JSON, where the key is never absent.
constexpr Cells kDirection =
    with_fields(word_cells([](const Connection& c) {
                  return c.direction == Direction::unknown ? std::string_view() : direction_name(c.direction);
                }),
                [](Fields& fields, const Connection& c, const CellContext& /*context*/) {
                  fields.emplace_back(direction_name(c.direction));
                });

constexpr Cells kState =
    with_colour(word_cells([](const Connection& c) {
                  return c.state == TcpState::unknown ? std::string_view() : tcp_state_name(c.state);
                }),
                [](const Connection& c) { return c.gone ? kDim : state_colour(c.state); });

constexpr Cells kOwner{
    .text = [](const Connection& c, const CellContext& /*context*/,
               std::size_t most) { return owner_and_holders_text(c, most); },
    .fields =
        [](Fields& fields, const Connection& c, const CellContext& /*context*/) {
          fields.push_back(number_field(nonzero(c.owner.pid)));
          fields.push_back(printable(c.owner.comm));
          fields.emplace_back(owner_source_name(c.owner.source));
        },
    .sort =
        [](const Connection& c, MonoTime /*now*/) {
          return SortValue{
              .known = c.owner.named(), .text = c.owner.comm, .endpoint = {}, .number = c.owner.pid};
        }};

// ss's way: of a listener, how many connections its accept queue may hold. Scripts get the two under names of
// their own.
constexpr Cells kSendQueue =
    with_text(number_cells([](const Connection& c) { return queue(c, c.send_queue); }),
              [](const Connection& c, const CellContext& /*context*/, std::size_t /*most*/) {
                const Number shown = queue(c, c.backlog.value_or(c.send_queue));
                return shown ? std::to_string(*shown) : std::string(kUnknown);
              });

constexpr Cells kTitle{.text =
                           [](const Connection& c, const CellContext& /*context*/, std::size_t most) {
                             return c.title.empty() ? std::string(kUnknown)
                                                    : cut_end(printable(c.title), most);
                           },
                       .fields = [](Fields& fields, const Connection& c,
                                    const CellContext& /*context*/) { fields.push_back(printable(c.title)); },
                       .sort = [](const Connection& c, MonoTime /*now*/) { return sort_by_text(c.title); }};

constexpr Cells kRetransmits =
    with_colour(number_cells([](const Connection& c) {
                  return c.retransmits_unknown ? Number() : Number(c.retransmits);
                }),
                [](const Connection& c) { return c.retransmits > 0 ? kYellow : kNoColour; });

constexpr Cells kTimeWaitLeft =
    with_text(duration_cells([](const Connection& c, MonoTime now) { return time_wait_left(c, now); }),
              [](const Connection& c, const CellContext& context, std::size_t /*most*/) {
                const Duration left = time_wait_left(c, context.now);
                if (!left) return std::string(kUnknown);
                return *left == Nanoseconds(0) ? std::string("due") : format_duration(*left);
              });

constexpr Cells kError = with_colour(word_cells([](const Connection& c) { return errno_name(c.error); }),
                                     [](const Connection& c) { return c.error != 0 ? kRed : kNoColour; });

constexpr Cells kReason{
    .text = [](const Connection& c, const CellContext& /*context*/,
               std::size_t most) { return cut_end(reason_text(c), most); },
    .fields =
        [](Fields& fields, const Connection& c, const CellContext& /*context*/) {
          fields.emplace_back(c.ended ? end_reason_name(c.end_reason) : std::string_view());
          fields.emplace_back(knows_closed_first(c) ? closed_first_name(c.closed_first) : std::string_view());
        },
    .sort = [](const Connection& c, MonoTime /*now*/) { return sort_by_text(reason_text(c)); },
    .colour = [](const Connection& c) { return is_failure(c.end_reason) ? kRed : kDim; }};

constexpr Cells kHolders{
    .text = [](const Connection& c, const CellContext& /*context*/,
               std::size_t most) { return cut_end(holders_text(c), most); },
    .fields =
        [](Fields& fields, const Connection& c, const CellContext& /*context*/) {
          add_json_field(fields, [&](JsonWriter& json) { holders_array(json, c); });
        },
    .sort = [](const Connection& c, MonoTime /*now*/) { return sort_by_number(c.holders.size()); }};

constexpr Cells kTrail{
    .text =
        [](const Connection& c, const CellContext& context, std::size_t most) {
          return trail_text(c, TrailOptions{context.now, most, context.trail_with_present});
        },
    .fields =
        [](Fields& fields, const Connection& c, const CellContext& context) {
          add_json_field(fields, [&](JsonWriter& json) { trail_array(json, c, context.clock); });
        },
    .sort = [](const Connection& c,
               MonoTime /*now*/) { return sort_by_number(c.trail.size() + c.trail_dropped); }};

// In the order in which tables show them.
constexpr Entry kEntries[] = {
    {{"id", "ID", right, false, 0, 0, "id", "conntrail's own number of the record, as show takes it"},
     number_cells([](const Connection& c) { return nonzero(c.id); })},
    {{"netns", "NETNS", left, false, 0, 0, "netns,netns_name",
      "network namespace: its name, a process in it, or its inode number; shown by itself where rows are of several"},
     kNetns},
    {{"cookie", "COOKIE", right, false, 0, 0, "cookie", "the kernel's socket cookie"},
     number_cells([](const Connection& c) { return nonzero(c.cookie); })},
    {{"inode", "INODE", right, false, 0, 0, "inode", "inode of the socket, as in /proc/PID/fd"},
     number_cells([](const Connection& c) { return nonzero(c.inode); })},
    {{"family", "FAMILY", left, false, 0, 0, "family", "inet or inet6"}, kFamily},
    {{"direction", "DIRECTION", left, false, 0, 0, "direction",
      "active: opened by this side; passive: by the peer"},
     kDirection},
    {{"state", "STATE", left, kDefault, 0, 0, "state", "TCP state, as netstat names it"}, kState},
    {{"age", "AGE", right, kDefault, 0, 0, "age_us", "time in the present state"},
     duration_cells([](const Connection& c, MonoTime now) { return age(c, now); })},
    {{"owner", "OWNER", left, kDefault, kLast, 12, "pid,comm,owner_source",
      "process and PID; ~ inherited from the listener; +N more processes hold the socket"},
     kOwner},
    {{"title", "TITLE", left, false, kSecond, 16, "title",
      "the owner's command line as it stands; passwords that are known as such are masked; not in 'all'",
      !kVanishes, kOnlyByName},
     kTitle},
    {{"uid", "UID", right, false, 0, 0, "uid", "user of the owner"},
     number_cells([](const Connection& c) { return c.owner.has_uid ? Number(c.owner.uid) : Number(); })},
    {{"cgroup", "CGROUP", right, false, 0, 0, "cgroup_id", "control group of the owner (id)"},
     number_cells([](const Connection& c) { return nonzero(c.owner.cgroup_id); })},
    {{"local", "LOCAL", left, kDefault, 0, 0, "local_addr,local_port", "address and port on this side"},
     endpoint_cells([](const Connection& c) -> const Endpoint& { return c.tuple.local; })},
    {{"remote", "REMOTE", left, kDefault, 0, 0, "remote_addr,remote_port", "address and port of the peer"},
     endpoint_cells([](const Connection& c) -> const Endpoint& { return c.tuple.remote; })},
    {{"recvq", "RECVQ", right, kDefault, 0, 0, "receive_queue",
      "octets received and not yet read; of a listener: connections that wait for accept()"},
     number_cells([](const Connection& c) { return queue(c, c.receive_queue); })},
    {{"sendq", "SENDQ", right, kDefault, 0, 0, "send_queue",
      "octets sent and not yet acknowledged; of a listener: how many may wait for accept()"},
     kSendQueue},
    {{"backlog", "BACKLOG", right, false, 0, 0, "backlog",
      "of a listener: how many connections may wait for accept()"},
     number_cells([](const Connection& c) { return c.backlog ? Number(*c.backlog) : Number(); })},
    {{"retransmits", "RETR", right, kDefault, 0, 0, "retransmits", "segments sent again, in all"},
     kRetransmits},
    {{"syn_retransmits", "SYNRETR", right, false, 0, 0, "syn_retransmits",
      "SYN and SYN-ACK segments sent again"},
     number_cells([](const Connection& c) {
       return c.syn_retransmits_unknown ? Number() : Number(c.syn_retransmits);
     })},
    {{"bytes_sent", "SENT", right, false, 0, 0, "bytes_sent", "octets of data sent"},
     number_cells([](const Connection& c) { return c.stats ? Number(c.stats->bytes_sent) : Number(); })},
    {{"bytes_received", "RECEIVED", right, false, 0, 0, "bytes_received", "octets of data received"},
     number_cells([](const Connection& c) { return c.stats ? Number(c.stats->bytes_received) : Number(); })},
    {{"rtt", "RTT", right, false, 0, 0, "srtt_us", "smoothed round-trip time"},
     microseconds_cells([](const Connection& c) { return nonzero(c.stats ? c.stats->srtt_us : 0); })},
    {{"min_rtt", "MINRTT", right, false, 0, 0, "min_rtt_us", "shortest round-trip time"},
     microseconds_cells(
         [](const Connection& c) { return c.stats ? Number(c.stats->min_rtt_us) : Number(); })},
    {{"opened", "OPENED", left, false, 0, 0, "opened", "time of day of the opening"},
     time_cells([](const Connection& c) { return c.opened; })},
    {{"closed", "CLOSED", left, false, 0, 0, "closed", "time of day of the end"},
     time_cells([](const Connection& c) { return c.closed; })},
    {{"connect", "CONNECT", right, false, 0, 0, "connect_us",
      "time the handshake took, where this side opened"},
     duration_cells([](const Connection& c, MonoTime /*now*/) { return connect_time(c); })},
    {{"duration", "DURATION", right, false, 0, 0, "duration_us", "from the opening to the end, or to now"},
     duration_cells([](const Connection& c, MonoTime now) { return duration(c, now); })},
    {{"left", "LEFT", right, kDefault, 0, 0, "time_wait_left_us", "until the time-wait socket expires"},
     kTimeWaitLeft},
    {{"error", "ERROR", left, false, 0, 0, "error", "errno of the socket"}, kError},
    {{"reason", "REASON", left, kDefault, kThird, 16, "end_reason,closed_first",
      "why it ended, who closed first"},
     kReason},
    {{"holders", "HOLDERS", left, false, kSecond, 16, "holders", "every process that has the socket open"},
     kHolders},
    {{"trail", "TRAIL", left, kDefault, kFirst, 20, "trail",
      "the states it has been in and for how long; without the present one where state and age are shown",
      kVanishes},
     kTrail},
};

// A column that lacks one of its functions is an error of compilation, not a crash in some output.
constexpr bool is_whole(const Entry& entry) {
  return !entry.column.key.empty() && !entry.column.title.empty() && !entry.column.fields.empty() &&
         !entry.column.help.empty() && entry.cells.text != nullptr && entry.cells.fields != nullptr &&
         entry.cells.sort != nullptr;
}
static_assert(std::ranges::all_of(kEntries, is_whole));

template <class Part>
constexpr auto all_of_them(Part Entry::*part) {
  std::array<Part, std::size(kEntries)> parts;
  std::ranges::transform(kEntries, parts.begin(), part);
  return parts;
}

constexpr auto kColumns = all_of_them(&Entry::column);
constexpr auto kCells = all_of_them(&Entry::cells);

}  // namespace

std::span<const Column> connection_columns() { return kColumns; }
std::span<const Cells> column_cells() { return kCells; }

std::optional<std::size_t> column_index(std::string_view key) {
  const auto found = std::ranges::find(kColumns, key, &Column::key);
  if (found == kColumns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kColumns.begin());
}

}  // namespace conntrail::view
