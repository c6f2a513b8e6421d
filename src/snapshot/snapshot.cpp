#include "conntrail/snapshot/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "bpf_table.h"
#include "conntrail/kernel/iterators.h"
#include "conntrail/kernel/listener_choice.h"
#include "conntrail/netlink/consistent_read.h"
#include "diag_table.h"
#include "enter_namespace.h"
#include "namespace_cookie.h"
#include "proc_table.h"
#include "socket_count.h"

namespace conntrail::snapshot {

namespace {

constexpr std::array<std::pair<std::string_view, Source>, 4> kSourceNames{
    {{"auto", Source::automatic}, {"diag", Source::diag}, {"bpf", Source::bpf}, {"proc", Source::proc}}};

// Where rows go. With `kept` the rows of a table can be taken back and read again.
struct Sink {
  RowFunction row;
  std::vector<SocketRow>* kept = nullptr;
};

// Never by small steps, however many namespaces come one after the other.
void make_room(std::vector<SocketRow>& rows, std::size_t more) {
  const std::size_t needed = rows.size() + more;
  if (needed > rows.capacity()) rows.reserve(std::max(needed, 2 * rows.capacity()));
}

class Reader {
 public:
  Reader(const Request& request, const Sink& sink) : request_(request), sink_(sink) {}

  Result<Snapshot> run() {
    out_.started = mono_now();
    if (auto opened = open_iterators(); !opened) return std::unexpected(opened.error());
    if (request_.namespaces.empty()) {
      // With a /proc that lacks ns/net (a mounted copy) the tables can still be read; only the rows' netns
      // stays 0.
      const auto own = own_namespace();
      read_tables({own ? own->inode : 0, own_namespace_cookie()}, own_proc_net(), request_.source);
      if (own) ask_who_chooses(own->inode);
    }
    for (const auto& target : request_.namespaces) read_namespace(target);
    if (rows_ == 0 && out_.complete_namespaces.empty() && out_.replaced_namespaces.empty() && first_error_)
      return std::unexpected(*first_error_);
    out_.source = request_.source == Source::automatic ? (used_proc_only_ ? Source::proc : Source::diag)
                                                       : request_.source;
    out_.finished = mono_now();
    return std::move(out_);
  }

 private:
  Result<void> open_iterators() {
    if (request_.source != Source::bpf) return {};
    iterators_ = request_.iterators;
    if (iterators_ != nullptr) return {};
    auto opened = kernel::SocketIterators::open();
    if (!opened) return std::unexpected(opened.error());
    own_iterators_.emplace(std::move(*opened));
    iterators_ = &*own_iterators_;
    return {};
  }

  void read_namespace(const NetworkNamespace& target) {
    const auto entered = run_in_namespace(target, [&] {
      const NamespaceId id{target.inode, own_namespace_cookie()};
      if (!may_be_same(id, {target.inode, target.cookie})) {
        out_.replaced_namespaces.push_back(target.inode);
        return;
      }
      read_tables(id, own_proc_net(), request_.source);
      ask_who_chooses(target.inode);
    });
    if (entered) return;
    const Error& error = entered.error();
    const bool refused = error.kind == ErrorKind::not_permitted;
    const bool text_allowed = request_.source == Source::automatic || request_.source == Source::proc;
    if (refused && text_allowed && target.pid != 0) {
      // A process's tables are readable where its namespace may not be entered (rootless containers). Without
      // cookies among rows that have them, such a table must not prove that a connection is gone.
      read_tables({target.inode, 0}, fmt::format("/proc/{}/net", target.pid), Source::proc);
      if (request_.source == Source::automatic) std::erase(out_.complete_namespaces, target.inode);
      return;
    }
    if (error.sys_errno == ENOENT || error.sys_errno == ESRCH || error.sys_errno == ESTALE) {
      // The namespace is gone, and its sockets too: nothing is missing.
      if (!first_error_) first_error_ = error;
      return;
    }
    fail_with(error);
  }

  void ask_who_chooses(std::uint32_t netns) {
    if (!request_.tcp || request_.time_wait_only) return;
    if (kernel::listener_is_chosen_by_program()) out_.steered_namespaces.push_back(netns);
  }

