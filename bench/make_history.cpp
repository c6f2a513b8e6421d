// make_history: fills a history database with random connections spread over a day, and says what writing one
// cost and how large it is; with --ask, how long the questions of `conntrail history` take. bench/history-
// scale runs both.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <deque>
#include <optional>
#include <random>

#include "conntrail/store/history.h"

namespace {

using namespace conntrail;
using namespace conntrail::store;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStartUtc = 1'795'132'800 * kSecond;  // 2026-11-20 00:00:00
constexpr MonoTime kStart{1000 * kSecond};
constexpr int kFlushEvery = 20'000;

[[noreturn]] void give_up(const Error& error) {
  fmt::print(stderr, "make_history: {}\n", format_error(error));
  std::exit(2);
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Run run_at_start() {
  Run run;
  run.boot_id = "synthetic";
  run.kernel = "none";
  run.source = "events";
  run.clock = WallClock::with_offset(kStartUtc - kStart.ns);
  run.started = kStart;
  return run;
}

// A host with a few dozen programs that talk to some hundred others: mostly short connections, a few that
// last hours, some that fail.
class Host {
 public:
  explicit Host(std::uint64_t seed) : random_(seed) {}

  Connection connection(std::uint64_t id, MonoTime closed) {
    Connection c;
    c.id = id;
    c.cookie = 0x10000 + id;
    c.direction = below(3) == 0 ? Direction::passive : Direction::active;
    place(c);
    own(c);
    const bool fails = below(50) == 0;
    const bool long_one = below(500) == 0;
    const auto lasted =
        static_cast<std::int64_t>(2'000'000 + below(long_one ? 7'200'000'000'000ULL : 900'000'000ULL));
    c.closed = closed;
    c.opened = closed - Nanoseconds(lasted);
    fails ? refuse(c) : finish(c);
    return c;
  }

  // The end of its time-wait socket, as the kernel's timer sets it.
  static void expire(Connection& c, MonoTime now) {
    c.gone = true;
    c.state = TcpState::close;
    c.state_since = now;
    c.last_event = now;
    c.trail.back().left = now;
    c.trail.push_back({TcpState::close, now, {}});
    c.time_wait_exit_evidence = Evidence::confirmed;
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  void place(Connection& c) {
    const bool v6 = below(10) == 0;
    const auto host = static_cast<std::uint8_t>(below(250));
    c.tuple.netns = 4026531840U;
    c.tuple.family = v6 ? Family::inet6 : Family::inet;
    std::array<std::uint8_t, 16> six{0x20, 0x01, 0x0d, 0xb8, 0, 1};
    c.tuple.local.address = v6 ? IpAddress::v6(six) : IpAddress::v4({10, 20, 0, 17});
    six[15] = host;
    c.tuple.remote.address =
        v6 ? IpAddress::v6(six) : IpAddress::v4({10, 20, static_cast<std::uint8_t>(below(4)), host});
    const auto ephemeral = static_cast<std::uint16_t>(32768 + below(28232));
    const auto service = static_cast<std::uint16_t>(std::array{443, 80, 5432, 6379, 8080, 9092}[below(6)]);
    const bool active = c.direction == Direction::active;
    c.tuple.local.port = active ? ephemeral : service;
    c.tuple.remote.port = active ? service : ephemeral;
  }
  void own(Connection& c) {
    const std::uint64_t program = below(24);
    c.owner = {static_cast<std::uint32_t>(1000 + program * 40 + below(4)),
               static_cast<std::uint32_t>(program % 5),
               6000 + program,
               fmt::format("service-{}", program),
               OwnerSource::connect,
               true};
  }
  void refuse(Connection& c) {
    c.ended = c.gone = true;
    c.state = TcpState::close;
    c.state_since = c.last_event = c.closed;
    c.end_reason = EndReason::refused;
    c.error = 111;
    c.reset_received = true;
    c.trail = {{TcpState::syn_sent, c.opened, c.closed}, {TcpState::close, c.closed, {}}};
  }
  void finish(Connection& c) {
    c.established = c.opened + Nanoseconds(static_cast<std::int64_t>(40'000 + below(1'500'000)));
    const MonoTime fin = c.closed - Nanoseconds(static_cast<std::int64_t>(20'000 + below(300'000)));
    const MonoTime acked = fin + Nanoseconds(static_cast<std::int64_t>(1000 + below(15'000)));
    const bool active = c.direction == Direction::active;
    c.trail = {{active ? TcpState::syn_sent : TcpState::syn_recv, c.opened, c.established},
               {TcpState::established, c.established, fin}};
    c.ended = true;
    c.fin_sent = c.fin_received = true;
    c.end_reason = EndReason::normal;
    c.stats = SocketStats{below(4000),
                          below(60'000),
                          0,
                          static_cast<std::uint32_t>(4 + below(40)),
                          static_cast<std::uint32_t>(4 + below(40)),
                          0,
                          static_cast<std::uint32_t>(40 + below(40'000)),
                          static_cast<std::uint32_t>(30 + below(900))};
    if (active) {
      c.closed_first = ClosedFirst::local;
      c.trail.push_back({TcpState::fin_wait1, fin, acked});
      c.trail.push_back({TcpState::fin_wait2, acked, c.closed});
      c.trail.push_back({TcpState::time_wait, c.closed, {}});
      c.state = TcpState::time_wait;
      c.time_wait = true;
      c.time_wait_entered = c.closed;
      c.time_wait_expires = c.closed + Nanoseconds(60 * kSecond);
      c.time_wait_entry_evidence = Evidence::event;
    } else {
      c.closed_first = ClosedFirst::remote;
      c.gone = true;
      c.trail.push_back({TcpState::close_wait, fin, acked});
      c.trail.push_back({TcpState::last_ack, acked, c.closed});
      c.trail.push_back({TcpState::close, c.closed, {}});
      c.state = TcpState::close;
    }
    c.state_since = c.last_event = c.closed;
  }

  std::mt19937_64 random_;
};

void make(const WriterOptions& options, std::uint64_t connections, double hours) {
  const Run run = run_at_start();
  auto writer = HistoryWriter::open(options, run);
  if (!writer) give_up(writer.error());
  const auto step = static_cast<std::int64_t>(hours * 3600 * static_cast<double>(kSecond) /
                                              static_cast<double>(connections));
  Host host(1);
  std::deque<Connection> waiting;  // in TIME_WAIT, by the time of their end
  std::uint64_t puts = 0;
  MonoTime now = kStart + Nanoseconds(kSecond);
  const double before = cpu_seconds();
  const auto put = [&](const Connection& c) {
    (*writer)->put(c, now);
    if (++puts % kFlushEvery == 0) (*writer)->flush();
  };
  for (std::uint64_t id = 1; id <= connections; ++id) {
    now = now + Nanoseconds(step);
    Connection c = host.connection(id, now);
    put(c);
    if (!c.gone) waiting.push_back(std::move(c));
    for (; !waiting.empty() && waiting.front().time_wait_expires <= now; waiting.pop_front()) {
      Host::expire(waiting.front(), waiting.front().time_wait_expires);
      put(waiting.front());
    }
  }
  if (auto done = (*writer)->finish(now); !done) give_up(done.error());
  const double cpu = cpu_seconds() - before;
  const WriterTotals totals = (*writer)->totals();
  writer->reset();  // the log is copied into the database
  fmt::print("{} connections, {} rows written, {} dropped, {} retired\n", connections, totals.rows_written,
             totals.rows_dropped, totals.rows_retired);
  fmt::print("{:.2f} µs of CPU per row, making it up included\n",
             cpu * 1e6 / static_cast<double>(totals.rows_written));
  // The cost of making the connections up, to be subtracted.
  const double idle = cpu_seconds();
  Host again(1);
  for (std::uint64_t id = 1; id <= std::min<std::uint64_t>(connections, 200'000); ++id)
    (void)again.connection(id, now);
  fmt::print(
      "{:.2f} µs of it for making one up\n",
      (cpu_seconds() - idle) * 1e6 / static_cast<double>(std::min<std::uint64_t>(connections, 200'000)));
}

template <class Question>
void time(std::string_view name, const Question& question) {
  double best = 1e9;
  std::size_t answers = 0;
  for (int round = 0; round < 3; ++round) {
    const auto start = std::chrono::steady_clock::now();
    const auto result = question();
    if (!result) give_up(result.error());
    answers = *result;
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  fmt::print("{:<44} {:>9.1f} ms {:>9} answers\n", name, best * 1e3, answers);
}

void ask(const std::string& path) {
  auto opened = HistoryReader::open(path);
  if (!opened) give_up(opened.error());
  const HistoryReader& reader = *opened;
  const auto count = [](const auto& result) -> Result<std::size_t> {
    if (!result) return std::unexpected(result.error());
    return result->size();
  };
  Condition hour;  // neither of its ends is the edge of a bucket
  hour.since_ns = kStartUtc + std::int64_t{36123} * kSecond;
  hour.until_ns = *hour.since_ns + 3600 * kSecond;
  for (const auto& [key, name] : {std::pair{SortKey::duration, "duration"},
                                  {SortKey::bytes_received, "bytes_received"},
                                  {SortKey::rtt, "srtt_us"},
                                  {SortKey::closed, "closed"},
                                  {SortKey::id, "id"}}) {
    time(fmt::format("top 20 by {}", name), [&, key = key] { return count(reader.top({}, key, true, 20)); });
  }
  time("top 20 by duration, one hour", [&] { return count(reader.top(hour, SortKey::duration, true, 20)); });
  for (const GroupKey key : {GroupKey::remote_addr, GroupKey::comm, GroupKey::end_reason,
                             GroupKey::remote_port, GroupKey::local_port, GroupKey::pid}) {
    time(fmt::format("group by {}", group_key_name(key)), [&] { return count(reader.group({}, key)); });
    time(fmt::format("group by {}, one hour", group_key_name(key)),
         [&] { return count(reader.group(hour, key)); });
  }
  const auto latest = reader.latest();
  if (!latest) give_up(latest.error());
  const std::optional<HistoryRecord>& newest = *latest;
  if (!newest) return;
  const Connection& c = newest->connection;
  time("show ID", [&]() -> Result<std::size_t> {
    const auto found = reader.find(c.id / 2);
    if (!found) return std::unexpected(found.error());
    return *found ? 1U : 0U;
  });
  time("show latest", [&]() -> Result<std::size_t> {
    const auto found = reader.latest();
    if (!found) return std::unexpected(found.error());
    return *found ? 1U : 0U;
  });
  time("show tuple", [&] { return count(reader.find(c.tuple.local, c.tuple.remote, 10)); });
  time("show host:port", [&] { return count(reader.find({}, c.tuple.remote, 10)); });
  time("show tuple that never was", [&] {
    return count(reader.find({}, {IpAddress::v4({192, 0, 2, 1}), 9}, 10));
  });
  time("show port that never was", [&] { return count(reader.find({}, {c.tuple.local.address, 9}, 10)); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Fills a history database with synthetic connections, or asks one questions.");
  WriterOptions options;
  options.max_bytes = std::uint64_t{1} << 40U;
  options.keep = Nanoseconds(std::int64_t{3650} * 86400 * kSecond);
  std::uint64_t connections = 1'000'000;
  double hours = 24;
  bool questions = false;
  app.add_option("--db", options.path, "the database")->required();
  app.add_option("--connections", connections, "how many");
  app.add_option("--hours", hours, "over how long they are spread");
  app.add_flag("--ask", questions, "time the questions of conntrail history instead");
  CLI11_PARSE(app, argc, argv);
  if (questions) {
    ask(options.path);
  } else {
    make(options, connections, hours);
  }
  return 0;
}
