// How long a transition takes to the reader's end of the pipe when little happens: at most 50 ms by contract.
// The bound of the test is wider, for machines that are busy with other things; the figure is printed.
#include <poll.h>
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <array>

#include "cli_scenario.h"

namespace conntrail::live {
namespace {

class Latency : public Cli {
 protected:
  // The next complete line from `fd`, empty when none came in time.
  std::string next_line(int fd) {
    for (;;) {
      const std::size_t end = pending_.find('\n');
      if (end != std::string::npos) {
        std::string line = pending_.substr(0, end);
        pending_.erase(0, end + 1);
        return line;
      }
      pollfd wait{fd, POLLIN, 0};
      if (::poll(&wait, 1, static_cast<int>(patience(std::chrono::seconds(10)).count())) <= 0) return {};
      std::array<char, 4096> chunk{};
      const ssize_t n = ::read(fd, chunk.data(), chunk.size());
      if (n <= 0) return {};
      pending_.append(chunk.data(), static_cast<std::size_t>(n));
    }
  }
  std::string pending_;
};

TEST_F(Latency, OfQuietTransitions) {
  constexpr int kRounds = 20;
  const int listening = server.listen(loopback(Flavour::v4));
  const Address at = server.facts(listening).local;
  Tool piped(ToolOptions{.arguments = {"trace", "--json", "--netns", "self", "--only", "transition"},
                         .raw_stdout = true});
  ASSERT_FALSE(next_line(piped.stdout_fd()).empty()) << piped.err();  // the snapshot: attached
  std::vector<double> milliseconds;
  for (int i = 0; i < kRounds; ++i) {
    const int fd = client.connect(at);
    const std::uint64_t cookie = client.facts(fd).cookie;
    for (;;) {
      const std::string text = next_line(piped.stdout_fd());
      ASSERT_FALSE(text.empty()) << piped.err();
      const auto now = std::chrono::steady_clock::now().time_since_epoch();
      const Json line = Json::parse(text, nullptr, false);
      if (!line.is_object() || line.value("cookie", std::uint64_t{0}) != cookie ||
          line.value("to", "") != "ESTABLISHED")
        continue;
      const auto event = std::chrono::nanoseconds(line.value("mono_ns", std::int64_t{0}));
      milliseconds.push_back(std::chrono::duration<double, std::milli>(now - event).count());
      break;
    }
    pause_for(std::chrono::milliseconds(60));  // quiet again
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  std::printf("latency of a quiet transition: median %.2f ms, worst %.2f ms\n", milliseconds[kRounds / 2],
              milliseconds.back());
  EXPECT_GT(milliseconds.front(), 0.0);
  EXPECT_LT(milliseconds[kRounds / 2], slow_machine() ? 4000.0 : 500.0);
  EXPECT_LT(milliseconds.back(), slow_machine() ? 8000.0 : 1000.0);
  EXPECT_EQ(piped.stop(SIGINT).status, 0);
}

}  // namespace
}  // namespace conntrail::live
