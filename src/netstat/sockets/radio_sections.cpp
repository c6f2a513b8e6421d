// The tables of the packet radio families: AX.25, NET/ROM and ROSE. Their files exist where the kernel has
// the modules.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "conntrail/base/text.h"
#include "output/translation.h"
#include "proc/line_scanner.h"
#include "sockets/section.h"
#include "sockets/table_file.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kLongestLine = 255;

// "%s %d %*d" and the like, field after field.
class Fields {
 public:
  explicit Fields(std::string_view text) : scanner_(text) {}

  std::string word() {
    std::string_view text;
    good_ = good_ && scanner_.word(text);
    return good_ ? printable(text) : std::string();
  }
  std::int32_t number() {
    std::int32_t value = 0;
    good_ = good_ && scanner_.decimal(value);
    if (good_) ++numbers_;
    return value;
  }
  // Numbers that are not shown, with or without a slash between two.
  void skip_numbers(int count) {
    std::int32_t ignored = 0;
    while (good_ && count-- > 0) {
      static_cast<void>(scanner_.literal('/'));
      good_ = scanner_.decimal(ignored);
    }
  }
  void skip_hex(int count) {
    std::uint32_t ignored = 0;
    while (good_ && count-- > 0) {
      static_cast<void>(scanner_.literal('/'));
      good_ = scanner_.hex(ignored);
    }
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] int numbers() const { return numbers_; }  // taken so far

 private:
  LineScanner scanner_;
  bool good_ = true;
  int numbers_ = 0;
};

template <std::size_t N>
std::string_view state_name(const std::array<std::string_view, N>& names, std::int32_t state) {
  return state >= 0 && state < static_cast<std::int32_t>(N) ? names[static_cast<std::size_t>(state)]
                                                            : translated("UNKNOWN");
}

// A call sign in fixed columns.
std::string columns_of(std::string_view line, std::size_t from, std::size_t length) {
  return from < line.size() ? printable(line.substr(from, length)) : std::string();
}

const std::array<std::string_view, 5>& ax25_states() {
  static const std::array<std::string_view, 5> states{translated("LISTENING"), translated("SABM SENT"),
                                                      translated("DISC SENT"), translated("ESTABLISHED"),
                                                      translated("RECOVERY")};
  return states;
}

// Of NET/ROM and ROSE.
const std::array<std::string_view, 4>& layer3_states() {
  static const std::array<std::string_view, 4> states{translated("LISTENING"), translated("CONN SENT"),
                                                      translated("DISC SENT"), translated("ESTABLISHED")};
  return states;
}

// netstat puts a line that it could not read among the rows; among records it would not be a record.
void tell_problem(Session& session, std::string& rows, const std::string& problem) {
  if (session.records != nullptr) {
    session.console.message(problem);
  } else {
    rows += problem;
  }
}

// The same in records, whatever the user's language.
constexpr std::array<std::string_view, 5> kAx25RecordStates{"LISTENING", "SABM SENT", "DISC SENT",
                                                            "ESTABLISHED", "RECOVERY"};
constexpr std::array<std::string_view, 4> kLayer3RecordStates{"LISTENING", "CONN SENT", "DISC SENT",
                                                              "ESTABLISHED"};

struct RadioRow {
  std::string destination;
  std::string source;
  std::string device;
  std::int32_t state = 0;
  std::int32_t vr = 0;
  std::int32_t vs = 0;
  std::int32_t send_queue = 0;
  std::int32_t receive_queue = 0;
};

// Linux 2.0: fixed columns under a title line. The queues are missing where no program holds the socket.
std::optional<RadioRow> parse_old_ax25(std::string_view line) {
  RadioRow row;
  row.destination = columns_of(line, 0, 9);
  row.source = columns_of(line, 10, 9);
  Fields fields(line.substr(std::min<std::size_t>(20, line.size())));
  row.device = fields.word();
  row.state = fields.number();
  row.vs = fields.number();
  row.vr = fields.number();
  if (!fields.good()) return std::nullopt;
  fields.skip_numbers(14);
  row.send_queue = fields.number();
  row.receive_queue = fields.number();
  if (fields.numbers() == 4) return std::nullopt;
  return row;
}

// Since Linux 2.1: words, "*" in place of the queues of a socket without a program.
std::optional<RadioRow> parse_new_ax25(std::string_view line) {
  RadioRow row;
  std::array<std::string_view, 4> words;  // address of the socket, device, source, destination
  for (std::string_view& word : words) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    word = line.substr(0, blank);
    line.remove_prefix(blank + 1);
  }
  row.device = printable(words[1]);
  row.source = printable(words[2]);
  row.destination = printable(words[3].substr(0, words[3].find(',')));  // digipeaters follow
  Fields fields(line);
  row.state = fields.number();
  row.vs = fields.number();
  row.vr = fields.number();
  if (!fields.good()) return std::nullopt;
  fields.skip_numbers(14);
  row.send_queue = fields.number();
  row.receive_queue = fields.number();
  if (fields.numbers() == 4) return std::nullopt;
  return row;
}

// The counters that AX.25 and NET/ROM share, as the end of a record.
void end_record(RecordWriter& out, const RadioRow& row, std::string_view state) {
  out.text("dest_addr", trim(row.destination));
  out.text("source_addr", trim(row.source));
  out.text("interface", row.device);
  out.text("state", state);
  out.number("vr", row.vr);
  out.number("vs", row.vs);
  out.number("send_q_bytes", row.send_queue);
  out.number("recv_q_bytes", row.receive_queue);
  out.end();
}

