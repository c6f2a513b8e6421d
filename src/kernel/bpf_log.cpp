#include "bpf_log.h"

#include <bpf/libbpf.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "capabilities.h"
#include "conntrail/base/text.h"

namespace conntrail::kernel {

// libbpf calls back with its own enum; this is the only place that sees it.
struct BpfLogPrinter {
  static int print(enum libbpf_print_level level, const char* format, va_list arguments) {
    BpfLog* const log = BpfLog::current();
    const bool is_debug = level == LIBBPF_DEBUG;
    if (log != nullptr && (!is_debug || log->tells_)) log->append(format, arguments, is_debug);
    return 0;
  }
};

BpfLog*& BpfLog::current() {
  thread_local BpfLog* log = nullptr;
  return log;
}

void BpfLog::append(const char* format, std::va_list arguments, bool is_debug) {
  std::va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (length <= 0) return;
  std::string message(static_cast<std::size_t>(length) + 1, '\0');
  std::vsnprintf(message.data(), message.size(), format, arguments);
  message.pop_back();
  if (!is_debug) keep(message);
  if (tells_) tell(message);
}

void BpfLog::keep(std::string_view message) {
  // A verifier log can be megabytes; the end of it is what matters.
  constexpr std::size_t kMaxLog = std::size_t{256} << 10;
  text_ += message;
  if (text_.size() > kMaxLog) text_.erase(0, text_.size() - kMaxLog);
}

// libbpf ends each message with a line end; a verifier log is one message of many lines.
void BpfLog::tell(std::string_view message) {
  for (std::string_view line : split(message, '\n')) {
    if (line.starts_with("libbpf: ")) line.remove_prefix(8);
    if (!trim(line).empty()) messages_.debug(line);
  }
}

namespace {

bool is_noise(std::string_view line) {
  constexpr std::array<std::string_view, 7> kNoise{"processed ",
                                                   "-- BEGIN PROG LOAD LOG --",
                                                   "-- END PROG LOAD LOG --",
                                                   "libbpf: failed to load object",
                                                   "failed to load BPF skeleton",
                                                   "verification time",
                                                   "stack depth"};
  for (const std::string_view noise : kNoise)
    if (line.find(noise) != std::string_view::npos) return true;
  return false;
}

}  // namespace

BpfLog::BpfLog(const Messages& messages) : outer_(current()), messages_(messages) {
  tells_ = messages_.wants(MessageLevel::debug);
  if (!tells_ && outer_ != nullptr && outer_->tells_) {
    messages_ = outer_->messages_;
    tells_ = true;
  }
  libbpf_set_print(BpfLogPrinter::print);
  current() = this;
}

BpfLog::~BpfLog() { current() = outer_; }

std::string BpfLog::essence() const { return log_essence(text_); }

std::string log_essence(const std::string& text) {
  std::string_view first_warning;
  std::string_view last_verifier;
  bool in_verifier_log = false;
  for (std::string_view line : split(text, '\n')) {
    line = trim(line);
    if (line.find("BEGIN PROG LOAD LOG") != std::string_view::npos) in_verifier_log = true;
    if (line.find("END PROG LOAD LOG") != std::string_view::npos) in_verifier_log = false;
    if (line.empty() || is_noise(line)) continue;
    if (in_verifier_log)
      last_verifier = line;
    else if (first_warning.empty())
      first_warning = line;
  }
  std::string_view best = last_verifier.empty() ? first_warning : last_verifier;
  if (best.starts_with("libbpf: ")) best.remove_prefix(8);
  return printable(best);
}

Error bpf_error(std::string what, int error, const BpfLog& log) {
  Error result;
  result.what = std::move(what);
  result.sys_errno = error;
  result.why = std::strerror(error);  // NOLINT(concurrency-mt-unsafe): glibc's is thread-safe
  if (error == EPERM) {
    const std::string missing = missing_for_tracing(effective_capabilities());
    result.kind = ErrorKind::not_permitted;
    result.hint =
        missing.empty()
            ? "the capabilities are there, but the kernel refuses: lockdown, a container's seccomp filter "
              "or a user namespace can do that"
            : "run as root, or with " + missing;
    return result;
  }
  result.kind =
      error == ENOMEM || error == EMFILE || error == ENFILE ? ErrorKind::runtime : ErrorKind::unsupported;
  const std::string essence = log.essence();
  if (!essence.empty()) result.why += ": " + essence;
  result.hint = "`conntrail doctor` shows what this kernel allows";
  return result;
}

}  // namespace conntrail::kernel