  void read_tables(const NamespaceId& id, const std::string& proc_net, Source source) {
    if (sink_.kept != nullptr) make_room(*sink_.kept, count_sockets(proc_net));
    bool complete = true;
    for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) {
      if (protocol == Protocol::tcp ? !request_.tcp : !request_.udp || request_.time_wait_only) continue;
      for (const Family family : {Family::inet, Family::inet6}) {
        if (family == Family::inet ? !request_.inet : !request_.inet6) continue;
        const Table table{.protocol = protocol,
                          .family = family,
                          .netns = id.inode,
                          .netns_cookie = id.cookie,
                          .time_wait_only = request_.time_wait_only,
                          .request_timeouts = request_.request_timeouts,
                          .statistics = request_.statistics,
                          .proc_net = proc_net};
        complete = read_table(table, source) && complete;
      }
    }
    if (id.inode != 0 && id.cookie != 0) out_.cookies.push_back(id);
    if (complete && id.inode != 0) out_.complete_namespaces.push_back(id.inode);
  }

  // False when the table is not complete.
  bool read_table(const Table& table, Source source) {
    const std::size_t protocol_index = table.protocol == Protocol::tcp ? 0 : 1;
    if (source == Source::automatic) {
      if (diag_refused_[protocol_index]) return read_table(table, Source::proc);
      const std::uint64_t before = rows_;
      auto report = read_consistently([&](const RowFunction& row) { return read_diag_table(table, row); });
      if (report) return finish(table, *report, false);
      if (rows_ != before) return fail_with(report.error());
      diag_refused_[protocol_index] = true;
      note(format_error(report.error()) + "; read from /proc/net instead");
      return read_table(table, Source::proc);
    }
    auto report = read_consistently([&](const RowFunction& row) -> Result<TableReport> {
      switch (source) {
        case Source::bpf:
          return read_bpf_table(*iterators_, table, row);
        case Source::proc:
          return read_proc_table(table, row);
        default:
          return read_diag_table(table, row);
      }
    });
    if (!report) return fail_with(report.error());
    return finish(table, *report, source == Source::proc);
  }

  // Reads again what the kernel said was changed meanwhile, a few times, as long as the rows can be taken
  // back.
  template <class Read>
  Result<TableReport> read_consistently(const Read& read) {
    const std::size_t mark = sink_.kept != nullptr ? sink_.kept->size() : 0;
    const std::uint64_t rows_before = rows_;
    const RowFunction row = [this](const SocketRow& found) {
      ++rows_;
      sink_.row(found);
    };
    if (sink_.kept == nullptr) return read(row);
    return netlink::read_consistently([&] { return read(row); },
                                      [&] {
                                        sink_.kept->resize(mark);
                                        rows_ = rows_before;
                                      });
  }

  bool finish(const Table& table, const TableReport& report, bool text) {
    if (!text) used_proc_only_ = false;
    if (report.malformed > 0) {
      note(fmt::format("{}: {} {} passed over", table_name(table), report.malformed,
                       text ? "malformed lines" : "malformed answers"));
      if (text) out_.malformed.push_back({table.protocol, table.family, report.malformed});
    }
    if (report.interrupted) {
      note(
          fmt::format("{}: changed while it was read, sockets may be missing or doubled", table_name(table)));
    }
    return report.malformed == 0 && !report.interrupted;
  }

  bool fail_with(const Error& error) {
    if (!first_error_) first_error_ = error;
    note(format_error(error));
    return false;
  }

  void note(std::string text) {
    if (std::ranges::find(out_.notes, text) == out_.notes.end()) out_.notes.push_back(std::move(text));
  }

  const Request& request_;
  const Sink& sink_;
  Snapshot out_;
  std::optional<kernel::SocketIterators> own_iterators_;
  const kernel::SocketIterators* iterators_ = nullptr;
  std::array<bool, 2> diag_refused_{};
  bool used_proc_only_ = true;
  std::uint64_t rows_ = 0;
  std::optional<Error> first_error_;
};

}  // namespace

std::optional<Source> parse_source(std::string_view text) {
  for (const auto& [name, source] : kSourceNames) {
    if (name == text) return source;
  }
  return std::nullopt;
}

std::string_view source_name(Source source) {
  for (const auto& [name, value] : kSourceNames) {
    if (value == source) return name;
  }
  return "auto";
}

Result<Snapshot> take(const Request& request) {
  std::vector<SocketRow> rows;
  const Sink sink{.row = [&rows](const SocketRow& row) { rows.push_back(row); }, .kept = &rows};
  auto snapshot = Reader(request, sink).run();
  if (snapshot) snapshot->rows = std::move(rows);
  return snapshot;
}

Result<Snapshot> stream(const Request& request, const std::function<void(const SocketRow&)>& row) {
  const Sink sink{.row = row, .kept = nullptr};
  return Reader(request, sink).run();
}

}  // namespace conntrail::snapshot
