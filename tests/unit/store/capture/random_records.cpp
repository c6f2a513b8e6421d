#include "random_records.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace conntrail::store::test {

std::string RandomRecords::text() {
  constexpr std::size_t kLong = 3000;
  std::string result(pick(20) == 0 ? kLong : pick(16), '\0');
  for (char& c : result) c = static_cast<char>(engine_());
  return result;
}

Family RandomRecords::family() {
  constexpr std::array kFamilies{Family::unspecified, Family::inet, Family::inet6};
  return kFamilies[pick(kFamilies.size())];
}

IpAddress RandomRecords::address() {
  IpAddress address;
  address.family = family();
  const std::size_t count = address.family == Family::inet ? 4 : address.family == Family::inet6 ? 16 : 0;
  // Few hosts, so that slots are hit as well as missed.
  for (std::size_t i = 0; i < count; ++i) address.bytes[i] = static_cast<std::uint8_t>(pick(2) * 255);
  return address;
}

FourTuple RandomRecords::tuple() {
  return {number<std::uint32_t>(),
          family(),
          {address(), number<std::uint16_t>()},
          {address(), number<std::uint16_t>()}};
}

SocketStats RandomRecords::stats() {
  SocketStats stats{
      number<std::uint64_t>(), number<std::uint64_t>(), number<std::uint64_t>(), number<std::uint32_t>(),
      number<std::uint32_t>(), number<std::uint32_t>(), number<std::uint32_t>(), std::nullopt};
  if (flag()) stats.min_rtt_us = number<std::uint32_t>();
  return stats;
}

Owner RandomRecords::owner() {
  return {number<std::uint32_t>(),    number<std::uint32_t>(),
          number<std::uint64_t>(),    text(),
          one_of(OwnerSource::close), flag()};
}

SocketEvent RandomRecords::event() {
  SocketEvent event;
  event.kind = static_cast<EventKind>(1 + pick(7));
  event.from = one_of(TcpState::closing);
  event.to = one_of(TcpState::closing);
  event.owned = flag();
  event.sock_done = flag();
  event.sock_dead = flag();
  event.clone_incomplete = flag();
  event.final_close = flag();
  event.shutdown = number<std::uint8_t>();
  event.error = number<std::uint16_t>();
  event.time = time();
  event.cookie = number<std::uint64_t>();
  event.sk = number<std::uint64_t>();
  event.cgroup_id = number<std::uint64_t>();
  event.tuple = tuple();
  event.task_pid = number<std::uint32_t>();
  event.task_uid = number<std::uint32_t>();
  event.socket_uid = number<std::uint32_t>();
  if (flag()) event.reset_reason = number<std::uint32_t>();
  event.child_pid = number<std::uint32_t>();
  const std::uint64_t length = pick(event.task_comm.size() + 1);
  for (std::size_t i = 0; i < length; ++i) event.task_comm[i] = static_cast<char>(1 + pick(255));
  if (flag()) {
    event.tw_count = number<std::uint32_t>();
    event.tw_max = number<std::uint32_t>();
  }
  if (flag()) event.stats = stats();
  event.repair = flag();
  event.exit_signal = number<std::uint8_t>();
  event.soft_error = number<std::uint16_t>();
  if (flag()) event.total_retransmits = number<std::uint32_t>();
  event.handshake_us = number<std::uint32_t>();
  return event;
}

SocketRow RandomRecords::row() {
  SocketRow row;
  row.protocol = flag() ? Protocol::tcp : Protocol::udp;
  row.kind = one_of(SocketKind::request);
  row.state = one_of(TcpState::closing);
  row.timer = one_of(TimerKind::probe);
  row.timer_raw = number<std::uint8_t>();
  row.shutdown = number<std::uint8_t>();
  row.tuple = tuple();
  row.cookie = number<std::uint64_t>();
  row.inode = number<std::uint64_t>();
  row.uid = number<std::uint32_t>();
  row.receive_queue = number<std::uint32_t>();
  row.send_queue = number<std::uint32_t>();
  if (flag()) row.backlog = number<std::uint32_t>();
  row.retransmits = number<std::uint32_t>();
  row.probes = number<std::uint32_t>();
  row.timer_ticks = number<std::uint64_t>();
  row.timer_left = Nanoseconds(time().ns);
  row.cgroup_id = number<std::uint64_t>();
  row.interface = number<std::uint32_t>();
  if (flag()) row.stats = stats();
  if (flag()) row.total_retransmits = number<std::uint32_t>();
  return row;
}

SocketHolder RandomRecords::holder() {
  return {number<std::uint64_t>(),
          number<std::uint64_t>(),
          number<std::uint32_t>(),
          number<std::int32_t>(),
          number<std::uint32_t>(),
          number<std::uint64_t>(),
          text()};
}

