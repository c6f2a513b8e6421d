// Result<T>: how every fallible function of conntrail answers.
//
// A recoverable failure is a value, never an exception. An Error says what could not be done, why, and what
// the user can do about it; `format_error` puts the three on one line for stderr.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace conntrail {

// The process exit code a failure leads to (docs/architecture.md, "Commands").
enum class ErrorKind : std::uint8_t {
  runtime,        // exit 2: the operation failed
  usage,          // exit 2: the user asked for something that makes no sense
  not_permitted,  // exit 3: more privilege would make it work
  unsupported,    // exit 4: this kernel lacks it
};

struct Error {
  ErrorKind kind = ErrorKind::runtime;
  std::string what;   // "cannot open /proc/net/tcp"
  std::string why;    // "Permission denied"; may be empty
  std::string hint;   // "run as root, or …"; may be empty
  int sys_errno = 0;  // the errno behind it, 0 when there was none
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] std::unexpected<Error> fail(std::string what, std::string why = {}, std::string hint = {});
[[nodiscard]] std::unexpected<Error> fail_usage(std::string what, std::string why = {},
                                                std::string hint = {});
[[nodiscard]] std::unexpected<Error> fail_unsupported(std::string what, std::string why = {},
                                                      std::string hint = {});

// From an errno value: EPERM and EACCES become `not_permitted`,
// ENOSYS/EOPNOTSUPP/EPROTONOSUPPORT/EAFNOSUPPORT become `unsupported`; `why` is the system's text for it.
[[nodiscard]] std::unexpected<Error> fail_errno(std::string what, int sys_errno, std::string hint = {});

// "what: why (hint)"; empty parts are left out. Control characters are made visible.
[[nodiscard]] std::string format_error(const Error& error);

[[nodiscard]] int exit_code(ErrorKind kind);

}  // namespace conntrail
