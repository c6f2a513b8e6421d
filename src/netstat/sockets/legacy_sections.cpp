// The tables of X.25 and IPX, where the kernel still has them, and the answer to Bluetooth.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <optional>
#include <tuple>

#include "conntrail/base/text.h"
#include "output/translation.h"
#include "proc/line_scanner.h"
#include "sockets/section.h"
#include "sockets/table_file.h"

namespace conntrail::netstat {

namespace {

class X25Section final : public TextSection {
 public:
  SectionStatus collect(Session& session) override {
    static constexpr const char* kPath = "/proc/net/x25";
    static constexpr std::size_t kLongestLine = 255;
    text_.clear();
    auto lines = ProcLines::open(kPath, kLongestLine);
    if (!lines) return missing_family(session, kPath, "AF X25", lines.error());
    text_ = translated("Active X.25 sockets\n");
    text_ += translated("Dest         Source          Device  LCI  State        Vr/Vs  Send-Q  Recv-Q\n");
    std::string_view line;
    for (bool first = true; lines->next(line); first = false) {
      if (!first) append_row(session, line);
    }
    return 0;
  }

 private:
  void append_row(Session& session, std::string_view line) {
    static constexpr std::array<std::string_view, 5> kRecordStates{"LISTENING", "SABM_SENT", "DISC_SENT",
                                                                   "ESTABLISHED", "RECOVERY"};
    // Words of other tables, too, but net-tools leaves these English in every language.
    static const std::array<std::string_view, 5> kStates{
        translated_in("x25", "LISTENING"), translated_in("x25", "SABM_SENT"),
        translated_in("x25", "DISC_SENT"), translated_in("x25", "ESTABLISHED"),
        translated_in("x25", "RECOVERY")};
    const auto columns = [line](std::size_t from, std::size_t length) {
      return from < line.size() ? printable(line.substr(from, length)) : std::string();
    };
    LineScanner scanner(line.substr(std::min<std::size_t>(22, line.size())));
    std::string_view device;
    std::array<std::int32_t, 12> numbers{};  // lci, state, vs, vr, six that are not shown, the queues
    if (!scanner.word(device)) return;
    for (std::int32_t& number : numbers) {
      if (!scanner.decimal(number)) break;
    }
    const auto [lci, state, vs, vr] = std::tuple(numbers[0], numbers[1], numbers[2], numbers[3]);
    if (!session.options.all && lci == 0) return;  // a socket without a call
    const std::string_view state_name = state >= 0 && state < static_cast<std::int32_t>(kStates.size())
                                            ? kStates[static_cast<std::size_t>(state)]
                                            : translated("UNKNOWN");
    if (session.records != nullptr) {
      RecordWriter& out = *session.records;
      out.begin("x25_socket");
      out.text("dest_addr", trim(columns(0, 10)));
      out.text("source_addr", trim(columns(11, 9)));
      out.text("interface", device);
      out.number("lci", lci);
      const bool known = state >= 0 && state < static_cast<std::int32_t>(kRecordStates.size());
      out.text("state", known ? kRecordStates[static_cast<std::size_t>(state)] : "UNKNOWN");
      out.number("vr", vr);
      out.number("vs", vs);
      out.number("send_q_bytes", numbers[10]);
      out.number("recv_q_bytes", numbers[11]);
      out.end();
      return;
    }
    fmt::format_to(std::back_inserter(text_),
                   "{:<15} {:<15} {:<7} {:<3}  {:<11}  {:02}/{:02}  {:<6}  {:<6}\n", columns(0, 10),
                   columns(11, 9), printable(device), lci, state_name, vr, vs, numbers[10], numbers[11]);
  }
};

// "NETWORK:NODE" as net-tools reads it and prints it again: a part that is zero is left out, a network keeps
// its low 32 bits, an invalid node ends at its first bad digit.
std::string ipx_address(std::string_view text) {
  LineScanner scanner(text);
  std::uint64_t network = 0;
  std::array<std::uint8_t, 6> node{};
  const bool has_network = scanner.hex(network) && network != 0 && network != 0xffffffffU;
  if (!has_network) network = 0;
  if (has_network && scanner.literal(':')) {
    const std::string_view digits = scanner.rest().substr(0, 2 * node.size());
    for (std::size_t i = 0; i < digits.size(); ++i) {
      const auto digit = parse_number<std::uint8_t>(digits.substr(i, 1), 16);
      if (!digit) break;
      node[i / 2] |= static_cast<std::uint8_t>(i % 2 == 0 ? *digit << 4U : *digit);
    }
  }
  network &= 0xffffffffU;
  std::string out;
  if (network != 0) out = fmt::format("{:08X}", network);
  if (std::ranges::any_of(node, [](std::uint8_t byte) { return byte != 0; })) {
    if (!out.empty()) out += ':';
    for (const std::uint8_t byte : node) out += fmt::format("{:02X}", byte);
  }
  return out;
}

class IpxSection final : public TextSection {
 public:
  SectionStatus collect(Session& session) override {
    static constexpr const char* kPath = "/proc/net/ipx/socket";
    static constexpr const char* kOldPath = "/proc/net/ipx";  // a file before Linux 2.4, a directory since
    static constexpr std::size_t kLongestLine = 254;
    text_.clear();
    auto lines = ProcLines::open(kPath, kLongestLine);
    if (!lines && lines.error() != ENOENT) return missing_family(session, kPath, "AF IPX", lines.error());
    if (!lines) lines = ProcLines::open(kOldPath, kLongestLine);
    if (!lines) return missing_family(session, kOldPath, "AF IPX", lines.error());
    text_ = translated(
        "Active IPX sockets\n"
        "Proto Recv-Q Send-Q Local Address              Foreign Address            State");
    if (session.options.extend > 0) text_ += translated(" User");
    text_ += '\n';
    std::string_view line;
    for (bool first = true; lines->next(line); first = false) {
      if (first) continue;
      if (const SectionStatus status = append_row(session, line); status != 0) return status;
    }
    return 0;
  }

