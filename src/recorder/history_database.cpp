// A recorder's database as a source.
#include <sys/utsname.h>

#include <algorithm>
#include <utility>

#include "conntrail/kernel/reset_reasons.h"
#include "conntrail/recorder/history_source.h"

namespace conntrail::recorder {
namespace {

using store::HistoryRecord;

class DatabaseSource final : public HistorySource {
 public:
  DatabaseSource(store::HistoryReader reader, std::vector<store::Run> runs)
      : reader_(std::move(reader)), runs_(std::move(runs)) {}

  Result<void> for_each(const store::Condition& condition, store::SortKey sort, bool descending,
                        const Visit& visit) override {
    return reader_.for_each(condition, sort, descending, [&](const HistoryRecord& record) {
      if (record.connection.gone) return visit(record);
      HistoryRecord living = record;
      bring_up_to_date(living);
      return visit(living);
    });
  }
  Result<std::vector<HistoryRecord>> top(const store::Condition& condition, store::SortKey sort,
                                         bool descending, std::size_t count) override {
    return up_to_date(reader_.top(condition, sort, descending, count));
  }
  Result<std::vector<Group>> group(const store::Condition& condition, store::GroupKey key) override {
    return reader_.group(condition, key);
  }
  Result<std::optional<HistoryRecord>> find(std::uint64_t id) override {
    return up_to_date(reader_.find(id));
  }
  Result<std::optional<HistoryRecord>> latest() override { return up_to_date(reader_.latest()); }
  Result<std::vector<HistoryRecord>> find(const Ends& ends, std::size_t most) override {
    return up_to_date(reader_.find(ends.one, ends.other, most));
  }
  Result<std::vector<Gap>> gaps(std::optional<std::int64_t> since_ns,
                                std::optional<std::int64_t> until_ns) override {
    return reader_.gaps(since_ns, until_ns);
  }
  ResetReasonNames reset_reasons(const HistoryRecord& record) override {
    const store::Run* run = run_of(record);
    utsname here{};
    if (run == nullptr || uname(&here) != 0 || run->kernel != here.release) return {};
    return kernel::reset_reason_name;
  }
  std::optional<Error> damage() const override { return std::nullopt; }

 private:
  const store::Run* run_of(const HistoryRecord& record) const {
    const auto run = std::ranges::find(runs_, record.run, &store::Run::id);
    return run != runs_.end() ? &*run : nullptr;
  }
  // A row is not written again while nothing happens to its connection; the time of the recorder's last
  // commit counts for it. A recorder that ended cleanly has written every row.
  void bring_up_to_date(HistoryRecord& record) const {
    const store::Run* run = run_of(record);
    if (run != nullptr && !run->clean_end && !record.connection.gone)
      record.seen = std::max(record.seen, run->last_commit);
  }
  Result<std::vector<HistoryRecord>> up_to_date(Result<std::vector<HistoryRecord>> records) const {
    if (records) {
      for (HistoryRecord& record : *records) bring_up_to_date(record);
    }
    return records;
  }
  Result<std::optional<HistoryRecord>> up_to_date(Result<std::optional<HistoryRecord>> record) const {
    if (!record) return record;
    if (auto& found = *record) bring_up_to_date(*found);
    return record;
  }

  store::HistoryReader reader_;
  std::vector<store::Run> runs_;
};

}  // namespace

Result<std::unique_ptr<HistorySource>> open_database(const std::string& path) {
  auto reader = store::HistoryReader::open(path);
  if (!reader) return std::unexpected(reader.error());
  auto runs = reader->runs();
  if (!runs) return std::unexpected(runs.error());
  return std::make_unique<DatabaseSource>(std::move(*reader), std::move(*runs));
}

}  // namespace conntrail::recorder
