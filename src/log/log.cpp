// The one source that includes spdlog, which is slow to compile. From spdlog: loggers with levels, patterns,
// the memory of the last lines, the worker. Its own file and stderr sinks throw or print where they cannot
// write, and follow symbolic links; the places here (log_file.h, log_stderr.h) do not.
#include "conntrail/log/log.h"

#include <spdlog/common.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/periodic_worker.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "conntrail/base/text.h"
#include "log_file.h"
#include "log_stderr.h"
#include "log_writer.h"
#include "message_fold.h"

namespace conntrail::log {
namespace {

namespace level = spdlog::level;

constexpr std::uint64_t kMostPerSecond = 5000;
constexpr LogFileLimits kFileLimits{.bytes = std::uint64_t{10} << 20, .old_files = 4};
constexpr LogFileLimits kKeptLimits{.bytes = std::uint64_t{1} << 20, .old_files = 1};
// What libbpf tells at debug would push everything else out of the memory, and making its text costs.
constexpr std::string_view kCostlyRoom = "libbpf";
constexpr const char* kFilePattern = "%Y-%m-%dT%H:%M:%S.%fZ %l %n: %v";

level::level_enum spdlog_level(MessageLevel level) {
  switch (level) {
    case MessageLevel::debug:
      return level::debug;
    case MessageLevel::hint:
    case MessageLevel::note:
      return level::info;
    case MessageLevel::warning:
      return level::warn;
    case MessageLevel::error:
      break;
  }
  return level::err;
}

// Hints and notes are one level to spdlog and in the files.
MessageLevel message_level(level::level_enum level) {
  if (level <= level::debug) return MessageLevel::debug;
  if (level == level::info) return MessageLevel::note;
  return level == level::warn ? MessageLevel::warning : MessageLevel::error;
}

spdlog::string_view_t for_spdlog(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(spdlog::string_view_t text) { return {text.data(), text.size()}; }

std::unique_ptr<spdlog::formatter> file_formatter() {
  return std::make_unique<spdlog::pattern_formatter>(kFilePattern, spdlog::pattern_time_type::utc);
}

// "conntrail: TEXT" as every command says things; in the journal, which names the program itself, "<6>TEXT".
class StderrFormatter final : public spdlog::formatter {
 public:
  explicit StderrFormatter(bool journal) : journal_(journal) {}
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const MessageLevel said = message_level(message.level);
    if (journal_) {
      append(out, priority(said));
    } else {
      append(out, "conntrail: ");
      if (said == MessageLevel::debug) append(out, "debug: ");
    }
    if (said == MessageLevel::debug) {
      append(out, view(message.logger_name));
      append(out, ": ");
    }
    append(out, view(message.payload));
    append(out, "\n");
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<StderrFormatter>(journal_);
  }

 private:
  static void append(spdlog::memory_buf_t& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
  }
  // As syslog(3) numbers them.
  static std::string_view priority(MessageLevel level) {
    if (level == MessageLevel::error) return "<3>";
    if (level == MessageLevel::warning) return "<4>";
    return level == MessageLevel::debug ? "<7>" : "<6>";
  }
  bool journal_;
};

// Lines to a place. Used under the lock of the sink in front of it.
class PlaceSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  PlaceSink(LogPlace& place, std::unique_ptr<spdlog::formatter> formatter)
      : base_sink(std::move(formatter)),
        writer_(place, [this](std::uint64_t dropped) { return drop_line(dropped); }) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string line = formatted(message);
    writer_.write(line);
  }
  void flush_() override { writer_.retry(); }

  std::string formatted(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    return {line.data(), line.size()};
  }
  std::string drop_line(std::uint64_t dropped) {
    const std::string text =
        std::to_string(dropped) + " messages were dropped here: they could not be written";
    return formatted({spdlog::string_view_t("log"), level::warn, for_spdlog(text)});
  }
  LogWriter writer_;
};

// Chooses by level and room, folds, and hands on to what is behind.
class FoldingSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  FoldingSink(std::function<bool(MessageLevel, std::string_view)> wants, std::vector<spdlog::sink_ptr> behind)
      : wants_(std::move(wants)), behind_(std::move(behind)) {}
  void finish() {
    const std::scoped_lock lock(mutex_);
    fold_.finish([this](const Message& message) { pass(message); });
    for (const auto& one : behind_) one->flush();
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const MessageLevel said = message_level(message.level);
    if (!wants_(said, view(message.logger_name))) return;
    fold_.take({said, view(message.logger_name), view(message.payload)}, mono_now(),
               [this](const Message& one) { pass(one); });
  }
  void flush_() override {
    fold_.settle(mono_now(), [this](const Message& message) { pass(message); });
    for (const auto& one : behind_) one->flush();
  }
  void pass(const Message& message) {
    const spdlog::details::log_msg said(for_spdlog(message.room), spdlog_level(message.level),
                                        for_spdlog(message.text));
    for (const auto& one : behind_) one->log(said);
  }

  std::function<bool(MessageLevel, std::string_view)> wants_;
  std::vector<spdlog::sink_ptr> behind_;
  MessageFold fold_{kMostPerSecond};
};

// A signal that ends the program must not be delivered to the worker, where nobody looks for it.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

