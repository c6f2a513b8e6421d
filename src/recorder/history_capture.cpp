// A capture as a source: replayed into memory, with the records as a recorder would have left them.
#include <algorithm>
#include <limits>
#include <utility>

#include "conntrail/model/listener.h"
#include "conntrail/recorder/history_source.h"
#include "conntrail/session/explain.h"
#include "conntrail/session/replay.h"
#include "conntrail/store/keys.h"

namespace conntrail::recorder {
namespace {

using store::HistoryRecord;

// Keeps what the recorder would have marked as gaps.
class Losses final : public track::ChangeSink {
 public:
  explicit Losses(WallClock clock) : clock_(clock) {}
  void on_change(const Change& change) override {
    const Lost* lost = std::get_if<Lost>(&change);
    if (lost == nullptr) return;
    const MonoTime from = lost->from.known() ? lost->from : lost->to;
    gaps.push_back({clock_.real_ns(from), clock_.real_ns(lost->to), lost->count, "events lost"});
  }
  void set_clock(WallClock clock) { clock_ = clock; }
  std::vector<Gap> gaps;

 private:
  WallClock clock_;
};

bool is_end(const Endpoint& wanted, const Endpoint& end) {
  const bool address =
      wanted.address.family == Family::unspecified || wanted.address.unmapped() == end.address.unmapped();
  return address && (wanted.port == 0 || wanted.port == end.port);
}

// Which end is this side's does not matter.
bool has_ends(const FourTuple& tuple, const Ends& ends) {
  return (is_end(ends.one, tuple.local) && is_end(ends.other, tuple.remote)) ||
         (is_end(ends.one, tuple.remote) && is_end(ends.other, tuple.local));
}

class CaptureSource final : public HistorySource {
 public:
  CaptureSource(std::vector<HistoryRecord> records, std::vector<Gap> gaps, ResetReasonNames names,
                std::optional<Error> damage)
      : records_(std::move(records)),
        gaps_(std::move(gaps)),
        names_(std::move(names)),
        damage_(std::move(damage)) {}

  Result<void> for_each(const store::Condition& condition, store::SortKey sort, bool descending,
                        const Visit& visit) override {
    for (const HistoryRecord* record : sorted(condition, sort, descending)) {
      if (!visit(*record)) break;
    }
    return {};
  }
  Result<std::vector<HistoryRecord>> top(const store::Condition& condition, store::SortKey sort,
                                         bool descending, std::size_t count) override {
    std::vector<HistoryRecord> out;
    for (const HistoryRecord* record : sorted(condition, sort, descending)) {
      if (out.size() == count) break;
      out.push_back(*record);
    }
    return out;
  }
  Result<std::vector<Group>> group(const store::Condition& condition, store::GroupKey key) override {
    store::Groups groups;
    for (const HistoryRecord& record : records_) {
      if (fits(condition, record)) store::count_in(groups, record, key);
    }
    return store::largest_first(std::move(groups));
  }
  Result<std::optional<HistoryRecord>> find(std::uint64_t id) override {
    const auto found =
        std::ranges::find(records_, id, [](const HistoryRecord& r) { return r.connection.id; });
    return found != records_.end() ? std::optional(*found) : std::nullopt;
  }
  Result<std::optional<HistoryRecord>> latest() override {
    if (records_.empty()) return std::nullopt;
    const auto found = std::find_if(records_.rbegin(), records_.rend(),
                                    [](const HistoryRecord& r) { return !is_listener(r.connection); });
    return found != records_.rend() ? *found : records_.back();
  }
  Result<std::vector<HistoryRecord>> find(const Ends& ends, std::size_t most) override {
    // In the order of the database: living connections first.
    std::vector<HistoryRecord> out;
    for (const bool gone : {false, true}) {
      for (auto record = records_.rbegin(); record != records_.rend() && out.size() < most; ++record) {
        if (record->connection.gone == gone && has_ends(record->connection.tuple, ends))
          out.push_back(*record);
      }
    }
    return out;
  }
  Result<std::vector<Gap>> gaps(std::optional<std::int64_t> since_ns,
                                std::optional<std::int64_t> until_ns) override {
    std::vector<Gap> out;
    for (const Gap& gap : gaps_) {
      if ((!since_ns || gap.to_ns >= *since_ns) && (!until_ns || gap.from_ns < *until_ns)) out.push_back(gap);
    }
    return out;
  }
  ResetReasonNames reset_reasons(const HistoryRecord& record) override {
    static_cast<void>(record);
    return names_;
  }
  std::optional<Error> damage() const override { return damage_; }

 private:
  static bool fits(const store::Condition& condition, const HistoryRecord& record) {
    return fits_time(condition, record) && !(condition.open_only && record.connection.gone);
  }
  // By value, then by id; records whose value is unknown come last.
  [[nodiscard]] std::vector<const HistoryRecord*> sorted(const store::Condition& condition,
                                                         store::SortKey sort, bool descending) const {
    struct Ranked {
      std::optional<std::int64_t> value;
      const HistoryRecord* record;
    };
    std::vector<Ranked> ranked;
    for (const HistoryRecord& record : records_) {
      if (fits(condition, record))
        ranked.push_back({store::sort_value(record.connection, record.seen, record.clock, sort), &record});
    }
    std::ranges::sort(ranked, [descending](const Ranked& a, const Ranked& b) {
      if (a.value.has_value() != b.value.has_value()) return a.value.has_value();
      const std::uint64_t a_id = a.record->connection.id;
      const std::uint64_t b_id = b.record->connection.id;
      if (!a.value || *a.value == *b.value) return descending ? a_id > b_id : a_id < b_id;
      return descending ? *a.value > *b.value : *a.value < *b.value;
    });
    std::vector<const HistoryRecord*> out;
    out.reserve(ranked.size());
    for (const Ranked& entry : ranked) out.push_back(entry.record);
    return out;
  }

  std::vector<HistoryRecord> records_;  // by id
  std::vector<Gap> gaps_;
  ResetReasonNames names_;
  std::optional<Error> damage_;
};

}  // namespace

Result<std::unique_ptr<HistorySource>> open_capture(const std::string& path, const Messages& messages) {
  auto replay = session::Replay::open(path);
  if (!replay) return std::unexpected(replay.error());
  const WallClock clock = replay->header().clock;
  Losses losses(clock);
  track::Limits limits;
  limits.ended_bytes = std::numeric_limits<std::size_t>::max();  // all of them are asked for
  track::Tracker tracker(losses, limits);
  session::ReplayOptions options;
  options.on_clock = [&losses](WallClock set) { losses.set_clock(set); };
  const session::ReplaySummary summary = replay->run(tracker, options);
  session::explain_capture(replay->header(), messages);
  std::vector<HistoryRecord> records;
  tracker.for_each([&](const Connection& connection) {
    records.push_back(
        {connection, connection.gone ? connection.last_event : summary.ended, 1, summary.clock});
  });
  std::ranges::sort(records, {}, [](const HistoryRecord& record) { return record.connection.id; });
  return std::make_unique<CaptureSource>(std::move(records), std::move(losses.gaps), replay->reset_reasons(),
                                         summary.damage);
}

}  // namespace conntrail::recorder
