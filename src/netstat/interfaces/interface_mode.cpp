#include "interfaces/interface_mode.h"

#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "conntrail/base/text.h"
#include "interfaces/interface_facts.h"
#include "interfaces/interface_format.h"
#include "interfaces/interface_record.h"
#include "output/translation.h"
#include "proc/proc_lines.h"
#include "run/rounds.h"
#include "sockets/table_file.h"

namespace conntrail::netstat {

namespace {

constexpr const char* kCounterFile = "/proc/net/dev";
constexpr const char* kAddressFile = "/proc/net/if_inet6";

std::string error_text(int error) { return std::generic_category().message(error); }

template <class Take>
void for_each_line(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    take(text.substr(0, length));
    text.remove_prefix(length);
  }
}

class InterfaceTable {
 public:
  InterfaceTable(const Options& options, Console& console)
      : options_(options),
        console_(console),
        paragraphs_(options.extend > 0),
        writer_(options.format, console) {}

  void print_title() {
    if (options_.format == Format::text) console_.text(translated("Kernel Interface table\n"));
  }

  // 0, or 1 when an interface could not be queried.
  [[nodiscard]] int print_round(const InterfaceQuestions& questions) {
    if (options_.format == Format::text && !paragraphs_) {
      console_.text(
          translated("Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP "
                     "TX-OVR Flg\n"));
    }
    InterfaceList list;
    read_counters(list);
    add_addressed(questions, list);
    if (paragraphs_ || options_.format != Format::text) read_addresses6();
    int failure = 0;
    for (const ListedInterface& listed : list.in_order()) {
      const auto facts = questions.ask(listed.name);
      if (facts) {
        print(listed, *facts);
      } else {
        failure = facts.error();
        tell_failure(listed.name, failure);
      }
    }
    if (failure == 0) return 0;
    tell_error(console_, translated("missing interface information"), failure);
    return 1;
  }

 private:
  void read_counters(InterfaceList& list) {
    const auto text = read_whole(kCounterFile);
    if (!text) {
      tell_unreadable(text.error());
      return;
    }
    CounterLayout layout = CounterLayout::packets_only;
    int number = 0;
    for_each_line(*text, [&](std::string_view line) {
      if (++number == 2) layout = counter_layout(line);
      if (number <= 2) return;
      const CounterLine parts = split_counter_line(line);
      ListedInterface& listed = list.at(parts.name);
      if (!listed.counters) listed.counters.emplace();
      take_counters(parts.fields, layout, *listed.counters);
    });
  }

  void tell_unreadable(int error) {
    if (error != ENOENT && error != EACCES) {
      tell_error(console_, kCounterFile, error);
      return;
    }
    console_.message(
        translated("Warning: cannot open %s (%s). Limited output.\n", {kCounterFile, error_text(error)}));
  }

  // Aliases have no line among the counters.
  void add_addressed(const InterfaceQuestions& questions, InterfaceList& list) {
    if (questions.inet_error() != 0) {
      console_.message(
          translated("warning: no inet socket available: %s\n", {error_text(questions.inet_error())}));
      return;
    }
    const auto names = questions.addressed();
    if (!names) {
      tell_error(console_, "SIOCGIFCONF", names.error());
      return;
    }
    for (const std::string& name : *names) list.at(name);
  }

  void read_addresses6() {
    addresses6_.clear();
    // Absent where there is no IPv6.
    const auto text = read_whole(kAddressFile);
    if (!text) return;
    for_each_line(*text, [this](std::string_view line) {
      if (auto address = parse_interface_address6(line)) addresses6_.push_back(std::move(*address));
    });
  }

  void print(const ListedInterface& listed, const InterfaceFacts& facts) {
    const bool up = (static_cast<std::uint16_t>(facts.flags) & IFF_UP) != 0;
    if (!up && !options_.all) return;
    const InterfaceView view{listed, facts, addresses6_};
    if (options_.format != Format::text) {
      write_interface_record(writer_, view);
      return;
    }
    text_.clear();
    if (paragraphs_) {
      append_interface_paragraph(text_, view);
    } else {
      append_interface_row(text_, view);
    }
    console_.text(text_);
  }

  void tell_failure(std::string_view name, int error) {
    const std::string reason =
        error == ENODEV ? std::string(translated("Device not found")) : error_text(error);
    console_.message(translated("%s: error fetching interface information: %s\n", {printable(name), reason}));
  }

  const Options& options_;
  Console& console_;
  bool paragraphs_;
  RecordWriter writer_;
  std::vector<InterfaceAddress6> addresses6_;
  std::string text_;
};

}  // namespace

int run_interface_mode(const Options& options, Console& console) {
  // They ask in the network namespace in which they were opened.
  const auto here = InterfaceQuestions::open();
  if (!here) {
    tell_error(console, "socket", here.error());
    return 1;
  }
  InterfaceTable table(options, console);
  if (options.netns.empty()) {
    table.print_title();
    return run_rounds(options, console, [&] { return table.print_round(*here); });
  }
  return run_rounds(options, console, [&] {
    const auto there = InterfaceQuestions::open();
    if (!there) {
      tell_error(console, "socket", there.error());
      return 1;
    }
    table.print_title();
    return table.print_round(*there);
  });
}

}  // namespace conntrail::netstat