class Log::Impl {
 public:
  explicit Impl(const LogOptions& options)
      : levels_(options.levels),
        journal_(stderr_is_journal()),
        file_(options.file, kFileLimits),
        kept_file_(options.kept_file, kKeptLimits),
        to_stderr_(options.file.empty()),
        memory_(std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(kRemembered)) {
    kept_file_.hold();
    memory_->set_formatter(file_formatter());
    remember_ = std::make_shared<FoldingSink>(
        [this](MessageLevel level, std::string_view room) { return remembers(level, room); },
        std::vector<spdlog::sink_ptr>{memory_});
    std::vector<spdlog::sink_ptr> places{
        to_stderr_ ? std::make_shared<PlaceSink>(stderr_, std::make_unique<StderrFormatter>(journal_))
                   : std::make_shared<PlaceSink>(file_, file_formatter())};
    if (!options.kept_file.empty())
      places.push_back(std::make_shared<PlaceSink>(kept_file_, file_formatter()));
    tell_ = std::make_shared<FoldingSink>(
        [this](MessageLevel level, std::string_view room) { return levels_.wants(level, room); },
        std::move(places));
    for (const std::string_view room : options.rooms) add_logger(room);
    other_ = add_logger("conntrail");
  }

  Result<void> start() {
    if (!to_stderr_) {
      if (auto opened = file_.open(); !opened) return opened;
    }
    const SignalsBlocked blocked;
    worker_.emplace([this] { settle(); }, std::chrono::seconds(1));
    return {};
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    worker_.reset();
    try {
      finish();
    } catch (const std::exception&) {
      // No memory for the last counts; a destructor must not throw.
    }
  }

  void write(MessageLevel level, std::string_view room, std::string_view text) {
    const auto found = loggers_.find(room);
    spdlog::logger& logger = found == loggers_.end() ? *other_ : *found->second;
    for (std::string_view line : split(text, '\n')) {
      const std::string safe = printable(line);
      logger.log(spdlog_level(level), for_spdlog(safe));
    }
  }
  [[nodiscard]] bool wants(MessageLevel level, std::string_view room) const {
    return remembers(level, room) || levels_.wants(level, room);
  }

  void keep() {
    kept_file_.release();
    settle();
  }
  void finish() {
    remember_->finish();
    tell_->finish();
  }
  [[nodiscard]] bool to_stderr() const { return to_stderr_; }

  [[nodiscard]] std::vector<std::string> remembered() const {
    remember_->finish();
    std::vector<std::string> lines = memory_->last_formatted();
    for (std::string& line : lines) {
      if (line.ends_with('\n')) line.pop_back();
    }
    return lines;
  }
  void show_remembered() {
    const std::vector<std::string> lines = remembered();
    tell_->finish();
    const std::string prefix = journal_ ? "<7>" : "";
    std::string text = (journal_ ? std::string("<6>") : std::string("conntrail: ")) + "the last " +
                       std::to_string(lines.size()) + " messages, debug included:\n";
    for (const std::string& line : lines) text += prefix + "  " + line + "\n";
    // The program is at its end: a reader gets a moment, then what it does not take is lost.
    constexpr int kMomentMs = 500;
    [[maybe_unused]] const std::size_t taken = stderr_.take_within(text, kMomentMs);
  }

 private:
  bool remembers(MessageLevel level, std::string_view room) const {
    return level != MessageLevel::debug || room != kCostlyRoom || levels_.wants(level, room);
  }
  std::shared_ptr<spdlog::logger> add_logger(std::string_view room) {
    auto logger =
        std::make_shared<spdlog::logger>(std::string(room), spdlog::sinks_init_list{remember_, tell_});
    logger->set_level(level::debug);  // the sinks choose
    // The default prints to stderr. What can fail here is memory for a line; the next line may fit again.
    logger->set_error_handler([](const std::string&) {});
    loggers_.emplace(std::string(room), logger);
    return logger;
  }
  void settle() {
    try {
      remember_->flush();
      tell_->flush();
    } catch (const std::exception&) {
      // As above: it is tried again in a second.
    }
  }

  LogLevels levels_;
  bool journal_;
  LogStderr stderr_;
  LogFile file_;
  LogFile kept_file_;
  bool to_stderr_;
  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> memory_;
  std::shared_ptr<FoldingSink> remember_;
  std::shared_ptr<FoldingSink> tell_;
  std::map<std::string, std::shared_ptr<spdlog::logger>, std::less<>> loggers_;
  std::shared_ptr<spdlog::logger> other_;
  std::optional<spdlog::details::periodic_worker> worker_;  // last: it uses all of the above
};

Result<std::unique_ptr<Log>> Log::open(const LogOptions& options) {
  try {
    auto impl = std::make_unique<Impl>(options);
    if (auto started = impl->start(); !started) return std::unexpected(started.error());
    return std::unique_ptr<Log>(new Log(std::move(impl)));
  } catch (const std::exception& failure) {
    return fail("cannot start the log", failure.what());
  }
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Log::~Log() = default;

void Log::keep() { impl_->keep(); }

void Log::write(MessageLevel level, std::string_view room, std::string_view text) {
  if (!impl_->wants(level, room)) return;
  try {
    impl_->write(level, room, text);
  } catch (const std::exception&) {
    // No memory for a line: the work, which needs it more, goes on.
  }
}

bool Log::wants(MessageLevel level, std::string_view room) const { return impl_->wants(level, room); }
bool Log::to_stderr() const { return impl_->to_stderr(); }
std::vector<std::string> Log::remembered() const { return impl_->remembered(); }
void Log::show_remembered() { impl_->show_remembered(); }
void Log::flush() { impl_->finish(); }

}  // namespace conntrail::log