class Ax25Section final : public TextSection {
 public:
  SectionStatus collect(Session& session) override {
    static constexpr const char* kPath = "/proc/net/ax25";
    text_.clear();
    auto lines = ProcLines::open(kPath, kLongestLine);
    if (!lines) return missing_family(session, kPath, "AF AX25", lines.error());
    text_ = translated("Active AX.25 sockets\n");
    text_ += translated("Dest       Source     Device  State        Vr/Vs    Send-Q  Recv-Q\n");
    std::optional<bool> old;
    std::string_view line;
    while (lines->next(line)) {
      if (!old) {
        old = line.starts_with("dest_addr");
        if (*old) continue;
      }
      const auto row = *old ? parse_old_ax25(line) : parse_new_ax25(line);
      if (!row) {
        tell_problem(session, text_,
                     *old ? translated("Problem reading data from %s\n", {kPath})
                          : translated("problem reading data from %s\n", {kPath}));
        continue;
      }
      if (session.records != nullptr) {
        session.records->begin("ax25_socket");
        end_record(*session.records, *row, state_name(kAx25RecordStates, row->state));
        continue;
      }
      fmt::format_to(std::back_inserter(text_), "{:<9}  {:<9}  {:<6}  {:<11}  {:03}/{:03}  {:<6}  {:<6}\n",
                     row->destination, row->source, row->device, state_name(ax25_states(), row->state),
                     row->vr, row->vs, row->send_queue, row->receive_queue);
    }
    return 0;
  }
};

class NetromSection final : public TextSection {
 public:
  SectionStatus collect(Session& session) override {
    static constexpr const char* kPath = "/proc/net/nr";
    text_.clear();
    auto lines = ProcLines::open(kPath, kLongestLine);
    if (!lines) return missing_family(session, kPath, "AF NETROM", lines.error());
    text_ = translated("Active NET/ROM sockets\n");
    text_ += translated("User       Dest       Source     Device  State        Vr/Vs    Send-Q  Recv-Q\n");
    std::string_view line;
    for (bool first = true; lines->next(line); first = false) {
      if (!first) append_row(session, line, kPath);
    }
    return 0;
  }

 private:
  void append_row(Session& session, std::string_view line, std::string_view path) {
    Fields fields(line.substr(std::min<std::size_t>(30, line.size())));
    const std::string device = fields.word();
    fields.skip_hex(4);
    const std::int32_t state = fields.number();
    const std::int32_t vs = fields.number();
    const std::int32_t vr = fields.number();
    fields.skip_numbers(12);
    const std::int32_t send_queue = fields.number();
    const std::int32_t receive_queue = fields.number();
    if (!fields.good()) {
      tell_problem(session, text_, translated("Problem reading data from %s\n", {path}));
      return;
    }
    if (session.records != nullptr) {
      session.records->begin("netrom_socket");
      session.records->text("user", trim(columns_of(line, 0, 9)));
      end_record(*session.records,
                 {columns_of(line, 10, 9), columns_of(line, 20, 9), device, state, vr, vs, send_queue,
                  receive_queue},
                 state_name(kLayer3RecordStates, state));
      return;
    }
    fmt::format_to(std::back_inserter(text_),
                   "{:<9}  {:<9}  {:<9}  {:<6}  {:<11}  {:03}/{:03}  {:<6}  {:<6}\n", columns_of(line, 0, 9),
                   columns_of(line, 10, 9), columns_of(line, 20, 9), device,
                   state_name(layer3_states(), state), vr, vs, send_queue, receive_queue);
  }
};

class RoseSection final : public TextSection {
 public:
  SectionStatus collect(Session& session) override {
    static constexpr const char* kPath = "/proc/net/rose";
    text_.clear();
    auto lines = ProcLines::open(kPath, kLongestLine);
    if (!lines) return missing_family(session, kPath, "AF ROSE", lines.error());
    text_ = translated("Active ROSE sockets\n");
    text_ += translated("dest_addr   dest_call  src_addr    src_call  dev   lci neigh   state\n");
    std::string_view line;
    for (bool first = true; lines->next(line); first = false) {
      if (!first) append_row(session, line, kPath);
    }
    return 0;
  }

 private:
  void append_row(Session& session, std::string_view line, std::string_view path) {
    Fields fields(line);
    const std::string destination = fields.word();
    const std::string destination_call = fields.word();
    const std::string source = fields.word();
    const std::string source_call = fields.word();
    const std::string device = fields.word();
    const std::int32_t channel = fields.number();
    const std::int32_t neighbour = fields.number();
    const std::int32_t state = fields.number();
    if (!fields.good()) {
      tell_problem(session, text_, translated("Problem reading data from %s\n", {path}));
      return;
    }
    if (session.records != nullptr) {
      RecordWriter& out = *session.records;
      out.begin("rose_socket");
      out.text("dest_addr", destination);
      out.text("dest_call", destination_call);
      out.text("source_addr", source);
      out.text("source_call", source_call);
      out.text("interface", device);
      out.number("lci", channel);
      out.number("neighbour", neighbour);
      out.text("state", state_name(kLayer3RecordStates, state));
      out.end();
      return;
    }
    fmt::format_to(std::back_inserter(text_), "{:<10}  {:<9}  {:<10}  {:<9} {:<5} {:3} {:5}   {}\n",
                   destination, destination_call, source, source_call, device, channel, neighbour,
                   state_name(layer3_states(), state));
  }
};

}  // namespace

std::unique_ptr<Section> make_ax25_section() { return std::make_unique<Ax25Section>(); }
std::unique_ptr<Section> make_netrom_section() { return std::make_unique<NetromSection>(); }
std::unique_ptr<Section> make_rose_section() { return std::make_unique<RoseSection>(); }

}  // namespace conntrail::netstat
