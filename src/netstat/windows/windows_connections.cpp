#include "windows/windows_connections.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <filesystem>
#include <optional>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "conntrail/base/result.h"
#include "conntrail/base/text.h"
#include "conntrail/snapshot/snapshot.h"
#include "output/translation.h"

namespace conntrail::netstat::windows {

namespace {

// The process with the lowest id among a socket's holders: a server before the workers it forked.
using Owners = std::unordered_map<std::uint64_t, std::uint32_t>;  // inode → pid

Owners find_owners() {
  Owners owners;
  const auto scan = snapshot::scan_owners();
  if (!scan) return owners;
  for (const SocketHolder& holder : scan->holders) {
    const auto [found, added] = owners.emplace(holder.inode, holder.pid);
    if (!added) found->second = std::min(found->second, holder.pid);
  }
  return owners;
}

std::string local_host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return printable(name.data());
}

// The part of a host's name before its domain.
std::string_view short_name(std::string_view name) { return name.substr(0, name.find('.')); }

bool is_listener(const SocketRow& row) {
  return row.protocol == Protocol::tcp && row.state == TcpState::listen;
}

class Table {
 public:
  Table(const WindowsOptions& options, Names& names, Console& console)
      : options_(options), names_(names), console_(console), host_name_(local_host_name()) {}

  int print() {
    if (!collect()) return 1;
    if (options_.process_ids || options_.executables) owners_ = find_owners();
    if (!options_.numeric) resolve();
    std::string out;
    append_windows_title(out, options_.process_ids);
    for (const SocketRow& row : rows_) {
      append(out, row);
      console_.text(out);
      out.clear();
    }
    console_.text(out);
    return 0;
  }

 private:
  // Without -a neither listeners nor UDP, which has no connections.
  [[nodiscard]] bool wanted(const SocketRow& row) const {
    if (!options_.shows(windows_protocol_of(row))) return false;
    return options_.all || (row.protocol == Protocol::tcp && !is_listener(row));
  }

  // False: nothing could be read.
  bool collect() {
    using enum WindowsProtocol;
    snapshot::Request request;
    request.tcp = options_.shows(tcp) || options_.shows(tcpv6);
    request.udp = options_.all && (options_.shows(udp) || options_.shows(udpv6));
    if (!request.tcp && !request.udp) return true;
    auto taken = snapshot::take(request);
    if (!taken) {
      console_.message("netstat: " + format_error(taken.error()) + "\n");
      return false;
    }
    for (const std::string& note : taken->notes) {
      if (taken->complete_namespaces.empty()) console_.message("netstat: " + printable(note) + "\n");
    }
    for (const snapshot::MalformedLines& malformed : taken->malformed) {
      console_.message("netstat: warning, " + std::to_string(malformed.count) +
                       " bogus lines in /proc/net\n");
    }
    rows_ = std::move(taken->rows);
    std::erase_if(rows_, [this](const SocketRow& row) { return !wanted(row); });
    std::ranges::stable_sort(rows_, {}, [](const SocketRow& row) {
      return std::tuple(windows_protocol_of(row), row.tuple.local.address.unmapped(), row.tuple.local.port,
                        row.tuple.remote.address.unmapped(), row.tuple.remote.port);
    });
    return !taken->complete_namespaces.empty();
  }

  void resolve() {
    for (const SocketRow& row : rows_) {
      if (row.protocol == Protocol::tcp && !is_listener(row))
        names_.want_host(row.tuple.remote.address.unmapped());
    }
    names_.resolve();
  }

  [[nodiscard]] std::string foreign_text(const SocketRow& row) {
    if (row.protocol == Protocol::udp) return "*:*";
    std::string numeric = windows_endpoint(row.tuple.remote, row.interface);
    if (options_.numeric) return numeric;
    // A listener has nobody at its other end: Windows shows this computer.
    std::string_view host = is_listener(row) ? host_name_ : names_.host(row.tuple.remote.address.unmapped());
    if (!options_.full_names) host = short_name(host);
    std::string text = host.empty() ? numeric.substr(0, numeric.rfind(':')) : std::string(host);
    const std::uint16_t port = row.tuple.remote.port;
    const std::string_view service = port == 0 ? std::string_view() : names_.port(PortNames::tcp, port);
    text += ':';
    return service.empty() ? text.append(std::to_string(port)) : text.append(service);
  }

  [[nodiscard]] std::uint32_t owner_of(const SocketRow& row) const {
    const auto found = row.inode == 0 ? owners_.end() : owners_.find(row.inode);
    return found == owners_.end() ? 0 : found->second;
  }

  void append(std::string& out, const SocketRow& row) {
    const bool tcp = row.protocol == Protocol::tcp;
    const std::uint32_t pid = owner_of(row);
    append_windows_row(out,
                       {tcp ? "TCP" : "UDP", windows_endpoint(row.tuple.local, row.interface),
                        foreign_text(row), tcp ? windows_state_name(row.state) : std::string_view(), pid},
                       options_.process_ids);
    // A closed connection's time-wait socket belongs to nobody; Windows has no line for it.
    if (options_.executables && row.kind != SocketKind::time_wait) append_executable(out, pid);
  }

  void append_executable(std::string& out, std::uint32_t pid) {
    const std::string& name = executable_of(pid);
    if (name.empty()) {
      out += translated(" Can not obtain ownership information\n");
    } else {
      out.append(" [").append(name).append("]\n");
    }
  }

  // Empty: not to be had.
  const std::string& executable_of(std::uint32_t pid) {
    const auto [found, added] = executables_.try_emplace(pid);
    if (added && pid != 0) {
      const std::string link = "/proc/" + std::to_string(pid) + "/exe";
      std::error_code error;
      const auto path = std::filesystem::read_symlink(link, error);
      if (error) return found->second;
      std::string text = options_.paths ? path.native() : path.filename().native();
      // The kernel writes this behind a file that has been replaced; the program's name is without it.
      static constexpr std::string_view kDeleted = " (deleted)";
      struct stat file {};
      if (!options_.paths && text.ends_with(kDeleted) && ::stat(link.c_str(), &file) == 0 &&
          file.st_nlink == 0)
        text.resize(text.size() - kDeleted.size());
      found->second = printable(text);
    }
    return found->second;
  }

  const WindowsOptions& options_;
  Names& names_;
  Console& console_;
  std::string host_name_;
  std::vector<SocketRow> rows_;
  Owners owners_;
  std::unordered_map<std::uint32_t, std::string> executables_;
};

}  // namespace

int print_windows_connections(const WindowsOptions& options, Names& names, Console& console) {
  return Table(options, names, console).print();
}

}  // namespace conntrail::netstat::windows
