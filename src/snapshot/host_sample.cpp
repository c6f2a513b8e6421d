#include "conntrail/snapshot/host_sample.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "conntrail/base/unique_fd.h"
#include "counter_text.h"
#include "diag_table.h"
#include "enter_namespace.h"
#include "listener_samples.h"
#include "namespace_cookie.h"
#include "proc_table.h"
#include "sysctl_values.h"

namespace conntrail::snapshot {

namespace {

constexpr std::size_t kCounterRoom = std::size_t{64} << 10;  // of them some 6 kB are used
constexpr std::size_t kSettingRoom = std::size_t{4} << 10;
constexpr std::size_t kListRoom = std::size_t{256}
                                  << 10;  // ip_local_reserved_ports: every second port is 200 kB

// The whole file; empty with errno set when it cannot be read or does not fit into `room`. A sysctl gives its
// value to the first read() only, so the room is there from the start.
std::optional<std::string> read_text(const std::string& path, std::size_t room) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string text(room, '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    const ssize_t n = ::read(fd.get(), text.data() + length, text.size() - length);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) {
      text.resize(length);
      return text;
    }
    length += static_cast<std::size_t>(n);
  }
  errno = EFBIG;
  return std::nullopt;
}

std::optional<std::string> read_setting(const std::string& path) {
  auto text = read_text(path, kSettingRoom);
  return text || errno != EFBIG ? text : read_text(path, kListRoom);
}

bool has_tcp_sockets(const std::string& proc_net) {
  std::vector<NamedValue> values;
  for (const auto& [file, section] : {std::pair{"/sockstat", "TCP"}, std::pair{"/sockstat6", "TCP6"}}) {
    if (const auto text = read_text(proc_net + file, kCounterRoom)) append_sockstat(values, *text, section);
  }
  // The other figures of these lines describe the whole host.
  return std::ranges::any_of(values, [](const NamedValue& one) {
    return one.value > 0 && (one.name.ends_with(".inuse") || one.name.ends_with(".tw"));
  });
}

// One namespace's sample. Each step runs on a thread that is in that namespace, but for read_counters(),
// which any thread may do by way of /proc/PID/net.
class Sampler {
 public:
  explicit Sampler(std::uint32_t netns) { sample_.netns = netns; }

  Result<void> read_counters(const std::string& proc_net) {
    sample_.time = mono_now();
    const std::string path = proc_net + "/netstat";
    const auto netstat = read_text(path, kCounterRoom);
    if (!netstat) return fail_errno(fmt::format("cannot read {}", path), errno);
    auto& values = sample_.values;
    append_section(values, *netstat, "TcpExt");
    const auto optional = [&](const char* file) {
      return read_text(proc_net + file, kCounterRoom).value_or("");
    };
    append_section(values, optional("/snmp"), "Tcp");
    append_sockstat(values, optional("/sockstat"), "TCP");
    append_sockstat(values, optional("/sockstat6"), "TCP6");
    return {};
  }

  void read_settings() { append_settings(sample_.values, read_setting); }

  Result<void> read_listeners() {
    ListenerSamples listeners;
    std::array<bool, 2> any{};  // requests of a family are only looked for where it has a listener
    constexpr std::array kFamilies{Family::inet, Family::inet6};
    for (std::size_t i = 0; i < kFamilies.size(); ++i) {
      const Table table{.family = kFamilies[i], .netns = sample_.netns, .proc_net = {}};
      auto done = read_diag_listeners(table, [&](const SocketRow& row) {
        any[i] = true;
        listeners.add_listener(row);
      });
      if (!done) return std::unexpected(done.error());
    }
    for (std::size_t i = 0; i < kFamilies.size(); ++i) {
      if (!any[i]) continue;
      const Table table{.family = kFamilies[i], .netns = sample_.netns, .proc_net = {}};
      auto done = read_diag_requests(table, [&](const SocketRow& row) { listeners.add_request(row); });
      if (!done) return std::unexpected(done.error());
    }
    sample_.listeners = listeners.take();
    return {};
  }

  HostSample take() {
    auto& values = sample_.values;
    std::ranges::stable_sort(values, {}, &NamedValue::name);
    const auto doubled = std::ranges::unique(values, {}, &NamedValue::name);
    values.erase(doubled.begin(), doubled.end());
    return std::move(sample_);
  }

 private:
  HostSample sample_;
};

bool is_gone(const Error& error) {
  return error.sys_errno == ENOENT || error.sys_errno == ESRCH || error.sys_errno == ESTALE;
}

class Hosts {
 public:
  explicit Hosts(bool occupied_only) : occupied_only_(occupied_only) {}

  // Empty: nothing of it could be read, `error` says why; or it was left out, without an error.
  std::optional<HostSample> sample(const NetworkNamespace& target, std::optional<Error>& error) {
    std::optional<HostSample> result;
    const auto entered = run_in_namespace(target, [&] {
      // Another one has the number by now.
      if (target.cookie != 0 && own_namespace_cookie() != target.cookie) return;
      const std::string proc_net = own_proc_net();
      if (occupied_only_ && !has_tcp_sockets(proc_net)) return;
      Sampler sampler(target.inode);
      if (auto read = sampler.read_counters(proc_net); !read) {
        error = read.error();
        return;
      }
      sampler.read_settings();
      if (auto read = sampler.read_listeners(); !read) note(format_error(read.error()));
      result = sampler.take();
    });
    if (entered) return result;
    if (entered.error().kind != ErrorKind::not_permitted || target.pid == 0) {
      error = entered.error();
      return std::nullopt;
    }
    return sample_from_outside(target, error);
  }

  void note(std::string text) {
    if (std::ranges::find(notes_, text) == notes_.end()) notes_.push_back(std::move(text));
  }
  std::vector<std::string> take_notes() { return std::move(notes_); }

 private:
  // The counters of a namespace that may not be entered are readable through a process in it (rootless
  // containers).
  std::optional<HostSample> sample_from_outside(const NetworkNamespace& target, std::optional<Error>& error) {
    const std::string proc_net = fmt::format("/proc/{}/net", target.pid);
    if (occupied_only_ && !has_tcp_sockets(proc_net)) return std::nullopt;
    Sampler sampler(target.inode);
    if (auto read = sampler.read_counters(proc_net); !read) {
      error = read.error();
      return std::nullopt;
    }
    note(fmt::format("network namespace {}: settings and listeners cannot be read without CAP_SYS_ADMIN",
                     target.inode));
    return sampler.take();
  }

  bool occupied_only_;
  std::vector<std::string> notes_;
};

}  // namespace

HostSamples sample_hosts(std::span<const NetworkNamespace> targets, bool occupied_only) {
  HostSamples result;
  Hosts hosts(occupied_only);
  for (const NetworkNamespace& target : targets) {
    std::optional<Error> error;
    if (auto sample = hosts.sample(target, error)) result.samples.push_back(std::move(*sample));
    if (error && !is_gone(*error)) hosts.note(format_error(*error));
  }
  result.notes = hosts.take_notes();
  return result;
}

}  // namespace conntrail::snapshot
