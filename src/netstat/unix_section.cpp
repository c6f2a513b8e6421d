// The table of UNIX domain sockets.
#include "section.h"
#include "table_file.h"
#include "translation.h"
#include "unix_line.h"

namespace conntrail::netstat {

namespace {

class UnixSection final : public TextSection {
 public:
  SectionStatus collect(Session& session) override {
    const Options& options = session.options;
    load_programs(session);
    UnixColumns columns{options.programs, options.context, false};
    text_ = unix_title(options.all, options.listening, columns);
    return read_table(session, "/proc/net/unix", "AF UNIX", [&](std::string_view line, int number) {
      if (number == 0) {
        columns.has_inode = line.find("Inode") != std::string_view::npos;
        return;
      }
      const auto socket = parse_unix_line(line);
      if (!socket) {
        session.console.message(translated("warning, got bogus unix line.\n"));
      } else if (is_shown(*socket, options.all, options.listening)) {
        append_unix_row(text_, *socket, columns, session.programs.find(socket->inode));
      }
    });
  }
};

}  // namespace

std::unique_ptr<Section> make_unix_section() { return std::make_unique<UnixSection>(); }

}  // namespace conntrail::netstat
