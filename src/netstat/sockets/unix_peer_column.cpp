#include "sockets/unix_peer_column.h"

#include "conntrail/base/text.h"
#include "conntrail/snapshot/snapshot.h"
#include "output/translation.h"

namespace conntrail::netstat {

namespace {

// Room for the path, and for an inode: where a longer one stands the row is shifted, as in netstat's columns.
constexpr std::size_t kPathWidth = 32;
constexpr std::size_t kInodeWidth = 11;

void pad(std::string& row, std::size_t start, std::size_t width) {
  const std::size_t written = display_width(std::string_view(row).substr(start));
  if (written < width) row.append(width - written, ' ');
}

}  // namespace

std::string UnixPeers::load() {
  peers_.clear();
  const auto read = snapshot::read_unix_peers();
  if (!read) return "netstat: " + format_error(read.error()) + "\n";
  peers_.reserve(read->pairs.size());
  for (const snapshot::UnixPeering& pair : read->pairs) peers_.emplace(pair.inode, pair.peer);
  if (!read->interrupted) return {};
  return "netstat: the peers of UNIX sockets changed while they were read, some may be missing\n";
}

std::uint64_t UnixPeers::find(std::uint64_t inode) const {
  const auto found = peers_.find(inode);
  return found == peers_.end() ? 0 : found->second;
}

void append_peer_title(std::string& title) {
  title.pop_back();
  const std::size_t start = title.rfind(' ') + 1;
  pad(title, start, kPathWidth);
  title += ' ';
  const std::size_t inode = title.size();
  title += translated("Peer I-Node");
  pad(title, inode, kInodeWidth);
  title.append(" ").append(translated("Peer PID/Program name")).append("\n");
}

void append_peer_columns(std::string& row, std::size_t path_start, std::uint64_t peer,
                         const ProgramText& program) {
  row.pop_back();
  pad(row, path_start, kPathWidth);
  row += ' ';
  const std::size_t inode = row.size();
  row += peer == 0 ? "-" : std::to_string(peer);
  pad(row, inode, kInodeWidth);
  row.append(" ").append(peer == 0 ? "-" : program.program).append("\n");
}

}  // namespace conntrail::netstat
