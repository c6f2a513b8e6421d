#include "conntrail/kernel/iterators.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "bpf_log.h"
#include "iterator.h"
#include "owners.skel.h"
#include "pid_namespace.h"
#include "row_decode.h"
#include "socket_files.skel.h"
#include "sockets.skel.h"

namespace conntrail::kernel {
namespace {

template <class Skeleton>
struct Destroy {
  void operator()(Skeleton* skeleton) const { Skeleton::destroy(skeleton); }
};
template <class Skeleton>
using SkeletonPtr = std::unique_ptr<Skeleton, Destroy<Skeleton>>;

template <class Skeleton>
Result<SkeletonPtr<Skeleton>> load(const std::string& name) {
  const BpfLog log;
  SkeletonPtr<Skeleton> skeleton(Skeleton::open());
  if (!skeleton) return std::unexpected(bpf_error("cannot open " + name, errno, log));
  if constexpr (requires { skeleton->rodata->ct_pid_namespace; })
    skeleton->rodata->ct_pid_namespace = reported_pid_namespace();
  const int error = Skeleton::load(skeleton.get());
  if (error != 0) return std::unexpected(bpf_error("cannot load " + name, -error, log));
  return skeleton;
}

template <class Raw>
Raw copy_of(std::span<const std::byte> record) {
  Raw raw;
  std::memcpy(&raw, record.data(), sizeof(raw));
  return raw;
}

}  // namespace

class SocketIterators::Impl {
 public:
  Impl(SkeletonPtr<sockets> skeleton, Iterator tcp, Iterator udp)
      : skeleton_(std::move(skeleton)), tcp_(std::move(tcp)), udp_(std::move(udp)) {}

  Result<void> read(const Iterator& iterator, const std::function<void(const SocketRow&)>& row) const {
    return iterator.read(sizeof(ct_socket_row), [&](std::span<const std::byte> record) {
      row(to_row(copy_of<ct_socket_row>(record), rates_));
    });
  }
  [[nodiscard]] const Iterator& tcp() const { return tcp_; }
  [[nodiscard]] const Iterator& udp() const { return udp_; }

 private:
  SkeletonPtr<sockets> skeleton_;
  Iterator tcp_;
  Iterator udp_;
  TickRates rates_ = TickRates::measure();
};

Result<SocketIterators> SocketIterators::open() {
  auto skeleton = load<sockets>("the socket iterators");
  if (!skeleton) return std::unexpected(std::move(skeleton.error()));
  auto tcp = Iterator::attach((*skeleton)->progs.tcp_sockets, "iter/tcp");
  if (!tcp) return std::unexpected(std::move(tcp.error()));
  auto udp = Iterator::attach((*skeleton)->progs.udp_sockets, "iter/udp");
  if (!udp) return std::unexpected(std::move(udp.error()));
  return SocketIterators(std::make_unique<Impl>(std::move(*skeleton), std::move(*tcp), std::move(*udp)));
}

SocketIterators::SocketIterators(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SocketIterators::SocketIterators(SocketIterators&&) noexcept = default;
SocketIterators& SocketIterators::operator=(SocketIterators&&) noexcept = default;
SocketIterators::~SocketIterators() = default;

Result<void> SocketIterators::tcp(const std::function<void(const SocketRow&)>& row) const {
  return impl_->read(impl_->tcp(), row);
}
Result<void> SocketIterators::udp(const std::function<void(const SocketRow&)>& row) const {
  return impl_->read(impl_->udp(), row);
}

class OwnerIterator::Impl {
 public:
  Impl(SkeletonPtr<owners> skeleton, Iterator files)
      : skeleton_(std::move(skeleton)), files_(std::move(files)) {}

  Result<void> read(const std::function<void(const SocketHolder&)>& holder) const {
    // A thread with a file table of its own (unshare(CLONE_FILES)) counts as its process; what it shares with
    // the leader by inheritance must not come twice.
    std::vector<std::uint64_t> seen;
    std::vector<ct_holder_row> of_threads;
    auto done = files_.read(sizeof(ct_holder_row), [&](std::span<const std::byte> record) {
      const auto raw = copy_of<ct_holder_row>(record);
      if (raw.tid != raw.tgid) {
        of_threads.push_back(raw);
        return;
      }
      seen.push_back(key(raw));
      holder(to_holder(raw));
    });
    if (!done || of_threads.empty()) return done;
    std::sort(seen.begin(), seen.end());
    std::sort(of_threads.begin(), of_threads.end(),
              [](const ct_holder_row& a, const ct_holder_row& b) { return key(a) < key(b); });
    std::optional<std::uint64_t> last;
    for (const ct_holder_row& raw : of_threads) {
      if (last == key(raw) || std::binary_search(seen.begin(), seen.end(), key(raw))) continue;
      last = key(raw);
      holder(to_holder(raw));
    }
    return {};
  }

 private:
  static std::uint64_t key(const ct_holder_row& raw) {
    return std::uint64_t{raw.tgid} << 32 | static_cast<std::uint32_t>(raw.fd);
  }
  SkeletonPtr<owners> skeleton_;
  Iterator files_;
};

Result<OwnerIterator> OwnerIterator::open() {
  auto skeleton = load<owners>("the owner iterator");
  if (!skeleton) return std::unexpected(std::move(skeleton.error()));
  auto files = Iterator::attach((*skeleton)->progs.socket_holders, "iter/task_file");
  if (!files) return std::unexpected(std::move(files.error()));
  return OwnerIterator(std::make_unique<Impl>(std::move(*skeleton), std::move(*files)));
}

OwnerIterator::OwnerIterator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OwnerIterator::OwnerIterator(OwnerIterator&&) noexcept = default;
OwnerIterator& OwnerIterator::operator=(OwnerIterator&&) noexcept = default;
OwnerIterator::~OwnerIterator() = default;

Result<void> OwnerIterator::read(const std::function<void(const SocketHolder&)>& holder) const {
  return impl_->read(holder);
}

Result<void> read_socket_files(const std::function<void(const SocketFile&)>& file) {
  const auto skeleton = load<socket_files>("the iterator of socket files");
  if (!skeleton) return std::unexpected(skeleton.error());
  const auto files = Iterator::attach((*skeleton)->progs.socket_files, "iter/task_file");
  if (!files) return std::unexpected(files.error());
  return files->read(sizeof(ct_socket_file), [&file](std::span<const std::byte> record) {
    const auto raw = copy_of<ct_socket_file>(record);
    file({raw.inode, raw.pid, raw.fd});
  });
}

}  // namespace conntrail::kernel
