// What the datagrams of one dump say, and the one meaning of its end. Pure: a decoder of what recv() gave.
//
// The kernel answers a dump request with messages of one type and ends it with
//  - NLMSG_DONE, which holds 0 or a negative errno, or nothing at all, which is a success, or
//  - NLMSG_ERROR, which holds the same: 0 is an acknowledgement. One too short for a code, a positive code
//    and one that is not an errno are a broken protocol (EPROTO).
// NLM_F_DUMP_INTR in any of them says that the table changed while it was dumped. ENOBUFS of recv() says that
// the kernel dropped a part of its answer: what came before stands.
#pragma once

#include <cstdint>
#include <optional>

#include "conntrail/netlink/attributes.h"

namespace conntrail::netlink {

// Which messages belong to a dump; others are passed over.
struct AnswerKey {
  std::uint32_t sequence = 0;
  std::uint32_t port = 0;  // that of the asking socket; 0: any
  std::uint16_t type = 0;  // of the messages that answer
};

// What one recv() gave.
struct Datagram {
  Bytes bytes;
  int error = 0;  // errno
};

struct DumpEnd {
  int error = 0;                // errno; 0 none
  bool interrupted = false;     // the table changed while it was read: rows may be missing or doubled
  std::uint64_t malformed = 0;  // messages that could not be understood, a torn rest counted as one
};

class DumpReader {
 public:
  explicit DumpReader(const AnswerKey& key) : key_(key) {}

  // The next datagram; its bytes must stay valid until next() has given nothing.
  void feed(const Datagram& datagram);
  // The payload of the next answer, behind its nlmsghdr. Empty: the datagram holds no more, or over().
  [[nodiscard]] std::optional<Bytes> next();

  // Nothing may be received any more: a further recv() would wait for ever.
  [[nodiscard]] bool over() const { return over_; }
  // How it ended; of what was read so far as long as it is not over.
  [[nodiscard]] const DumpEnd& end() const { return end_; }

 private:
  void take_end(std::uint16_t type, Bytes payload);
  void finish(int error);

  AnswerKey key_;
  Bytes rest_;
  DumpEnd end_;
  bool over_ = false;
};

// Whether a DumpReader would be over after this datagram.
[[nodiscard]] bool ends_dump(const AnswerKey& key, const Datagram& datagram);

}  // namespace conntrail::netlink
