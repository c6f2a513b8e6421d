// LogWriter: lines on their way to a place that may refuse them: a full disk, a reader that is gone or slow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace conntrail::log {

// A file, or stderr.
class LogPlace {
 public:
  LogPlace() = default;
  LogPlace(const LogPlace&) = delete;
  LogPlace& operator=(const LogPlace&) = delete;
  virtual ~LogPlace() = default;
  // How many bytes of `text`, which is whole lines or the rest of one, it took now. Never waits for a reader.
  [[nodiscard]] virtual std::size_t take(std::string_view text) = 0;
};

// What the place does not take is kept up to a bound and offered again; what exceeds the bound is dropped,
// and a line that says how many were follows when the place takes lines again.
class LogWriter {
 public:
  using DropLine = std::function<std::string(std::uint64_t dropped)>;
  static constexpr std::size_t kMostHeld = std::size_t{64} << 10;

  LogWriter(LogPlace& place, DropLine drop_line) : place_(place), drop_line_(std::move(drop_line)) {}

  // `line` ends with a line end.
  void write(std::string_view line);
  // Offers again what is held.
  void retry();
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }  // and not told yet

 private:
  void offer_held();

  LogPlace& place_;
  DropLine drop_line_;
  std::string held_;
  std::uint64_t dropped_ = 0;
};

}  // namespace conntrail::log
