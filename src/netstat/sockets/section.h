// Section: one table of the socket mode (TCP, UDP, …, UNIX, AX.25), between the kernel's data and the screen.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "names/names.h"
#include "options/options.h"
#include "output/console.h"
#include "output/record_writer.h"
#include "sockets/inet_format.h"
#include "sockets/programs.h"

namespace conntrail::netstat {

// What the sections of one run share. Everything is borrowed.
struct Session {
  const Options& options;
  const InetColumns& columns;
  Console& console;
  Names& names;
  Programs& programs;
  RecordWriter* records = nullptr;  // --json, --csv: rows go here and no titles are printed; null for text
  bool streaming = false;           // rows need no lookup of hosts: print them while they are read
  bool programs_loaded = false;
};

// How a section ended, as netstat's exit codes: 0, 1 (asked for, but the kernel has none), 255 (could not be
// read; ends the whole run).
using SectionStatus = int;

// Life of a section in one round: collect, want_hosts, (all names are resolved,) print. In a streaming
// session print comes after collect at once, and collect may already print.
class Section {
 public:
  Section() = default;
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;
  virtual ~Section() = default;

  // Reads the kernel's table anew.
  [[nodiscard]] virtual SectionStatus collect(Session& session) = 0;
  virtual void want_hosts(Names& /*names*/) {}
  virtual void print(Session& session) = 0;
};

// Finds the programs behind sockets for -p, once a round.
void load_programs(Session& session);

// A section whose text is ready once it is collected.
class TextSection : public Section {
 public:
  void print(Session& session) override {
    if (session.records == nullptr) session.console.text(text_);
  }

 protected:
  std::string text_;
};

using Sections = std::vector<std::unique_ptr<Section>>;

// The sections these options ask for, in netstat's order.
[[nodiscard]] Sections make_sections(const Options& options);

// The single sections.
[[nodiscard]] std::unique_ptr<Section> make_inet_title();
[[nodiscard]] std::unique_ptr<Section> make_inet_section(InetTable table);
[[nodiscard]] std::unique_ptr<Section> make_sctp_section();
[[nodiscard]] std::unique_ptr<Section> make_group_section();
[[nodiscard]] std::unique_ptr<Section> make_unix_section();
[[nodiscard]] std::unique_ptr<Section> make_ipx_section();
[[nodiscard]] std::unique_ptr<Section> make_ax25_section();
[[nodiscard]] std::unique_ptr<Section> make_x25_section();
[[nodiscard]] std::unique_ptr<Section> make_netrom_section();
[[nodiscard]] std::unique_ptr<Section> make_rose_section();
[[nodiscard]] std::unique_ptr<Section> make_bluetooth_section();

}  // namespace conntrail::netstat
