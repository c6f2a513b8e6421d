#include "conntrail/kernel/event_stream.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <numeric>
#include <optional>
#include <utility>

#include "bpf_log.h"
#include "counters.h"
#include "decode.h"
#include "kernel_filter.h"
#include "lifecycle.skel.h"
#include "lifecycle_programs.h"
#include "ring_reader.h"

namespace conntrail::kernel {
namespace {

using namespace std::chrono_literals;

// Between two drains while events come: they gather, nobody is woken up.
constexpr Nanoseconds kBatchPause = 5ms;
// A ring that was a quarter full after one pause needs shorter ones.
constexpr Nanoseconds kBusyPause = 1ms;
// Without events for this long the consumer asks to be woken up, and blocks.
constexpr Nanoseconds kQuietAfter = 100ms;
// At most this many events per call, so that a caller with a clock to watch gets its turn under any load.
constexpr std::size_t kMaxPerDrain = 65536;

struct LinkDeleter {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, LinkDeleter>;

std::size_t ring_size(std::size_t wanted) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  constexpr std::size_t kLargest = std::size_t{1} << 30;
  return std::bit_ceil(std::clamp(wanted, page, kLargest));
}

std::vector<const LifecycleProgram*> wanted_programs(const StreamOptions& options) {
  std::vector<const LifecycleProgram*> wanted;
  for (const LifecycleProgram& program : kLifecyclePrograms) {
    const bool want = program.group == ProgramGroup::transitions ||
                      (program.group == ProgramGroup::retransmits && options.retransmits) ||
                      (program.group == ProgramGroup::resets && options.resets) ||
                      (program.group == ProgramGroup::forks && !options.follow_pids.empty());
    if (want) wanted.push_back(&program);
  }
  return wanted;
}

timespec to_timespec(Nanoseconds duration) {
  const Nanoseconds positive = std::max(duration, Nanoseconds{0});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(positive);
  return {.tv_sec = seconds.count(), .tv_nsec = (positive - seconds).count()};
}

}  // namespace

class EventStream::Impl {
 public:
  Impl(LoadedPrograms loaded, std::vector<Link> links, RingReader ring, Counters counters)
      : loaded_(std::move(loaded)),
        ring_(std::move(ring)),
        counters_(std::move(counters)),
        links_(std::move(links)) {}

  std::size_t drain(const Callback& callback) {
    SocketEvent event;
    std::size_t bad = 0;
    const std::size_t records = ring_.drain(kMaxPerDrain, [&](std::span<const std::byte> record) {
      if (decode_event(record, event))
        callback(event);
      else
        ++bad;
    });
    malformed_ += bad;
    received_ += records - bad;
    return records - bad;
  }

  Result<std::size_t> poll(Nanoseconds timeout, int wake_fd, const Callback& callback) {
    const MonoTime deadline = mono_now() + timeout;
    bool woken = false;
    while (true) {
      if (active_ && !woken) {
        const auto pause = wait(std::min(pause_, deadline - mono_now()), wake_fd, false);
        if (!pause) return std::unexpected(pause.error());
        woken = *pause == Woken::caller;
      }
      const std::size_t before = ring_.backlog();
      const std::size_t count = drain(callback);
      const MonoTime now = mono_now();
      if (count > 0) {
        active_ = true;
        last_event_ = now;
        pause_ = before >= ring_.capacity() / 4 ? kBusyPause : kBatchPause;
        return count;
      }
      if (woken || now >= deadline) return 0;
      // has_data: a record is being written right now, on another CPU.
      if (active_ && (now - last_event_ < kQuietAfter || ring_.has_data())) continue;

      active_ = false;
      const auto slept = wait(deadline - now, wake_fd, true);
      if (!slept) return std::unexpected(slept.error());
      woken = *slept == Woken::caller;
      if (*slept == Woken::ring) {
        active_ = true;  // more events will follow this one: pause once, then take them together
        last_event_ = mono_now();
        pause_ = kBatchPause;
      }
    }
  }

  LossReport take_loss() {
    const Counters::Sum sum = counters_.read();
    LossReport report;
    for (std::size_t kind = 0; kind < report.lost_by_kind.size(); ++kind) {
      report.lost_by_kind[kind] = sum.lost[kind] - reported_.lost[kind];
    }
    report.lost_by_kind[0] += malformed_ - reported_malformed_;
    report.lost = std::accumulate(report.lost_by_kind.begin(), report.lost_by_kind.end(), std::uint64_t{0});
    reported_ = sum;
    reported_malformed_ = malformed_;
    return report;
  }

  [[nodiscard]] EventTotals totals() {
    const Counters::Sum sum = counters_.read();
    EventTotals totals;
    totals.tried = sum.tried;
    totals.received = received_;
    totals.lost = std::accumulate(sum.lost.begin(), sum.lost.end(), malformed_);
    return totals;
  }

  [[nodiscard]] const std::vector<std::string>& missing() const { return loaded_.missing; }

 private:
  enum class Woken : std::uint8_t { nobody, ring, caller };

