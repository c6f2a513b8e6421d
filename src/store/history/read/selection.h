// A Condition as SQL: the parts of `record` in which everything that fits is found, each by its own index.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conntrail/store/history.h"
#include "history/sqlite.h"

namespace conntrail::store {

// Buckets of which every row fits the times of a condition, and those of which only some may.
struct BucketRange {
  std::int64_t first = 0;  // of all that must be looked at
  std::int64_t last = 0;
  std::int64_t first_whole = 0;  // of those that fit as a whole; none when it exceeds last_whole
  std::int64_t last_whole = 0;
};

class Selection {
 public:
  explicit Selection(const Condition& condition);

  [[nodiscard]] const BucketRange& buckets() const { return buckets_; }
  // Nothing but a time is asked for, so that what is kept per bucket answers.
  [[nodiscard]] bool only_time() const { return only_time_; }
  [[nodiscard]] bool everything() const { return only_time_ && !condition_.since_ns && !condition_.until_ns; }

  // What may follow FROM, each with `record r` in it; no row is in two of them.
  [[nodiscard]] std::vector<std::string> parts() const;
  // The settled rows of one bucket that fit.
  [[nodiscard]] std::string of_bucket(std::int64_t bucket) const;
  // The rows beyond the buckets of the time: what lives, and what was open then and ended later.
  [[nodiscard]] std::vector<std::string> beyond() const;

  // Gives the database the function that parts() use to compare addresses. The selection must outlive what is
  // prepared with it.
  [[nodiscard]] Result<void> install(const Database& database) const;

 private:
  [[nodiscard]] std::string settled(std::int64_t first, std::int64_t last) const;
  [[nodiscard]] std::string with_filters(const std::string& where) const;

  Condition condition_;
  BucketRange buckets_;
  bool only_time_ = false;
  std::string addresses_;  // a list in SQL when only whole addresses are asked for
  std::string filters_;    // " AND …" for every row
};

}  // namespace conntrail::store
