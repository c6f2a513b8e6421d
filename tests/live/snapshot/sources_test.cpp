// The three sources against the kernel's truth: real sockets in every state, what this test knows about them,
// ss and the real netstat.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "command.h"
#include "conntrail/base/text.h"
#include "conntrail/kernel/iterators.h"
#include "conntrail/snapshot/snapshot.h"
#include "every_state.h"
#include "netns.h"
#include "row_compare.h"

namespace conntrail::snapshot {
namespace {

using test::ExpectedSocket;
using test::name_of;

constexpr Source kSources[] = {Source::diag, Source::bpf, Source::proc};

class Sources : public testing::Test {
 protected:
  static inline std::optional<test::PrivateNamespace> net_;
  static void SetUpTestSuite() {
    ASSERT_TRUE(test::is_root()) << "live tests need root";
    net_.emplace();
    sockets_ = std::make_unique<test::EveryState>();
    auto opened = kernel::SocketIterators::open();
    ASSERT_TRUE(opened) << format_error(opened.error());
    iterators_ = std::make_unique<kernel::SocketIterators>(std::move(*opened));
  }
  static void TearDownTestSuite() {
    iterators_.reset();
    sockets_.reset();
    net_.reset();
  }

  static Request request(Source source) {
    Request result;
    result.udp = true;
    result.source = source;
    result.iterators = iterators_.get();
    return result;
  }
  static Snapshot take_all(Source source, bool statistics = false) {
    Request all = request(source);
    all.statistics = statistics;
    all.request_timeouts = statistics;
    auto taken = take(all);
    if (!taken) throw std::runtime_error(format_error(taken.error()));
    return std::move(*taken);
  }

