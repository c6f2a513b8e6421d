#include "iterator.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "bpf_log.h"
#include "conntrail/base/unique_fd.h"

namespace conntrail::kernel {

void Iterator::Free::operator()(bpf_link* link) const { bpf_link__destroy(link); }

Result<Iterator> Iterator::attach(bpf_program* program, std::string name) {
  const BpfLog log;
  bpf_link* link = bpf_program__attach_iter(program, nullptr);
  if (link == nullptr) return std::unexpected(bpf_error("cannot attach " + name, errno, log));
  return Iterator(link, std::move(name));
}

Result<void> Iterator::read(std::size_t record_size,
                            const std::function<void(std::span<const std::byte>)>& record) const {
  const BpfLog log;
  const UniqueFd stream(bpf_iter_create(bpf_link__fd(link_.get())));
  if (!stream) return std::unexpected(bpf_error("cannot start " + name_, errno, log));

  // The kernel gathers eight pages before it hands them out; twice that leaves room for a record cut in two.
  std::vector<std::byte> buffer(std::size_t{64} << 10);
  std::size_t filled = 0;
  while (true) {
    const ssize_t got = ::read(stream.get(), buffer.data() + filled, buffer.size() - filled);
    if (got < 0) {
      // EAGAIN: a million objects in a row were none of ours (MAX_ITER_OBJECTS); the next read goes on from
      // there.
      if (errno == EINTR || errno == EAGAIN) continue;
      return fail_errno("cannot read " + name_, errno);
    }
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    std::size_t taken = 0;
    for (; filled - taken >= record_size; taken += record_size)
      record(std::span<const std::byte>(buffer).subspan(taken, record_size));
    std::memmove(buffer.data(), buffer.data() + taken, filled - taken);
    filled -= taken;
  }
  if (filled != 0) return fail(name_ + " ended within a record");
  return {};
}

}  // namespace conntrail::kernel
