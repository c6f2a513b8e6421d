// What libbpf has to say, caught instead of printed: a view's stderr is not the place for a verifier log.
#pragma once

#include <cstdarg>
#include <string>

#include "conntrail/base/result.h"

namespace conntrail::kernel {

// While it lives, libbpf's warnings of this thread go here. libbpf's print function is global to the process;
// the first use replaces it for good (threads without a log in place print nothing).
class BpfLog {
 public:
  BpfLog();
  ~BpfLog();
  BpfLog(const BpfLog&) = delete;
  BpfLog& operator=(const BpfLog&) = delete;

  [[nodiscard]] const std::string& text() const { return text_; }
  // The line that says most: the verifier's last complaint, else libbpf's first warning.
  [[nodiscard]] std::string essence() const;

 private:
  void append(const char* format, std::va_list arguments);
  static BpfLog*& current();
  friend struct BpfLogPrinter;
  std::string text_;
  BpfLog* outer_;
};

// The essence of a libbpf log (see BpfLog::essence).
[[nodiscard]] std::string log_essence(const std::string& text);

// A failed bpf(2) call or libbpf function as an Error. `error` is a positive errno. EPERM is a matter of
// privilege; EACCES and EINVAL of a program load are the verifier's no, so of the kernel.
[[nodiscard]] Error bpf_error(std::string what, int error, const BpfLog& log);

}  // namespace conntrail::kernel