 private:
  // "ADDRESS:port" with the port as net-tools 2.10 prints it, its bytes swapped. Empty: no port in it.
  static std::optional<std::string> endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    LineScanner scanner(text.substr(colon + 1));
    std::uint32_t port = 0;
    static_cast<void>(scanner.hex(port));
    const std::uint32_t swapped = ((port & 0xffU) << 8U) | ((port >> 8U) & 0xffU);
    return fmt::format("{}:{:04X}", ipx_address(text.substr(0, colon)), swapped);
  }

  struct Row {
    std::string_view local;
    std::string_view remote;  // empty: not connected
    std::string_view state;
    std::uint64_t send_queue = 0;
    std::uint64_t receive_queue = 0;
    std::int32_t uid = 0;
  };

  static void write_record(Session& session, const Row& row) {
    RecordWriter& out = *session.records;
    const auto text = [&out](std::string_view key, std::string_view value) {
      value.empty() ? out.absent(key) : out.text(key, value);
    };
    out.begin("ipx_socket");
    text("local_addr", row.local);
    text("remote_addr", row.remote);
    text("state", row.state);
    out.unsigned_number("recv_q_bytes", row.receive_queue);
    out.unsigned_number("send_q_bytes", row.send_queue);
    out.unsigned_number("uid", static_cast<std::uint32_t>(row.uid));
    text("user", session.options.numeric_users ? std::string_view() : session.names.user(row.uid));
    out.end();
  }

  SectionStatus append_row(Session& session, std::string_view line) {
    LineScanner scanner(line);
    std::string_view local_text;
    std::string_view remote_text;
    std::uint64_t send_queue = 0;
    std::uint64_t receive_queue = 0;
    std::uint64_t state = 0;
    std::int32_t uid = 0;
    static_cast<void>(scanner.word(local_text) && scanner.word(remote_text) && scanner.hex(send_queue) &&
                      scanner.hex(receive_queue) && scanner.decimal(state) && scanner.decimal(uid));
    const auto local = endpoint(local_text);
    if (!local) return format_error(session, "source");
    const bool connected = remote_text != "Not_Connected";
    const auto remote = connected ? endpoint(remote_text) : std::optional<std::string>("-");
    if (!remote) return format_error(session, "destination");
    const std::string_view state_name =
        state == 1 ? translated("ESTAB") : (state == 7 ? "" : translated("UNK."));
    if (session.records != nullptr) {
      write_record(session, {*local, connected ? *remote : "",
                             state == 1 ? "ESTABLISHED" : (state == 7 ? "UNCONNECTED" : ""), send_queue,
                             receive_queue, uid});
      return 0;
    }
    fmt::format_to(std::back_inserter(text_), "IPX   {:6} {:6} {:<26} {:<26} {:<5}",
                   static_cast<std::int64_t>(send_queue), static_cast<std::int64_t>(receive_queue), *local,
                   *remote, state_name);
    if (session.options.extend > 0) {
      const std::string_view user =
          session.options.numeric_users ? std::string_view() : session.names.user(uid);
      fmt::format_to(std::back_inserter(text_), " {:<10}",
                     user.empty() ? std::to_string(uid) : std::string(user));
    }
    text_ += '\n';
    return 0;
  }

  static SectionStatus format_error(Session& session, std::string_view side) {
    session.console.message(
        translated("%s: Internal Error `%s'.\n",
                   {"netstat.c", fmt::format("ipx socket format error in {} port", side)}));
    return 255;
  }
};

class BluetoothSection final : public TextSection {
 public:
  SectionStatus collect(Session& session) override {
    session.console.message(
        translated("%s: feature `%s' not supported.\n"
                   "Please recompile `net-tools' with newer kernel source or full configuration.\n",
                   {"netstat", "AF BLUETOOTH"}));
    return 1;
  }
};

}  // namespace

std::unique_ptr<Section> make_x25_section() { return std::make_unique<X25Section>(); }
std::unique_ptr<Section> make_ipx_section() { return std::make_unique<IpxSection>(); }
std::unique_ptr<Section> make_bluetooth_section() { return std::make_unique<BluetoothSection>(); }

}  // namespace conntrail::netstat
