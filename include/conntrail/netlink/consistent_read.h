// Reading again what changed while it was read.
#pragma once

namespace conntrail::netlink {

// `read` gives a report that may be `interrupted`; then `take_back` undoes what it gave and it is called
// again, a few times: on a busy host the last report may still say so.
template <class Read, class TakeBack>
[[nodiscard]] auto read_consistently(const Read& read, const TakeBack& take_back) -> decltype(read()) {
  constexpr int kAttempts = 4;
  for (int attempt = 1;; ++attempt) {
    auto report = read();
    if (!report || !report->interrupted || attempt == kAttempts) return report;
    take_back();
  }
}

}  // namespace conntrail::netlink
