#include "conntrail/snapshot/proc_net_line.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace conntrail::snapshot {

namespace {

// Walks through the line field by field; after the first failure every further step fails.
class Scanner {
 public:
  explicit Scanner(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

  void blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t')) ++at_;
  }

  void literal(char c) {
    if (at_ == end_ || *at_ != c) {
      ok_ = false;
    } else {
      ++at_;
    }
  }

  template <class T>
  T number(int base) {
    T value{};
    const auto [next, error] = std::from_chars(at_, end_, value, base);
    if (error != std::errc()) ok_ = false;
    at_ = next;
    return value;
  }

  template <class T>
  T hex() {
    return number<T>(16);
  }

  // A decimal field between blanks.
  template <class T>
  T field() {
    blanks();
    const T value = number<T>(10);
    if (at_ != end_ && *at_ != ' ' && *at_ != '\t') ok_ = false;
    return value;
  }

  // A decimal field that kernels print with %d or %u: 4294967295 and -1 are the same number.
  std::uint32_t field32() {
    const auto value = field<std::int64_t>();
    if (value < INT32_MIN || value > std::int64_t{UINT32_MAX}) ok_ = false;
    return static_cast<std::uint32_t>(value);
  }

  // Exactly eight hexadecimal digits, the bytes of a word as they lie in memory.
  void address_word(std::uint8_t* bytes) {
    if (end_ - at_ < 8) {
      ok_ = false;
      return;
    }
    std::uint32_t word = 0;
    const auto [next, error] = std::from_chars(at_, at_ + 8, word, 16);
    if (error != std::errc() || next != at_ + 8) ok_ = false;
    at_ += 8;
    std::memcpy(bytes, &word, sizeof(word));
  }

  Endpoint endpoint(Family family) {
    blanks();
    Endpoint result;
    result.address.family = family;
    const int words = family == Family::inet ? 1 : 4;
    for (int i = 0; i < words && ok_; ++i)
      address_word(result.address.bytes.data() + std::size_t{4} * static_cast<std::size_t>(i));
    literal(':');
    result.port = hex<std::uint16_t>();
    return result;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return at_ == end_; }

 private:
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

Nanoseconds duration_of(std::uint64_t ticks) {
  static const auto per_second = static_cast<std::uint64_t>(std::max(::sysconf(_SC_CLK_TCK), 1L));
  // The kernel's timers end within days; a hostile number must not overflow.
  constexpr std::uint64_t kMostSeconds = std::uint64_t{1} << 32;
  return Nanoseconds(std::min(ticks, kMostSeconds * per_second) * (1'000'000'000 / per_second));
}

void set_kind(SocketRow& row, std::uint32_t references) {
  if (row.protocol != Protocol::tcp) return;
  if (row.timer == TimerKind::time_wait) {
    row.kind = SocketKind::time_wait;
  } else if (row.state == TcpState::syn_recv && references == 0) {
    row.kind = SocketKind::request;  // get_openreq4 prints a constant 0 there; a full socket in the table has
                                     // 1 or more
  }
}

}  // namespace

bool parse_proc_net_line(std::string_view line, Protocol protocol, Family family, std::uint32_t netns,
                         SocketRow& row) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  row = SocketRow{};
  row.protocol = protocol;
  row.tuple.netns = netns;
  row.tuple.family = family;

  Scanner scan(line);
  scan.blanks();
  scan.number<std::uint32_t>(10);  // the row's number
  scan.literal(':');
  row.tuple.local = scan.endpoint(family);
  row.tuple.remote = scan.endpoint(family);
  scan.blanks();
  row.state = tcp_state_from_kernel(scan.hex<std::uint8_t>());
  scan.blanks();
  row.send_queue = scan.hex<std::uint32_t>();
  scan.literal(':');
  row.receive_queue = scan.hex<std::uint32_t>();
  scan.blanks();
  row.timer_raw = scan.hex<std::uint8_t>();
  scan.literal(':');
  row.timer_ticks = scan.hex<std::uint64_t>();
  scan.blanks();
  row.retransmits = scan.hex<std::uint32_t>();
  row.uid = scan.field32();
  row.probes = scan.field32();
  row.inode = scan.field<std::uint64_t>();
  if (!scan.ok()) return false;

  row.timer = row.timer_raw <= static_cast<std::uint8_t>(TimerKind::probe)
                  ? static_cast<TimerKind>(row.timer_raw)
                  : TimerKind::off;
  row.timer_left = duration_of(row.timer_ticks);
  const auto references = scan.field<std::uint32_t>();
  set_kind(row, scan.ok() ? references : 1);
  return true;
}

}  // namespace conntrail::snapshot
