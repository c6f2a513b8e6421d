// The table of SCTP endpoints (servers) and associations.
#include <vector>

#include "output/translation.h"
#include "sockets/sctp_line.h"
#include "sockets/section.h"
#include "sockets/socket_record.h"
#include "sockets/table_file.h"

namespace conntrail::netstat {

namespace {

class SctpSection final : public Section {
 public:
  SectionStatus collect(Session& session) override {
    rows_.clear();
    const Options& options = session.options;
    resolve_ = !options.any_numeric();
    if (options.all || options.listening) {
      const SectionStatus status =
          read(session, {"/proc/net/sctp/eps", "/proc/net/sctp6/eps", "AF INET (sctp)"}, parse_sctp_endpoint,
               translated("warning, got bogus sctp eps line.\n"));
      if (status != 0) return status;
    }
    if (options.all || !options.listening) {
      return read(session, {"/proc/net/sctp/assocs", "/proc/net/sctp6/assocs", "AF INET (sctp)"},
                  parse_sctp_association, translated("warning, got bogus sctp assoc line.\n"));
    }
    return 0;
  }

  void want_hosts(Names& names) override {
    if (!resolve_) return;
    for (const SctpSocket& socket : rows_) {
      for (const IpAddress& address : socket.local) names.want_host(address);
      for (const IpAddress& address : socket.remote) names.want_host(address);
    }
  }

  void print(Session& session) override {
    if (session.records != nullptr) {
      for (const SctpSocket& socket : rows_) {
        write_sctp_record(*session.records, socket, {session.columns, session.options.all_holders},
                          session.programs, session.names);
      }
      return;
    }
    std::string text;
    for (const SctpSocket& socket : rows_) {
      append_sctp_row(text, socket, session.options.any_numeric(), session.columns,
                      session.programs.find(socket.inode), session.names);
    }
    session.console.text(text);
  }

 private:
  template <class Parse>
  SectionStatus read(Session& session, const InetFiles& files, const Parse& parse, std::string_view warning) {
    return read_inet_files(session, files, [&](std::string_view line, int number, bool /*v6*/) {
      if (number == 0) return;  // column titles
      if (auto socket = parse(line)) {
        rows_.push_back(std::move(*socket));
      } else {
        session.console.message(warning);
      }
    });
  }

  bool resolve_ = false;
  std::vector<SctpSocket> rows_;
};

}  // namespace

std::unique_ptr<Section> make_sctp_section() { return std::make_unique<SctpSection>(); }

}  // namespace conntrail::netstat
