#include "masquerade/masquerade_mode.h"

#include <sys/socket.h>

#include <cerrno>
#include <expected>
#include <vector>

#include "masquerade/conntrack_table.h"
#include "masquerade/masquerade_entry.h"
#include "masquerade/masquerade_record.h"
#include "masquerade/masquerade_table.h"
#include "names/system_names.h"
#include "output/translation.h"
#include "proc/proc_lines.h"
#include "run/rounds.h"
#include "sockets/table_file.h"

namespace conntrail::netstat {

namespace {

constexpr const char* kOldFile = "/proc/net/ip_masquerade";
constexpr std::string_view kInterrupted =
    "netstat: the connection tracking changed while it was read, connections may be missing\n";
constexpr int kFatal = 255;
constexpr int kUnsupported = 1;

using Entries = std::vector<MasqueradeEntry>;

std::string_view message_of(MasqueradeTableError error) {
  switch (error) {
    case MasqueradeTableError::empty:
      return "masq_info: Internal Error `fgets() failed'.\n";
    case MasqueradeTableError::unknown_type:
      return "masq_info.c: Internal Error `ip_masquerade unknown type'.\n";
    case MasqueradeTableError::bad_format:
      break;
  }
  return "masq_info.c: Internal Error `ip_masquerade format error'.\n";
}

int wanted_family(const Families& families) {
  if (families.inet == families.inet6) return AF_UNSPEC;
  return families.inet ? AF_INET : AF_INET6;
}

std::expected<Entries, int> conntrack_entries(const Options& options, Console& console) {
  const int family = wanted_family(options.families);
  Entries entries;
  const auto take = [&entries](const TrackedConnection& connection) {
    if (auto entry = masqueraded(connection)) entries.push_back(std::move(*entry));
  };
  int error = ENOENT;
  if (options.source != snapshot::Source::proc) {
    const auto read = read_conntrack_netlink(family, take);
    if (read && read->interrupted) console.message(kInterrupted);
    if (read) return entries;
    error = read.error();
    if (options.source != snapshot::Source::automatic) return std::unexpected(error);
    entries.clear();
  }
  const auto read = read_conntrack_file(family, take);
  if (read) return entries;
  return std::unexpected(error == ENOENT ? read.error() : error);
}

class MasqueradeView {
 public:
  MasqueradeView(const Options& options, Console& console)
      : options_(options), console_(console), writer_(options.format, console) {}

  int print_round() {
    Entries entries;
    if (const int status = read_into(entries); status != 0) return status;
    if (options_.format != Format::text) {
      for (const MasqueradeEntry& entry : entries) write_masquerade_record(writer_, entry);
      return 0;
    }
    if (!entries.empty()) print(entries);
    return 0;
  }

 private:
  // 0 or the exit code.
  int read_into(Entries& entries) {
    const auto text = read_whole(kOldFile);
    if (text || text.error() == EISDIR) {
      auto parsed = parse_masquerade_table(text.value_or(""));
      if (!parsed) {
        console_.message(message_of(parsed.error()));
        return kFatal;
      }
      entries = std::move(*parsed);
      return 0;
    }
    if (text.error() != ENOENT) {
      tell_error(console_, kOldFile, text.error());
      return kFatal;
    }
    auto tracked = conntrack_entries(options_, console_);
    if (tracked) {
      entries = std::move(*tracked);
      return 0;
    }
    if (tracked.error() == ENOENT) {
      tell_unsupported(console_, "ip_masquerade");
    } else {
      tell_error(console_, "netstat: cannot read the connection tracking", tracked.error());
    }
    return kUnsupported;
  }

  void print(const Entries& entries) {
    const MasqueradeStyle style{options_.numeric_hosts, options_.numeric_ports, options_.extend > 0};
    if (!style.numeric_hosts) {
      for (const MasqueradeEntry& entry : entries) {
        names_.want_host(entry.source);
        names_.want_host(entry.destination);
      }
      names_.resolve();
    }
    console_.text(translated("IP masquerading entries\n"));
    console_.text(masquerade_header(style.sequence));
    std::string row;
    for (const MasqueradeEntry& entry : entries) {
      row.clear();
      append_masquerade_row(row, entry, style, names_);
      console_.text(row);
    }
  }

  const Options& options_;
  Console& console_;
  RecordWriter writer_;
  SystemNames names_;
};

}  // namespace

int run_masquerade_mode(const Options& options, Console& console) {
  MasqueradeView view(options, console);
  return run_rounds(options, console, [&] { return view.print_round(); });
}

}  // namespace conntrail::netstat
