// How often a request socket's timer has expired. sock_diag tells how often its SYN-ACK was sent again
// (num_retrans), /proc/net/tcp tells the expiries (num_timeout), and a SYN that the client repeats makes the
// two differ.
#pragma once

#include <optional>
#include <unordered_map>

#include "proc_table.h"
#include "table.h"

namespace conntrail::snapshot {

class RequestTimeouts {
 public:
  explicit RequestTimeouts(const Table& table) : table_(table) {}

  // Reads the text table at the first question. Empty when it does not list the request (any more).
  [[nodiscard]] std::optional<std::uint32_t> find(const SocketRow& request) {
    if (!read_) {
      read_ = true;
      const auto done = read_proc_table(table_, [this](const SocketRow& row) {
        if (row.kind == SocketKind::request) counts_[row.tuple] = row.retransmits;
      });
      // Without that text sock_diag's count stands: it differs only for a client that sent its SYN again.
      if (!done) counts_.clear();
    }
    const auto found = counts_.find(request.tuple);
    if (found == counts_.end()) return std::nullopt;
    return found->second;
  }

 private:
  const Table& table_;
  bool read_ = false;
  std::unordered_map<FourTuple, std::uint32_t> counts_;
};

}  // namespace conntrail::snapshot
