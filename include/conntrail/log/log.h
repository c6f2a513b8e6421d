// Log: the messages of a command that runs long: to stderr or into a file, and into memory.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/messages.h"
#include "conntrail/base/result.h"
#include "conntrail/log/log_levels.h"

namespace conntrail::log {

struct LogOptions {
  LogLevels levels;
  std::string file;       // in place of stderr; empty: stderr
  std::string kept_file;  // the same lines here too, from the moment of Log::keep() on; empty: none
  std::span<const std::string_view> rooms;  // that messages come from; literals
};

// Docs: docs/logging.md. The lines in memory are the last kRemembered of all rooms, debug included where its
// text costs nothing, whatever the levels say. A message that cannot be written never throws, waits or ends
// the program; how many were dropped is said when writing works again.
class Log final : public MessageSink {
 public:
  static constexpr std::size_t kRemembered = 200;

  // Fails when `file` cannot be written. Make it where Signals have been taken: SIGPIPE has to be ignored.
  [[nodiscard]] static Result<std::unique_ptr<Log>> open(const LogOptions& options);
  ~Log() override;

  // The kept file is written from now on, beginning with what was said before. Until then it is not made: a
  // command that fails at its start leaves nothing behind.
  void keep();

  void write(MessageLevel level, std::string_view room, std::string_view text) override;
  [[nodiscard]] bool wants(MessageLevel level, std::string_view room) const override;

  [[nodiscard]] bool to_stderr() const;
  // The lines in memory, the oldest first, without line ends.
  [[nodiscard]] std::vector<std::string> remembered() const;
  // These lines to stderr, under a heading.
  void show_remembered();
  // Counts of repeats and what waits are written now as far as they can.
  void flush();

 private:
  class Impl;
  explicit Log(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace conntrail::log
