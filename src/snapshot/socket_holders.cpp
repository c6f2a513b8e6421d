#include <algorithm>
#include <chrono>
#include <tuple>

#include "conntrail/kernel/iterators.h"
#include "conntrail/snapshot/snapshot.h"
#include "proc_owners.h"

namespace conntrail::snapshot {

namespace {

Result<OwnerScan> read_iterator(const kernel::OwnerIterator& iterator) {
  OwnerScan scan;
  scan.method = OwnerMethod::task_file;
  scan.complete = true;
  auto done = iterator.read([&scan](const SocketHolder& holder) { scan.holders.push_back(holder); });
  if (!done) return std::unexpected(done.error());
  // Threads that do not share their leader's table are listed by themselves.
  const auto place = [](const SocketHolder& holder) { return std::tie(holder.pid, holder.fd); };
  if (!std::ranges::is_sorted(scan.holders, {}, place)) std::ranges::sort(scan.holders, {}, place);
  return scan;
}

Result<OwnerScan> read_task_file() {
  auto iterator = kernel::OwnerIterator::open();
  if (!iterator) return std::unexpected(iterator.error());
  return read_iterator(*iterator);
}

Result<OwnerScan> read_proc() {
  auto walk = ProcOwners::open();
  if (!walk) return std::unexpected(walk.error());
  (void)walk->run([] { return false; });
  return walk->result();
}

// /proc first: a host with few processes is done before BPF would be loaded. A walk that has taken as long as
// the loading has cost at most twice the time of the better way, without knowing beforehand how much there
// is.
Result<OwnerScan> read_automatic() {
  using Clock = std::chrono::steady_clock;
  constexpr auto kLoadingCost = std::chrono::milliseconds(25);
  auto walk = ProcOwners::open();
  if (!walk) return read_task_file();
  const auto deadline = Clock::now() + kLoadingCost;
  const bool finished = walk->run([deadline] { return Clock::now() >= deadline; });
  if (finished && !walk->lacks_some()) return walk->result();
  if (auto scan = read_task_file()) return scan;
  if (!finished) (void)walk->run([] { return false; });
  return walk->result();
}

}  // namespace

Result<OwnerScan> scan_owners(OwnerMethod method, const kernel::OwnerIterator* iterator) {
  switch (method) {
    case OwnerMethod::proc_fd:
      return read_proc();
    case OwnerMethod::task_file:
      return iterator != nullptr ? read_iterator(*iterator) : read_task_file();
    case OwnerMethod::automatic:
      break;
  }
  if (iterator != nullptr) {
    if (auto scan = read_iterator(*iterator)) return scan;
  }
  return read_automatic();
}

Result<void> stream_socket_files(const std::function<void(const SocketFile&)>& file) {
  return kernel::read_socket_files(file);
}

}  // namespace conntrail::snapshot
