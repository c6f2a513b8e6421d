// Sockets of the Internet tables as records for --json and --csv.
#pragma once

#include <cstdint>
#include <string_view>

#include "output/record_writer.h"
#include "sockets/inet_format.h"
#include "sockets/programs.h"
#include "sockets/sctp_line.h"
#include "sockets/unix_line.h"

namespace conntrail::netstat {

// What a record has besides the socket's own values.
struct RecordColumns {
  InetColumns shown;
  bool all_holders = false;  // -pp
};

void write_inet_record(RecordWriter& out, InetTable table, const InetSocket& socket,
                       const RecordColumns& columns, const Programs& programs, Names& names);

void write_sctp_record(RecordWriter& out, const SctpSocket& socket, const RecordColumns& columns,
                       const Programs& programs, Names& names);

// `peer`: with -ee -x; 0 without, or where there is none.
struct UnixPeer {
  bool asked = false;
  std::uint64_t inode = 0;
};
void write_unix_record(RecordWriter& out, const UnixSocket& socket, const RecordColumns& columns,
                       const Programs& programs, const UnixPeer& peer);

// The state's name without regard to the user's language. Empty for a number the protocol does not have.
[[nodiscard]] std::string_view record_state(InetTable table, std::uint32_t state);

}  // namespace conntrail::netstat
