// HistorySource: where history and show read: the database of a recorder, or a capture replayed. Both answer
// alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conntrail/base/messages.h"
#include "conntrail/base/result.h"
#include "conntrail/model/reset_reason_names.h"
#include "conntrail/recorder/connection_ends.h"
#include "conntrail/store/history.h"

namespace conntrail::recorder {

class HistorySource {
 public:
  using Visit = std::function<bool(const store::HistoryRecord&)>;

  HistorySource() = default;
  HistorySource(const HistorySource&) = delete;
  HistorySource& operator=(const HistorySource&) = delete;
  virtual ~HistorySource() = default;

  // As store::HistoryReader has them. A connection that lives counts as seen when its recorder last wrote.
  [[nodiscard]] virtual Result<void> for_each(const store::Condition& condition, store::SortKey sort,
                                              bool descending, const Visit& visit) = 0;
  [[nodiscard]] virtual Result<std::vector<store::HistoryRecord>> top(const store::Condition& condition,
                                                                      store::SortKey sort, bool descending,
                                                                      std::size_t count) = 0;
  [[nodiscard]] virtual Result<std::vector<Group>> group(const store::Condition& condition,
                                                         store::GroupKey key) = 0;
  [[nodiscard]] virtual Result<std::optional<store::HistoryRecord>> find(std::uint64_t id) = 0;
  [[nodiscard]] virtual Result<std::optional<store::HistoryRecord>> latest() = 0;
  // Newest first.
  [[nodiscard]] virtual Result<std::vector<store::HistoryRecord>> find(const Ends& ends,
                                                                       std::size_t most) = 0;
  [[nodiscard]] virtual Result<std::vector<Gap>> gaps(std::optional<std::int64_t> since_ns,
                                                      std::optional<std::int64_t> until_ns) = 0;
  // Names from the kernel that the record is from; empty when this host cannot know them.
  [[nodiscard]] virtual ResetReasonNames reset_reasons(const store::HistoryRecord& record) = 0;
  // The part of the source that could not be used, for a message.
  [[nodiscard]] virtual std::optional<Error> damage() const = 0;
};

// One of the two that the options --db and --from name; both empty: the default database.
struct HistoryPlace {
  std::string database;
  std::string capture;
};
[[nodiscard]] Result<std::unique_ptr<HistorySource>> open_history(const HistoryPlace& place,
                                                                  const Messages& messages);

// The database to read when none is named: the user's own, else the host's.
[[nodiscard]] std::string history_to_read(const std::string& named);

// Whether a record lies in the time range of a condition: open at some moment of it.
[[nodiscard]] bool fits_time(const store::Condition& condition, const store::HistoryRecord& record);

// The two kinds; see open_history().
[[nodiscard]] Result<std::unique_ptr<HistorySource>> open_database(const std::string& path);
[[nodiscard]] Result<std::unique_ptr<HistorySource>> open_capture(const std::string& path,
                                                                  const Messages& messages);

}  // namespace conntrail::recorder