  static std::unique_ptr<test::EveryState> sockets_;
  static std::unique_ptr<kernel::SocketIterators> iterators_;
};
std::unique_ptr<test::EveryState> Sources::sockets_;
std::unique_ptr<kernel::SocketIterators> Sources::iterators_;

void expect_as_made(const ExpectedSocket& expected, const SocketRow& row, Source source) {
  const std::string what = std::string(source_name(source)) + ", " + expected.what;
  EXPECT_EQ(row.state, expected.state) << what << " is " << tcp_state_name(row.state);
  EXPECT_EQ(row.kind, expected.kind) << what;
  EXPECT_EQ(row.tuple, expected.tuple) << what;
  EXPECT_EQ(row.inode, expected.inode) << what;
  EXPECT_EQ(row.uid, 0U) << what;
  if (expected.receive_queue) {
    EXPECT_EQ(row.receive_queue, *expected.receive_queue) << what;
  }
  if (expected.send_queue) {
    EXPECT_EQ(row.send_queue, *expected.send_queue) << what;
  }
  if (expected.timer) {
    EXPECT_EQ(row.timer, *expected.timer) << what;
  }
  if (source == Source::proc) {
    EXPECT_EQ(row.cookie, 0U) << what;
    return;
  }
  if (expected.cookie) {
    EXPECT_EQ(row.cookie, *expected.cookie) << what;
  }
  EXPECT_NE(row.cookie, 0U) << what;
  EXPECT_EQ(row.backlog.has_value(), expected.state == TcpState::listen) << what;
  if (expected.backlog) {
    EXPECT_EQ(row.backlog, expected.backlog) << what;
  }
}

TEST_F(Sources, EachShowsEverySocketOnceAsItWasMade) {
  for (const Source source : kSources) {
    const Snapshot snapshot = take_all(source);
    EXPECT_EQ(snapshot.source, source);
    EXPECT_TRUE(snapshot.notes.empty()) << test::join(snapshot.notes);
    EXPECT_EQ(snapshot.complete_namespaces, std::vector<std::uint32_t>{test::current_namespace()});
    EXPECT_LT(snapshot.started, snapshot.finished);
    std::map<std::string, const SocketRow*> by_name;
    for (const SocketRow& row : snapshot.rows) {
      EXPECT_TRUE(by_name.emplace(name_of(row), &row).second) << "twice: " << name_of(row);
    }
    EXPECT_EQ(snapshot.rows.size(), sockets_->sockets().size()) << source_name(source);
    for (const ExpectedSocket& expected : sockets_->sockets()) {
      const auto found = by_name.find(name_of(expected.protocol, expected.tuple));
      if (found == by_name.end()) {
        ADD_FAILURE() << source_name(source) << " lacks: " << expected.what;
        continue;
      }
      expect_as_made(expected, *found->second, source);
    }
  }
}

TEST_F(Sources, EveryTcpStateIsThere) {
  std::set<std::pair<Family, TcpState>> seen;
  for (const SocketRow& row : take_all(Source::diag).rows) {
    if (row.protocol == Protocol::tcp) seen.insert({row.tuple.family, row.state});
  }
  for (const Family family : {Family::inet, Family::inet6}) {
    for (int state = 1; state < kTcpStateCount; ++state) {
      const auto value = static_cast<TcpState>(state);
      if (value == TcpState::close) continue;  // such a socket is in no table
      EXPECT_TRUE(seen.contains({family, value})) << tcp_state_name(value);
    }
  }
}

// Timers fire while the sources are read one after the other; a comparison that such an event fell into is
// made again.
std::vector<std::string> compare(const std::function<Snapshot()>& first,
                                 const std::function<Snapshot()>& second, bool text_only) {
  std::vector<std::string> found;
  for (int attempt = 0; attempt < 8; ++attempt) {
    const Snapshot left = first();
    const Snapshot right = second();
    constexpr std::int64_t kTick = 10'000'000;
    const auto elapsed = static_cast<std::uint64_t>((right.finished - left.started).count() / kTick) + 2;
    found = test::differences(left.rows, right.rows, {.text_only = text_only, .elapsed_ticks = elapsed});
    if (found.empty()) return found;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }
  return found;
}

// iter/udp walks another hash table (by port and address) than sock_diag and /proc/net (by port): its order
// is its own.
Snapshot with_sorted_udp(Snapshot snapshot) {
  const auto udp = std::ranges::find(snapshot.rows, Protocol::udp, &SocketRow::protocol);
  std::ranges::sort(udp, snapshot.rows.end(), {}, [](const SocketRow& row) { return name_of(row); });
  return snapshot;
}

TEST_F(Sources, AgreeFieldByFieldAndInOrder) {
  const auto by = [](Source source) { return [source] { return take_all(source, true); }; };
  const auto sorted = [](Source source) {
    return [source] { return with_sorted_udp(take_all(source, true)); };
  };
  EXPECT_EQ(test::join(compare(by(Source::diag), by(Source::proc), true)), "");
  EXPECT_EQ(test::join(compare(sorted(Source::diag), sorted(Source::bpf), false)), "");
  EXPECT_EQ(test::join(compare(sorted(Source::bpf), sorted(Source::proc), true)), "");
}

TEST_F(Sources, StreamGivesTheRowsOfTake) {
  const auto streamed = [](Source source) {
    return [source] {
      std::vector<SocketRow> rows;
      Request all = request(source);
      all.statistics = true;
      all.request_timeouts = true;
      auto done = stream(all, [&rows](const SocketRow& row) { rows.push_back(row); });
      if (!done) throw std::runtime_error(format_error(done.error()));
      EXPECT_TRUE(done->rows.empty());
      done->rows = std::move(rows);
      return std::move(*done);
    };
  };
  for (const Source source : kSources) {
    EXPECT_EQ(test::join(compare([=] { return take_all(source, true); }, streamed(source), false)), "");
  }
}

TEST_F(Sources, AutomaticIsDiag) { EXPECT_EQ(take_all(Source::automatic).source, Source::diag); }

TEST_F(Sources, TimeWaitOnlyShowsBothSubstatesAndNothingElse) {
  std::set<std::string> expected;
  for (const ExpectedSocket& socket : sockets_->sockets()) {
    if (socket.kind == SocketKind::time_wait) expected.insert(name_of(socket.protocol, socket.tuple));
  }
  ASSERT_EQ(expected.size(), 6U);  // TIME_WAIT and FIN_WAIT2, three flavours
  for (const Source source : kSources) {
    Request only = request(source);
    only.time_wait_only = true;
    const auto taken = take(only);
    ASSERT_TRUE(taken) << format_error(taken.error());
    std::set<std::string> found;
    for (const SocketRow& row : taken->rows) found.insert(name_of(row));
    EXPECT_EQ(found, expected) << source_name(source);
  }
}

TEST_F(Sources, GiveOnlyWhatIsAskedFor) {
  for (const Source source : kSources) {
    for (const bool tcp : {true, false}) {
      for (const bool inet : {true, false}) {
        Request part = request(source);
        part.tcp = tcp;
        part.udp = !tcp;
        part.inet = inet;
        part.inet6 = !inet;
        const auto taken = take(part);
        ASSERT_TRUE(taken) << format_error(taken.error());
        EXPECT_FALSE(taken->rows.empty());
        for (const SocketRow& row : taken->rows) {
          EXPECT_EQ(row.protocol, tcp ? Protocol::tcp : Protocol::udp);
          EXPECT_EQ(row.tuple.family, inet ? Family::inet : Family::inet6);
        }
      }
    }
  }
}

// What ss says of a socket, by its cookie.
struct SsRow {
  std::string state;
  std::uint32_t receive_queue = 0;
  std::uint32_t send_queue = 0;
  std::string local_port;
  std::string remote_port;
  std::uint64_t inode = 0;
};

std::map<std::uint64_t, SsRow> read_ss() {
  std::map<std::uint64_t, SsRow> rows;
  const std::string text = test::must_run({"ss", "-tuanoeOH"});
  for (const std::string_view line : split(text, '\n')) {
    const auto words = split_words(line);
    if (words.size() < 6) continue;
    SsRow row{.state = std::string(words[1]), .local_port = {}, .remote_port = {}};
    row.receive_queue = parse_number<std::uint32_t>(words[2]).value_or(~0U);
    row.send_queue = parse_number<std::uint32_t>(words[3]).value_or(~0U);
    row.local_port = words[4].substr(words[4].rfind(':') + 1);
    row.remote_port = words[5].substr(words[5].rfind(':') + 1);
    std::uint64_t cookie = 0;
    for (const std::string_view word : words) {
      if (word.starts_with("ino:")) row.inode = parse_number<std::uint64_t>(word.substr(4)).value_or(0);
      if (word.starts_with("sk:")) cookie = parse_number<std::uint64_t>(word.substr(3), 16).value_or(0);
    }
    rows[cookie] = row;
  }
  return rows;
}

std::string port_text(std::uint16_t port) { return port == 0 ? "*" : std::to_string(port); }

TEST_F(Sources, AgreeWithSs) {
  const auto ss = read_ss();
  for (const Source source : {Source::diag, Source::bpf}) {
    const Snapshot snapshot = take_all(source);
    EXPECT_EQ(snapshot.rows.size(), ss.size());
    for (const SocketRow& row : snapshot.rows) {
      const auto found = ss.find(row.cookie);
      ASSERT_NE(found, ss.end()) << name_of(row);
      const SsRow& theirs = found->second;
      const auto state = theirs.state == "UNCONN" ? TcpState::close : parse_tcp_state(theirs.state);
      EXPECT_EQ(row.state, state) << name_of(row) << " " << theirs.state;
      EXPECT_EQ(row.receive_queue, theirs.receive_queue) << name_of(row);
      EXPECT_EQ(row.backlog.value_or(row.send_queue), theirs.send_queue) << name_of(row);
      EXPECT_EQ(port_text(row.tuple.local.port), theirs.local_port);
      EXPECT_EQ(port_text(row.tuple.remote.port), theirs.remote_port);
      EXPECT_EQ(row.inode, theirs.inode) << name_of(row);
    }
  }
}

TEST_F(Sources, CountAsNetstatDoes) {
  std::map<std::string, int> theirs;
  const std::string text = test::must_run({"netstat", "-tuan"});
  for (const std::string_view line : split(text, '\n')) {
    const auto words = split_words(line);
    if (words.size() < 5 || (!words[0].starts_with("tcp") && !words[0].starts_with("udp"))) continue;
    ++theirs[std::string(words[0]) + " " + std::string(words.size() > 5 ? words[5] : "")];
  }
  for (const Source source : kSources) {
    std::map<std::string, int> ours;
    for (const SocketRow& row : take_all(source).rows) {
      std::string name = row.protocol == Protocol::tcp ? "tcp" : "udp";
      if (row.tuple.family == Family::inet6) name += '6';
      const bool unconnected_udp = row.protocol == Protocol::udp && row.state == TcpState::close;
      ++ours[name + " " + std::string(unconnected_udp ? "" : tcp_state_name(row.state))];
    }
    EXPECT_EQ(ours, theirs) << source_name(source);
  }
}

TEST_F(Sources, StatisticsCountDataOnly) {
  const Snapshot snapshot = take_all(Source::diag, true);
  std::map<std::string, const SocketRow*> by_name;
  for (const SocketRow& row : snapshot.rows) by_name.emplace(name_of(row), &row);
  int checked = 0;
  for (const ExpectedSocket& expected : sockets_->sockets()) {
    const SocketRow& row = *by_name.at(name_of(expected.protocol, expected.tuple));
    const bool connection =
        row.protocol == Protocol::tcp && row.kind == SocketKind::full && row.state != TcpState::listen;
    EXPECT_EQ(row.stats.has_value(), connection) << expected.what;
    if (expected.what.ends_with("server with 100 unread octets")) {
      EXPECT_EQ(row.stats->bytes_received, 100U);
      EXPECT_GT(row.stats->srtt_us, 0U);
      ++checked;
    } else if (expected.what.ends_with("client, idle")) {
      EXPECT_EQ(row.stats->bytes_sent, 100U);
      ++checked;
    } else if (expected.what.ends_with("retransmit timer")) {
      EXPECT_EQ(row.stats->bytes_sent, 10U);
      EXPECT_EQ(row.stats->bytes_retransmitted, std::uint64_t{10} * row.stats->retransmits);
      EXPECT_GT(row.stats->retransmits, 0U);
      ++checked;
    } else if (row.state == TcpState::close_wait || row.state == TcpState::last_ack ||
               row.state == TcpState::closing) {
      EXPECT_EQ(row.stats->bytes_received, 0U) << expected.what;  // the FIN is no data
      ++checked;
    }
  }
  EXPECT_EQ(checked, 3 * (3 + 3 + 1 + 1));
}

}  // namespace
}  // namespace conntrail::snapshot
