// What looks like trouble and is none, beside its twin that is: told right by what the kernel did.
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "diagnosis.h"
#include "sockets.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Call;
using test::Flavour;
using test::LoadProcess;
using test::LoadReport;
using test::Serve;

constexpr std::uint16_t kPort = 8080;
constexpr std::uint16_t kFallbackPort = 8888;

using Ready = std::function<void()>;
using Conversation = std::function<void(int socket)>;

UniqueFd listen_at(std::uint16_t port) {
  UniqueFd listener = test::tcp_socket();
  test::set_option(listener.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  test::bind_to(listener.get(), {test::loopback_of(Flavour::inet), port});
  if (::listen(listener.get(), 1024) != 0) throw std::runtime_error("listen");
  return listener;
}

// Each connection in a thread of its own.
LoadProcess::Body serve(std::uint16_t port, const Conversation& talk) {
  return [port, talk](LoadReport& report, const Ready& ready) {
    const UniqueFd listener = listen_at(port);
    ready();
    for (;;) {
      const int socket = ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      ++report.done;
      std::thread([talk, socket] {
        talk(socket);
        ::close(socket);
      }).detach();
    }
  };
}

// As many at a time as `threads`, one after the other.
LoadProcess::Body call(std::uint16_t port, int threads, const Conversation& talk) {
  return [=](LoadReport& report, const Ready& ready) {
    ready();
    const auto work = [&] {
      while (!report.stop) {
        UniqueFd socket = test::connected(Flavour::inet, port);
        talk(socket.get());
        ++report.done;
      }
      for (;;) std::this_thread::sleep_for(seconds(1));
    };
    std::vector<std::thread> more;
    for (int i = 1; i < threads; ++i) more.emplace_back(work);
    work();
  };
}

void read_to_end(int socket) {
  std::vector<char> buffer(65536);
  while (::recv(socket, buffer.data(), buffer.size(), 0) > 0) {
  }
}

// Reads the request and answers; the client's last word is read, and the socket closed, a while later.
void close_late(int socket) {
  std::ignore = test::receive_text(socket);
  test::send_text(socket, "answer");
  std::this_thread::sleep_for(milliseconds(30));
  read_to_end(socket);
}
void say_goodbye(int socket) {
  test::send_text(socket, "question");
  std::ignore = test::receive_text(socket);
  test::send_text(socket, "X");
}
// The same now and then: a storm of them is a trouble of its own.
void say_goodbye_slowly(int socket) {
  std::this_thread::sleep_for(milliseconds(20));
  say_goodbye(socket);
}

// Sends all the time, whatever the other side has closed.
void answer_for_ever(int socket) {
  const std::string some(100, 'x');
  while (::send(socket, some.data(), some.size(), MSG_NOSIGNAL) > 0)
    std::this_thread::sleep_for(milliseconds(100));
}
void close_half(int socket) {
  ::shutdown(socket, SHUT_WR);
  read_to_end(socket);
}

void never_read(int /*socket*/) {
  for (;;) std::this_thread::sleep_for(seconds(1));
}
void send_all_the_time(int socket) {
  const std::string much(16384, 'x');
  while (::send(socket, much.data(), much.size(), MSG_NOSIGNAL) > 0)
    std::this_thread::sleep_for(milliseconds(5));
}

// "localhost": ::1 refuses, 127.0.0.1 answers.
LoadProcess::Body fall_back(std::uint16_t port) {
  return [port](LoadReport& report, const Ready& ready) {
    ready();
    for (;; std::this_thread::sleep_for(milliseconds(100))) {
      {
        const UniqueFd first = test::tcp_socket(Flavour::inet6);
        if (test::try_connect(first.get(), Flavour::inet6, port) == 0)
          throw std::runtime_error("::1 answers");
      }
      const UniqueFd second = test::connected(Flavour::inet, port);
      ++report.done;
    }
  };
}

class Verdict : public Diagnose {
 protected:
  Diagnosis look(const std::string& length) { return diagnose({&cable.server()}, {"--for", length}); }
};

TEST_F(Verdict, ALastWordThatIsSentAgainNeedlesslyIsNoLoss) {
  const LoadProcess server("ct-late", cable.server(), serve(kPort, close_late));
  const LoadProcess client("ct-goodbye", cable.server(), call(kPort, 4, say_goodbye));
  const std::uint64_t before = counter(cable.server(), "TcpExt", "TCPDSACKRecv");
  const std::uint64_t resent_before = counter(cable.server(), "Tcp", "RetransSegs");
  const Diagnosis diagnosis = look("3s");
  const std::uint64_t needless = counter(cable.server(), "TcpExt", "TCPDSACKRecv") - before;
  const std::uint64_t resent = counter(cable.server(), "Tcp", "RetransSegs") - resent_before;
  ASSERT_GT(resent, 20U) << "the cause is there";
  ASSERT_GT(needless * 10, resent * 8) << "and nothing was lost";

  EXPECT_EQ(diagnosis.status, 0);
  diagnosis.expect_nothing_worse_but({});
  const Json* loss = diagnosis.find("loss");
  ASSERT_NE(loss, nullptr) << Json(diagnosis.findings);
  EXPECT_EQ(fact(*loss, "pattern"), "spurious");
}

TEST_F(Verdict, AConnectToLocalhostThatGoesOnToTheOtherAddressIsAFallback) {
  const LoadProcess server("ct-v4only", cable.server(), serve(kFallbackPort, read_to_end));
  const LoadProcess client("ct-localhost", cable.server(), fall_back(kFallbackPort));
  const LoadProcess hopeless("ct-refused", cable.server(), [](LoadReport&, const Ready& ready) {
    ready();
    for (;; std::this_thread::sleep_for(milliseconds(100)))
      std::ignore = test::try_connect(test::tcp_socket().get(), Flavour::inet, 82);
  });
  const Diagnosis diagnosis = look("3s");

  const Json* fallback = diagnosis.find("fallback");
  ASSERT_NE(fallback, nullptr) << Json(diagnosis.findings);
  EXPECT_EQ(fallback->value("severity", ""), "info");
  EXPECT_FALSE(fallback->value("asks", true));
  EXPECT_EQ(fact(*fallback, "comm"), "ct-localhost");
  EXPECT_EQ(fact(*fallback, "remote_addr"), "::1");
  EXPECT_EQ(fact(*fallback, "fallback_addr"), "127.0.0.1");
  EXPECT_GT(fact(*fallback, "fallbacks"), 15);
  // The twin that has nowhere to go.
  const Json* refused = diagnosis.find("refused");
  ASSERT_NE(refused, nullptr) << Json(diagnosis.findings);
  EXPECT_EQ(refused->value("severity", ""), "critical");
  EXPECT_EQ(fact(*refused, "remote_port"), 82);
  EXPECT_EQ(fact(*refused, "destinations"), 1);
}

TEST_F(Verdict, HalfClosedConnectionsThatAreStillAnsweredAreNoLeak) {
  const LoadProcess server("ct-answers", cable.server(), serve(kPort, answer_for_ever));
  const LoadProcess client("ct-half", cable.server(), call(kPort, 12, close_half));
  ASSERT_TRUE(eventually([&] { return server.report().done == 12; }, seconds(5)));
  pause_for(seconds(5));  // older than a program that means to close takes
  const Diagnosis diagnosis = look("3s");
  EXPECT_EQ(diagnosis.status, 0);
  diagnosis.expect_nothing_worse_but({});
  EXPECT_EQ(diagnosis.find("close-wait-leak"), nullptr) << Json(diagnosis.findings);
}

// Its clients have closed, and its sockets are in CLOSE_WAIT: but no descriptor of it is one of them.
TEST_F(Verdict, AProcessThatNeverAcceptsLeaksNothing) {
  const LoadProcess hung("ct-hung", cable.server(), [](LoadReport&, const Ready& ready) {
    const UniqueFd listener = listen_at(kPort);
    ready();
    for (;;) std::this_thread::sleep_for(seconds(1));
  });
  const LoadProcess clients("ct-visitor", cable.server(), [](LoadReport&, const Ready& ready) {
    for (int i = 0; i < 15; ++i) test::send_text(test::connected(Flavour::inet, kPort).get(), "hello");
    ready();
    for (;;) std::this_thread::sleep_for(seconds(1));
  });
  const Diagnosis diagnosis = look("8s");
  const Json* stalled = diagnosis.find("accept-stalled");
  ASSERT_NE(stalled, nullptr) << Json(diagnosis.findings);
  EXPECT_EQ(fact(*stalled, "comm"), "ct-hung");
  EXPECT_EQ(fact(*stalled, "accept_queue"), 15);
  EXPECT_EQ(diagnosis.find("close-wait-leak"), nullptr) << Json(diagnosis.findings);
}

TEST_F(Verdict, DataThatNobodyReadsNamesTheProcessThatDoesNot) {
  const LoadProcess server("ct-deaf", cable.server(), serve(kPort, never_read));
  const LoadProcess client("ct-sender", cable.server(), call(kPort, 1, send_all_the_time));
  // Its twin: the same load, read.
  const LoadProcess reader("ct-reader", cable.server(), serve(kFallbackPort, read_to_end));
  const LoadProcess heard("ct-heard", cable.server(), call(kFallbackPort, 1, send_all_the_time));
  pause_for(seconds(2));
  const TemporaryFile capture;
  const Diagnosis diagnosis = diagnose({&cable.server()}, {"--for", "4s", "--capture", capture.path()});
  const Json* unread = diagnosis.find("unread");
  ASSERT_NE(unread, nullptr) << Json(diagnosis.findings);
  EXPECT_EQ(unread->value("severity", ""), "warning");
  EXPECT_EQ(fact(*unread, "comm"), "ct-deaf");
  EXPECT_EQ(fact(*unread, "pid"), server.pid());
  EXPECT_EQ(fact(*unread, "connections"), 1);
  EXPECT_GT(fact(*unread, "receive_queue"), 10000);
  EXPECT_NE(unread->value("summary", "").find("ct-sender"), std::string::npos) << *unread;
  EXPECT_EQ(diagnosis.find("unsent"), nullptr) << "one trouble is told once";
  diagnosis.expect_nothing_worse_but({"unread"});

  const ToolRun replayed = run_tool({"diagnose", "--json", "--from", capture.path()}, true, true);
  EXPECT_EQ(replayed.out, diagnosis.out);

  const ToolRun listed = run_tool(
      {"list", "--json", "--no-history", "--netns", cable.server().name(), "recvq > 10000 and sport = :8080"},
      true);
  ASSERT_EQ(listed.lines.size(), 1U) << listed.out << listed.err;
  EXPECT_EQ(listed.lines[0].value("comm", ""), "ct-deaf");
}

TEST_F(Verdict, AHealthyHostHasNothingToSay) {
  const LoadProcess late("ct-late", cable.server(), serve(kPort, close_late));
  const LoadProcess goodbye("ct-goodbye", cable.server(), call(kPort, 2, say_goodbye_slowly));
  const LoadProcess v4only("ct-v4only", cable.server(), serve(kFallbackPort, read_to_end));
  const LoadProcess localhost("ct-localhost", cable.server(), fall_back(kFallbackPort));
  const LoadProcess answers("ct-answers", cable.server(), serve(8081, answer_for_ever));
  const LoadProcess half("ct-half", cable.server(), call(8081, 12, close_half));
  const LoadProcess reader("ct-reader", cable.server(), serve(8082, read_to_end));
  const LoadProcess sender("ct-sender", cable.server(), call(8082, 1, send_all_the_time));
  const LoadProcess web("ct-web", cable.server(), test::server({.port = 8083, .serve = Serve::sink}));
  const LoadProcess visitors("ct-visitor", cable.client(), test::client({.port = 8083, .per_second = 50}));
  const LoadProcess keep_alive(
      "ct-keep", cable.client(),
      test::client({.port = 8083, .per_second = 20, .most = 30, .call = Call::keep}));
  pause_for(seconds(6));
  const Diagnosis diagnosis = diagnose_both({"--for", "4s"});
  EXPECT_EQ(diagnosis.status, 0) << Json(diagnosis.findings);
  diagnosis.expect_nothing_worse_but({});

  const ToolRun text = run_tool(
      {"diagnose", "--for", "2s", "--netns", cable.server().name(), "--netns", cable.client().name()}, false);
  EXPECT_EQ(text.status, 0);
  EXPECT_NE(text.out.find("Fine: TIME_WAIT, connects (p99 "), std::string::npos) << text.out;
  EXPECT_EQ(text.out.find("INFO"), std::string::npos) << text.out;
  EXPECT_EQ(text.out.find("Note:"), std::string::npos) << text.out;
}

}  // namespace
}  // namespace conntrail::live
