// The tables of TCP, UDP, UDP-Lite and raw sockets, and the title above them.
#include <vector>

#include "sockets/inet_source.h"
#include "sockets/section.h"
#include "sockets/socket_record.h"

namespace conntrail::netstat {

namespace {

class InetTitle final : public Section {
 public:
  SectionStatus collect(Session& session) override {
    load_programs(session);
    return 0;
  }

  void print(Session& session) override {
    if (session.records != nullptr) return;
    session.console.text(inet_title(session.options.all, session.options.listening, session.columns));
  }
};

class InetSection final : public Section {
 public:
  explicit InetSection(InetTable table) : table_(table) {}

  SectionStatus collect(Session& session) override {
    rows_.clear();
    const Options& options = session.options;
    return read_inet_rows(session, table_, [&](const InetSocket& socket) {
      if (!is_shown(table_, socket, options.all, options.listening)) return;
      if (session.streaming) {
        print_row(session, socket);
      } else {
        rows_.push_back(socket);
      }
    });
  }

  void want_hosts(Names& names) override {
    for (const InetSocket& socket : rows_) {
      names.want_host(socket.local);
      names.want_host(socket.remote);
    }
  }

  void print(Session& session) override {
    for (const InetSocket& socket : rows_) print_row(session, socket);
  }

 private:
  void print_row(Session& session, const InetSocket& socket) const {
    if (session.records != nullptr) {
      write_inet_record(*session.records, table_, socket, {session.columns, session.options.all_holders},
                        session.programs, session.names);
      return;
    }
    const ProgramText program =
        session.options.programs ? session.programs.find(socket.inode, socket.cookie) : ProgramText{};
    // Only the programs of -pp have no limit.
    char* row = session.options.all_holders
                    ? session.console.row_space(Console::kRowSpace + program.program.size())
                    : session.console.row_space();
    session.console.row_end(put_inet_row(row, table_, socket, session.columns, program, session.names));
  }

  InetTable table_;
  std::vector<InetSocket> rows_;
};

}  // namespace

std::unique_ptr<Section> make_inet_title() { return std::make_unique<InetTitle>(); }
std::unique_ptr<Section> make_inet_section(InetTable table) { return std::make_unique<InetSection>(table); }

}  // namespace conntrail::netstat
