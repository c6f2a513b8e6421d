#include "conntrail/netlink/dump_reader.h"

#include <libmnl/libmnl.h>

#include <cerrno>

namespace conntrail::netlink {

namespace {

// One message, taken off the front of `rest`. Null when the rest is torn.
const nlmsghdr* take_message(Bytes& rest) {
  const auto* message = reinterpret_cast<const nlmsghdr*>(rest.data());
  // mnl_nlmsg_ok of libmnl 1.0.4 takes a length above INT_MAX for a negative one, which fits.
  if (!mnl_nlmsg_ok(message, static_cast<int>(rest.size())) || message->nlmsg_len > rest.size()) {
    return nullptr;
  }
  rest = behind(rest, message->nlmsg_len);
  return message;
}

Bytes payload_of(const nlmsghdr* message) {
  return Bytes(reinterpret_cast<const std::byte*>(message), message->nlmsg_len).subspan(sizeof(nlmsghdr));
}

// Stricter than mnl_nlmsg_seq_ok and mnl_nlmsg_portid_ok, which let pass what the kernel sends to everybody.
bool belongs(const nlmsghdr* message, const AnswerKey& key) {
  return message->nlmsg_seq == key.sequence && (key.port == 0 || message->nlmsg_pid == key.port);
}

bool is_end(const nlmsghdr* message) {
  return message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR;
}

// After an error nothing comes, and no datagram of the kernel's is empty.
bool is_over(const Datagram& datagram) { return datagram.error != 0 || datagram.bytes.empty(); }

}  // namespace

void DumpReader::feed(const Datagram& datagram) {
  rest_ = {};
  if (datagram.error == ENOBUFS) {
    end_.interrupted = true;
    finish(0);
  } else if (is_over(datagram)) {
    finish(datagram.error != 0 ? datagram.error : EPROTO);
  } else {
    rest_ = datagram.bytes;
  }
}

std::optional<Bytes> DumpReader::next() {
  while (!rest_.empty()) {
    const nlmsghdr* message = take_message(rest_);
    if (message == nullptr) {
      ++end_.malformed;
      rest_ = {};
      break;
    }
    if (!belongs(message, key_)) continue;
    if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) end_.interrupted = true;
    if (message->nlmsg_type == key_.type) return payload_of(message);
    if (is_end(message)) {
      take_end(message->nlmsg_type, payload_of(message));
      break;
    }
    if (message->nlmsg_type == NLMSG_OVERRUN) {
      end_.interrupted = true;
    } else if (message->nlmsg_type != NLMSG_NOOP) {
      ++end_.malformed;
    }
  }
  return std::nullopt;
}

void DumpReader::take_end(std::uint16_t type, Bytes payload) {
  constexpr int kMaxErrno = 4095;
  const bool bare_success = type == NLMSG_DONE && payload.empty();
  if (bare_success) return finish(0);
  if (payload.size() < sizeof(int)) {
    ++end_.malformed;
    return finish(EPROTO);
  }
  const int code = copy_prefix<int>(payload);
  finish(code <= 0 && code >= -kMaxErrno ? -code : EPROTO);
}

void DumpReader::finish(int error) {
  over_ = true;
  rest_ = {};
  end_.error = error;
}

bool ends_dump(const AnswerKey& key, const Datagram& datagram) {
  if (is_over(datagram)) return true;
  Bytes rest = datagram.bytes;
  while (!rest.empty()) {
    const nlmsghdr* message = take_message(rest);
    if (message == nullptr) return false;
    if (is_end(message) && belongs(message, key)) return true;
  }
  return false;
}

}  // namespace conntrail::netlink