Connection RandomRecords::connection() {
  Connection c;
  c.id = number<std::uint64_t>();
  c.cookie = number<std::uint64_t>();
  c.tuple = tuple();
  c.state = one_of(TcpState::closing);
  c.direction = one_of(Direction::passive);
  c.owner = owner();
  for (std::uint64_t i = pick(4); i > 0; --i)
    c.holders.push_back({number<std::uint32_t>(), number<std::int32_t>(), text()});
  for (std::uint64_t i = pick(9); i > 0; --i) c.trail.push_back({one_of(TcpState::closing), time(), time()});
  c.trail_dropped = number<std::uint32_t>();
  for (std::uint64_t i = pick(5); i > 0; --i)
    c.marks.push_back({one_of(MarkKind::owner), time(), number<std::uint32_t>(), number<std::uint32_t>()});
  c.marks_dropped = number<std::uint32_t>();
  for (MonoTime* moment : {&c.opened, &c.established, &c.state_since, &c.closed, &c.last_event,
                           &c.time_wait_entered, &c.time_wait_expires})
    *moment = time();
  for (bool* fact : {&c.ended, &c.gone, &c.existed_before, &c.gap, &c.fin_sent, &c.fin_received,
                     &c.reset_sent, &c.reset_received, &c.time_wait})
    *fact = flag();
  c.end_reason = one_of(EndReason::killed);
  c.closed_first = one_of(ClosedFirst::both);
  c.error = number<int>();
  if (flag()) c.reset_reason = number<std::uint32_t>();
  c.retransmits = number<std::uint32_t>();
  c.syn_retransmits = number<std::uint32_t>();
  if (flag()) c.stats = stats();
  c.time_wait_entry_evidence = one_of(Evidence::confirmed);
  c.time_wait_exit_evidence = one_of(Evidence::confirmed);
  c.receive_queue = number<std::uint32_t>();
  c.send_queue = number<std::uint32_t>();
  c.inode = number<std::uint64_t>();
  return c;
}

HostSample RandomRecords::sample() {
  HostSample sample;
  sample.time = time();
  sample.netns = number<std::uint32_t>();
  for (std::uint64_t i = pick(5); i > 0; --i) sample.values.push_back({text(), time().ns});
  for (std::uint64_t i = pick(5); i > 0; --i) {
    sample.listeners.push_back({number<std::uint64_t>(),
                                {address(), number<std::uint16_t>()},
                                family(),
                                number<std::uint32_t>(),
                                number<std::uint32_t>(),
                                number<std::uint32_t>(),
                                number<std::uint32_t>(),
                                owner()});
  }
  return sample;
}

CapturedSnapshot RandomRecords::snapshot(std::size_t rows) {
  CapturedSnapshot snapshot;
  snapshot.scope.started = time();
  snapshot.scope.finished = time();
  for (std::uint64_t i = pick(4); i > 0; --i) snapshot.scope.namespaces.push_back(number<std::uint32_t>());
  snapshot.scope.time_wait_only = flag();
  snapshot.scope.has_cookies = flag();
  snapshot.scope.emit_changes = flag();
  for (std::size_t i = 0; i < rows; ++i) snapshot.rows.push_back(row());
  return snapshot;
}

CapturedHolders RandomRecords::holders(std::size_t count) {
  CapturedHolders holders;
  holders.complete = flag();
  for (std::size_t i = 0; i < count; ++i) holders.holders.push_back(holder());
  return holders;
}

CaptureRecord RandomRecords::any() {
  constexpr std::size_t kMostRows = 700;  // more than one record of rows
  switch (pick(11)) {
    case 0:
      return snapshot(pick(kMostRows));
    case 1:
      return holders(pick(kMostRows));
    case 2:
      return CapturedLoss{number<std::uint64_t>(), time(), time()};
    case 3:
      return CapturedTime{time(), flag()};
    case 4:
      return CapturedRestore{connection()};
    case 5:
      return sample();
    case 6:
      return EventTotals{number<std::uint64_t>(), number<std::uint64_t>(), number<std::uint64_t>()};
    case 7:
      return CapturedClock{time(), static_cast<std::int64_t>(number<std::uint64_t>())};
    case 8:
      return CapturedNamespace{number<std::uint32_t>(), flag() ? "blue" : ""};
    default:
      return event();
  }
}

TemporaryFile::TemporaryFile(const std::string& content) {
  path_ = testing::TempDir() + "capture_test_XXXXXX";
  const int fd = ::mkstemp(path_.data());
  if (fd < 0) throw std::runtime_error("cannot make " + path_);
  ::close(fd);
  if (!content.empty()) write(content);
}

TemporaryFile::~TemporaryFile() { ::unlink(path_.c_str()); }

std::string TemporaryFile::read() const {
  std::ifstream file(path_, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void TemporaryFile::write(const std::string& content) const {
  std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
}

CaptureHeader some_header() {
  CaptureHeader header;
  header.program = "conntrail test";
  header.kernel = "6.18.0";
  header.host = "somewhere";
  header.boot_id = "00000000-0000-4000-8000-000000000000";
  header.clock = WallClock::with_offset(1'763'650'000'000'000'000);
  header.started = {1'000'000'000};
  header.reset_reasons = {{0, "NOT_SPECIFIED"}, {14, "TCP_STATE"}};
  return header;
}

SocketEvent without_sk(SocketEvent event) {
  event.sk = 0;
  return event;
}

CaptureRecord without_sk(CaptureRecord record) {
  if (auto* event = std::get_if<SocketEvent>(&record)) event->sk = 0;
  return record;
}

std::string capture_of(const std::vector<CaptureRecord>& records,
                       const std::vector<std::size_t>& block_ends) {
  const TemporaryFile file;
  auto writer = CaptureWriter::create(file.path(), some_header());
  EXPECT_TRUE(writer) << format_error(writer.error());
  for (std::size_t i = 0; i < records.size(); ++i) {
    (*writer)->add(records[i]);
    if (std::ranges::find(block_ends, i) != block_ends.end()) {
      EXPECT_TRUE((*writer)->flush());
    }
  }
  EXPECT_TRUE((*writer)->finish());
  return file.read();
}

ReadBack read_back(const std::string& content) {
  const TemporaryFile file(content);
  auto reader = CaptureReader::open(file.path());
  EXPECT_TRUE(reader) << format_error(reader.error());
  ReadBack result;
  if (!reader) return result;
  while (auto record = reader->next()) result.records.push_back(std::move(*record));
  result.damage = reader->damage();
  return result;
}

}  // namespace conntrail::store::test
