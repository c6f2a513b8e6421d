#include "conntrail/netlink/dump.h"

#include <linux/netlink.h>

#include <cerrno>
#include <utility>

#include "conntrail/netlink/dump_reader.h"
#include "receiver.h"
#include "socket.h"

namespace conntrail::netlink {

namespace {

constexpr std::uint32_t kSequence = 1;  // each dump has a socket of its own

int protocol_of(Subsystem subsystem) {
  return subsystem == Subsystem::sock_diag ? NETLINK_SOCK_DIAG : NETLINK_NETFILTER;
}

// ENOENT: nothing in this kernel answers such a request (inet_diag, tcp_diag or another module missing).
std::unexpected<Error> cannot(const std::string& what, int error) {
  return fail_errno(what, error == ENOENT ? EOPNOTSUPP : error);
}

}  // namespace

struct Dump::Impl {
  Impl(Socket opened, const AnswerKey& key, std::string of_errors)
      : socket(std::move(opened)), what(std::move(of_errors)), reader(key), receiver(socket.fd(), key) {}

  Socket socket;
  std::string what;
  DumpReader reader;
  Receiver receiver;
};

Dump::Dump(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Dump::Dump(Dump&&) noexcept = default;
Dump& Dump::operator=(Dump&&) noexcept = default;
Dump::~Dump() = default;

Result<Dump> Dump::ask(const Question& question) {
  auto socket = Socket::open(protocol_of(question.subsystem));
  if (!socket) return cannot(question.what, socket.error());
  const auto sent = socket->ask(question.type, kSequence, question.body);
  if (!sent) return cannot(question.what, sent.error());
  const AnswerKey key{.sequence = kSequence, .port = socket->port(), .type = question.answer};
  return Dump(std::make_unique<Impl>(std::move(*socket), key, question.what));
}

std::optional<Bytes> Dump::next() {
  for (;;) {
    if (const auto payload = impl_->reader.next()) return payload;
    if (impl_->reader.over()) return std::nullopt;
    impl_->reader.feed(impl_->receiver.next());
  }
}

Result<DumpReport> Dump::end() const {
  const DumpEnd& end = impl_->reader.end();
  if (end.error != 0) return cannot(impl_->what, end.error);
  return DumpReport{end.interrupted, end.malformed};
}

}  // namespace conntrail::netlink
