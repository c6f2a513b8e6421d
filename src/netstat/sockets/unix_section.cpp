// The table of UNIX domain sockets.
#include "output/translation.h"
#include "sockets/section.h"
#include "sockets/socket_record.h"
#include "sockets/table_file.h"
#include "sockets/unix_line.h"
#include "sockets/unix_peer_column.h"

namespace conntrail::netstat {

namespace {

class UnixSection final : public TextSection {
 public:
  SectionStatus collect(Session& session) override {
    const Options& options = session.options;
    load_programs(session);
    if (options.unix_peers()) {
      if (const std::string complaint = peers_.load(); !complaint.empty()) session.console.message(complaint);
    }
    UnixColumns columns{options.programs, options.context, false};
    text_ = unix_title(options.all, options.listening, columns);
    if (options.unix_peers()) append_peer_title(text_);
    return read_table(session, "/proc/net/unix", "AF UNIX", [&](std::string_view line, int number) {
      if (number == 0) {
        columns.has_inode = line.find("Inode") != std::string_view::npos;
        return;
      }
      const auto socket = parse_unix_line(line);
      if (!socket) {
        session.console.message(translated("warning, got bogus unix line.\n"));
      } else if (is_shown(*socket, options.all, options.listening)) {
        take(session, *socket, columns);
      }
    });
  }

 private:
  void take(Session& session, const UnixSocket& socket, const UnixColumns& columns) {
    const Options& options = session.options;
    const std::uint64_t peer = options.unix_peers() ? peers_.find(socket.inode) : 0;
    if (session.records != nullptr) {
      write_unix_record(*session.records, socket, {session.columns, options.all_holders}, session.programs,
                        {options.unix_peers(), peer});
      return;
    }
    append_unix_row(text_, socket, columns, session.programs.find(socket.inode));
    if (!options.unix_peers()) return;
    const std::size_t path_start = text_.size() - 1 - unix_path_text(socket, columns).size();
    append_peer_columns(text_, path_start, peer, session.programs.find(peer));
  }

  UnixPeers peers_;
};

}  // namespace

std::unique_ptr<Section> make_unix_section() { return std::make_unique<UnixSection>(); }

}  // namespace conntrail::netstat
