#include "socket_count.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "conntrail/base/text.h"
#include "conntrail/base/unique_fd.h"
#include "conntrail/snapshot/snapshot.h"
#include "enter_namespace.h"
#include "proc_table.h"

namespace conntrail::snapshot {

namespace {

// An upper bound whatever a file claims: more than any host has, and little enough to allocate.
constexpr std::size_t kMostPerLine = std::size_t{1} << 22;

std::string read_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  std::array<char, 2048> buffer{};
  const ssize_t length = ::read(fd.get(), buffer.data(), buffer.size());
  return length > 0 ? std::string(buffer.data(), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

std::size_t count_in_sockstat(std::string_view text) {
  std::size_t count = 0;
  for (const std::string_view line : split(text, '\n')) {
    const auto words = split_words(line);  // "TCP: inuse 5 orphan 0 tw 3 alloc 9 mem 1"
    if (words.empty()) continue;
    if (words[0] != "TCP:" && words[0] != "TCP6:" && words[0] != "UDP:" && words[0] != "UDP6:") continue;
    std::size_t of_line = 0;
    for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
      if (words[i] != "inuse" && words[i] != "tw") continue;
      of_line += std::min(parse_number<std::size_t>(words[i + 1]).value_or(0), kMostPerLine);
    }
    count += std::min(of_line, kMostPerLine);
  }
  return count;
}

std::size_t count_sockets(const std::string& proc_net) {
  return count_in_sockstat(read_file(proc_net + "/sockstat")) +
         count_in_sockstat(read_file(proc_net + "/sockstat6"));
}

std::optional<std::size_t> time_wait_in_sockstat(std::string_view text) {
  for (const std::string_view line : split(text, '\n')) {
    const auto words = split_words(line);
    if (words.empty() || words[0] != "TCP:") continue;
    for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
      if (words[i] == "tw") return parse_number<std::size_t>(words[i + 1]);
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> count_time_wait(const NetworkNamespace& target) {
  std::optional<std::size_t> count;
  const auto entered = run_in_namespace(
      target, [&count] { count = time_wait_in_sockstat(read_file(own_proc_net() + "/sockstat")); });
  return entered ? count : std::nullopt;
}

}  // namespace conntrail::snapshot
