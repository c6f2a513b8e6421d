// Catches libbpf's messages instead of printing them: a view's stderr is not the place for a verifier log.
#pragma once

#include <cstdarg>
#include <string>
#include <string_view>

#include "conntrail/base/messages.h"
#include "conntrail/base/result.h"

namespace conntrail::kernel {

// While it lives, libbpf's warnings of this thread go here. libbpf's print function is global to the process;
// the first use replaces it for good (threads without a log in place print nothing). All that libbpf says,
// its debug lines included, also goes to `messages` where they want debug; a log within another one tells the
// same.
class BpfLog {
 public:
  explicit BpfLog(const Messages& messages = {});
  ~BpfLog();
  BpfLog(const BpfLog&) = delete;
  BpfLog& operator=(const BpfLog&) = delete;

  [[nodiscard]] const std::string& text() const { return text_; }
  // The most informative line: the verifier's last complaint, else libbpf's first warning.
  [[nodiscard]] std::string essence() const;

 private:
  void append(const char* format, std::va_list arguments, bool is_debug);
  void keep(std::string_view message);
  void tell(std::string_view message);
  static BpfLog*& current();
  friend struct BpfLogPrinter;
  std::string text_;
  BpfLog* outer_;
  Messages messages_;
  bool tells_ = false;
};

// The essence of a libbpf log (see BpfLog::essence).
[[nodiscard]] std::string log_essence(const std::string& text);

// A failed bpf(2) call or libbpf function as an Error. `error` is a positive errno. EPERM is a matter of
// privilege; EACCES and EINVAL at a program's load come from the verifier and so are a matter of the kernel.
[[nodiscard]] Error bpf_error(std::string what, int error, const BpfLog& log);

}  // namespace conntrail::kernel