  // Sleeps until `timeout`, until the caller's descriptor is readable, or, `for_ring`, until the ring is not
  // empty.
  Result<Woken> wait(Nanoseconds timeout, int wake_fd, bool for_ring) {
    std::atomic_ref<__u32> waiting(loaded_.skeleton->bss->consumer_waiting);
    if (for_ring) {
      // First the flag, then (inside ppoll) the last look at the producer's position: see ct_reserve().
      waiting.store(1, std::memory_order_seq_cst);
      std::atomic_thread_fence(std::memory_order_seq_cst);
    }
    pollfd descriptors[2] = {{.fd = wake_fd, .events = POLLIN, .revents = 0},
                             {.fd = for_ring ? ring_.fd() : -1, .events = POLLIN, .revents = 0}};
    const timespec time = to_timespec(timeout);
    const int ready = ::ppoll(descriptors, 2, &time, nullptr);
    const int error = errno;
    if (for_ring) waiting.store(0, std::memory_order_relaxed);
    if (ready < 0) {
      // A signal is for the caller to handle; it is reported like a readable descriptor.
      if (error == EINTR) return Woken::caller;
      return fail_errno("cannot wait for events", error);
    }
    if (descriptors[0].revents != 0) return Woken::caller;
    return descriptors[1].revents != 0 ? Woken::ring : Woken::nobody;
  }

  LoadedPrograms loaded_;
  RingReader ring_;
  Counters counters_;
  std::vector<Link> links_;  // last: detached before the maps and the mappings go

  Counters::Sum reported_;
  std::uint64_t reported_malformed_ = 0;
  std::uint64_t malformed_ = 0;
  std::uint64_t received_ = 0;
  bool active_ = false;  // events came lately: drain by the clock, without wake-ups
  MonoTime last_event_;
  Nanoseconds pause_ = kBatchPause;

  friend class EventStream;
};

Result<EventStream> EventStream::open(const StreamOptions& options) {
  const Messages messages = options.messages.of_room("kernel");
  const BpfLog everything(options.messages.of_room("libbpf"));
  const LifecycleSetup setup{.ring_bytes = ring_size(options.ring_bytes),
                             .filter = to_kernel(options.filter)};
  auto loaded = load_what_works(wanted_programs(options), setup);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  lifecycle& skeleton = *loaded->skeleton;

  const int followed = bpf_map__fd(skeleton.maps.followed);
  for (const std::uint32_t pid : options.follow_pids) {
    const __u8 yes = 1;
    if (bpf_map_update_elem(followed, &pid, &yes, BPF_ANY) != 0)
      return fail_errno("cannot follow process " + std::to_string(pid), errno);
  }

  auto ring = RingReader::open(bpf_map__fd(skeleton.maps.events), setup.ring_bytes);
  if (!ring) return std::unexpected(std::move(ring.error()));

  std::vector<Link> links;
  std::vector<Counters::Program> counted;
  for (const LifecycleProgram* program : loaded->programs) {  // the table's order matters
    const BpfLog log;
    bpf_program* const code = program_of(skeleton, *program);
    Link link(bpf_program__attach(code));
    if (!link) {
      Error error =
          bpf_error(std::string("cannot attach to the tracepoint ") + program->tracepoint, errno, log);
      if (program->required) return std::unexpected(std::move(error));
      loaded->missing.push_back(program->name + (": " + error.why));
      continue;
    }
    messages.debug(fmt::format("attached {} to the tracepoint {}", program->name, program->tracepoint));
    links.push_back(std::move(link));
    if (program->kind != 0)
      counted.push_back({.fd = bpf_program__fd(code), .kind = program->kind, .backed = program->backed});
  }

  auto counters =
      Counters::open(bpf_map__fd(skeleton.maps.cpu_slots), bpf_map__max_entries(skeleton.maps.cpu_slots),
                     bpf_map__value_size(skeleton.maps.cpu_slots), std::move(counted));
  if (!counters) return std::unexpected(std::move(counters.error()));
  for (const std::string& missing : loaded->missing) messages.debug("left out: " + missing);
  messages.debug(fmt::format("ring buffer of {} bytes, {} programs", setup.ring_bytes, links.size()));
  return EventStream(
      std::make_unique<Impl>(std::move(*loaded), std::move(links), std::move(*ring), std::move(*counters)));
}

EventStream::EventStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventStream::EventStream(EventStream&&) noexcept = default;
EventStream& EventStream::operator=(EventStream&&) noexcept = default;
EventStream::~EventStream() = default;

Result<std::size_t> EventStream::poll(Nanoseconds timeout, int wake_fd, const Callback& callback) {
  return impl_->poll(timeout, wake_fd, callback);
}
std::size_t EventStream::drain(const Callback& callback) { return impl_->drain(callback); }
LossReport EventStream::take_loss() { return impl_->take_loss(); }
EventTotals EventStream::totals() const { return impl_->totals(); }
const std::vector<std::string>& EventStream::missing() const { return impl_->missing(); }

}  // namespace conntrail::kernel
