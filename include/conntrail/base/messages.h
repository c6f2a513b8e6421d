// Messages: what a part of the program has to say to whoever runs it. Handed in, so that nothing below the
// commands prints: the commands decide whether a message goes to stderr, into a log or nowhere.
#pragma once

#include <cstdint>
#include <string_view>

#include "conntrail/base/result.h"

namespace conntrail {

enum class MessageLevel : std::uint8_t {
  debug,    // for whoever debugs conntrail itself
  hint,     // a better way to ask for the same
  note,     // what the reader of the output should know
  warning,  // the work goes on, but something of it is missing or lost
  error,    // the work, or this part of it, has failed
};
inline constexpr std::size_t kMessageLevels = 5;

// "debug", "hint", "note", "warning", "error".
[[nodiscard]] std::string_view level_name(MessageLevel level);

// Where messages go. May be called from any thread.
class MessageSink {
 public:
  MessageSink() = default;
  MessageSink(const MessageSink&) = delete;
  MessageSink& operator=(const MessageSink&) = delete;
  virtual ~MessageSink() = default;

  // `room`: the part of the program that speaks ("session"), empty for a command itself. `text` is one line
  // and may hold control characters that strangers chose (names of processes and files).
  virtual void write(MessageLevel level, std::string_view room, std::string_view text) = 0;
  // Asked before a text is made that costs something to make.
  [[nodiscard]] virtual bool wants(MessageLevel level, std::string_view room) const = 0;
};

// A handle, cheap to copy, for one room. Without a sink it says nothing. The sink must outlive it.
class Messages {
 public:
  Messages() = default;
  explicit Messages(MessageSink& sink, std::string_view room = {}) : sink_(&sink), room_(room) {}
  // `room` must be a literal.
  [[nodiscard]] Messages of_room(std::string_view room) const {
    Messages copy = *this;
    copy.room_ = room;
    return copy;
  }

  void debug(std::string_view text) const { tell(MessageLevel::debug, text); }
  void hint(std::string_view text) const { tell(MessageLevel::hint, text); }
  void note(std::string_view text) const { tell(MessageLevel::note, text); }
  void warning(std::string_view text) const { tell(MessageLevel::warning, text); }
  void error(const Error& error) const { tell(MessageLevel::error, format_error(error)); }
  void tell(MessageLevel level, std::string_view text) const {
    if (sink_ != nullptr) sink_->write(level, room_, text);
  }
  [[nodiscard]] bool wants(MessageLevel level) const {
    return sink_ != nullptr && sink_->wants(level, room_);
  }

 private:
  MessageSink* sink_ = nullptr;
  std::string_view room_;
};

}  // namespace conntrail
