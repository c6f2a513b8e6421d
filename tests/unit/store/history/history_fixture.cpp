#include "history_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "conntrail/view/line.h"

namespace conntrail::store::test {
namespace {

constexpr std::int64_t kNoonUtc = 1'795'176'000'000'000'000;  // 2026-11-20 12:00:00

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string run_sqlite3(const std::string& options, const std::string& path, const std::string& sql) {
  const std::string command =
      fmt::format("sqlite3 -batch -bail {} {} {} 2>&1", options, quoted(path), quoted(sql));
  std::FILE* const pipe = popen(command.c_str(), "re");  // NOLINT: the texts are the test's own, and quoted
  if (pipe == nullptr) throw std::runtime_error("cannot run sqlite3");
  std::string out;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) != 0;)
    out.append(buffer.data(), n);
  const int status = pclose(pipe);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("sqlite3: " + out + "\n" + sql);
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace

Directory::Directory() {
  std::string name = (std::filesystem::temp_directory_path() / "conntrail-history-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

Directory::~Directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Directory::open_to_all() const { std::filesystem::permissions(path_, std::filesystem::perms{0755}); }

Run run_at_noon(const std::string& boot) {
  Run run;
  run.boot_id = boot;
  run.kernel = "6.18.0-test";
  run.source = "events";
  run.clock = WallClock::with_offset(kNoonUtc - kNoon.ns);
  run.started = kNoon;
  return run;
}

std::unique_ptr<HistoryWriter> open_writer(const WriterOptions& options, const Run& run) {
  auto writer = HistoryWriter::open(options, run);
  if (!writer) throw std::runtime_error(format_error(writer.error()));
  return std::move(*writer);
}

std::unique_ptr<HistoryWriter> open_writer(const std::string& path, const Run& run) {
  WriterOptions options;
  options.path = path;
  return open_writer(options, run);
}

HistoryReader open_reader(const std::string& path) {
  auto reader = HistoryReader::open(path);
  if (!reader) throw std::runtime_error(format_error(reader.error()));
  return std::move(*reader);
}

void expect_finish(HistoryWriter& writer, MonoTime now) {
  const auto done = writer.finish(now);
  EXPECT_TRUE(done) << format_error(done.error());
}

std::vector<HistoryRecord> all_records(const HistoryReader& reader, const Condition& condition) {
  std::vector<HistoryRecord> out;
  const auto done = reader.for_each(condition, SortKey::id, false, [&](const HistoryRecord& record) {
    out.push_back(record);
    return true;
  });
  if (!done) throw std::runtime_error(format_error(done.error()));
  return out;
}

std::string json_of(const Connection& connection, const WallClock& clock, MonoTime now) {
  std::string out;
  view::JsonLines(clock).append(out, connection, now);
  return out;
}

std::string sqlite3(const std::string& path, const std::string& sql, const std::string& mode) {
  return run_sqlite3(fmt::format("-readonly -{}", mode), path, sql);
}

void change_by_sqlite3(const std::string& path, const std::string& sql) { (void)run_sqlite3("", path, sql); }

Connection Crowd::next() {
  Connection c;
  c.id = ++count_;
  c.cookie = 1000 + count_;
  const bool v6 = below(5) == 0;
  c.tuple.netns = below(10) == 0 ? 4026532999U : 4026531840U;
  c.tuple.family = v6 ? Family::inet6 : Family::inet;
  const auto host = static_cast<std::uint8_t>(below(200));
  c.tuple.local = {*IpAddress::parse(v6 ? "2001:db8::1" : "10.0.0.1"),
                   static_cast<std::uint16_t>(1024 + below(60000))};
  c.tuple.remote = {
      *IpAddress::parse(v6 ? fmt::format("2001:db8:1::{:x}", host) : fmt::format("10.1.0.{}", host)),
      static_cast<std::uint16_t>(below(3) == 0 ? 443 : 8000 + below(20))};
  c.direction = static_cast<Direction>(below(3));
  if (below(20) != 0) {
    c.owner.pid = static_cast<std::uint32_t>(100 + below(50));
    c.owner.comm = fmt::format("worker{}", c.owner.pid % 7);
    c.owner.source = OwnerSource::connect;
    c.owner.cgroup_id = 7000 + c.owner.pid % 3;
  }
  c.owner.has_uid = below(10) != 0;
  if (c.owner.has_uid) c.owner.uid = static_cast<std::uint32_t>(1000 + below(4));
  live(c);
  end(c);
  return c;
}

void Crowd::live(Connection& c) {
  const MonoTime closed =
      from_ + Nanoseconds(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(within_.count()))));
  // Most are short; some lived through several buckets.
  const std::uint64_t longest = below(50) == 0 ? 7'200'000'000'000ULL : 3'000'000'000ULL;
  c.closed = closed;
  c.existed_before = below(30) == 0;
  if (!c.existed_before) c.opened = closed - Nanoseconds(static_cast<std::int64_t>(1000 + below(longest)));
  if (!c.existed_before && below(10) != 0)
    c.established = c.opened + Nanoseconds(static_cast<std::int64_t>(below(900)));
  if (c.established.known()) {
    c.trail.push_back({TcpState::syn_sent, c.opened, c.established});
    c.trail.push_back({TcpState::established, c.established, c.closed});
  } else {
    c.trail.push_back({c.existed_before ? TcpState::established : TcpState::syn_sent, c.opened, c.closed});
  }
}

void Crowd::end(Connection& c) {
  c.ended = true;
  c.gone = true;
  c.state = TcpState::close;
  c.state_since = c.closed;
  c.last_event = c.closed;
  c.trail.push_back({TcpState::close, c.closed, {}});
  c.end_reason = static_cast<EndReason>(below(9));
  c.closed_first = static_cast<ClosedFirst>(below(4));
  if (c.end_reason == EndReason::refused) c.error = ECONNREFUSED;
  c.retransmits = below(10) == 0 ? static_cast<std::uint32_t>(below(30)) : 0;
  if (below(15) == 0) return;
  SocketStats stats;
  stats.bytes_sent = below(1'000'000);
  stats.bytes_received = below(100) == 0 ? below(1ULL << 40U) : below(5000);
  stats.segments_out = static_cast<std::uint32_t>(below(100));
  stats.segments_in = static_cast<std::uint32_t>(below(100));
  stats.retransmits = c.retransmits;
  stats.srtt_us = static_cast<std::uint32_t>(below(8) == 0 ? 0 : below(200'000));
  if (stats.srtt_us != 0) stats.min_rtt_us = stats.srtt_us / 2;
  c.stats = stats;
}

}  // namespace conntrail::store::test
