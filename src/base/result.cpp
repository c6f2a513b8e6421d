#include "conntrail/base/result.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include "conntrail/base/text.h"

namespace conntrail {
namespace {

std::unexpected<Error> make(ErrorKind kind, std::string what, std::string why, std::string hint) {
  return std::unexpected(Error{kind, std::move(what), std::move(why), std::move(hint), 0});
}

ErrorKind kind_of_errno(int sys_errno) {
  switch (sys_errno) {
    case EPERM:
    case EACCES:
      return ErrorKind::not_permitted;
    case ENOSYS:
    case EOPNOTSUPP:
    case EPROTONOSUPPORT:
    case EAFNOSUPPORT:
      return ErrorKind::unsupported;
    default:
      return ErrorKind::runtime;
  }
}

}  // namespace

std::unexpected<Error> fail(std::string what, std::string why, std::string hint) {
  return make(ErrorKind::runtime, std::move(what), std::move(why), std::move(hint));
}

std::unexpected<Error> fail_usage(std::string what, std::string why, std::string hint) {
  return make(ErrorKind::usage, std::move(what), std::move(why), std::move(hint));
}

std::unexpected<Error> fail_unsupported(std::string what, std::string why, std::string hint) {
  return make(ErrorKind::unsupported, std::move(what), std::move(why), std::move(hint));
}

std::unexpected<Error> fail_errno(std::string what, int sys_errno, std::string hint) {
  // std::generic_category().message() is strerror() made safe for threads.
  return std::unexpected(Error{kind_of_errno(sys_errno), std::move(what),
                               std::generic_category().message(sys_errno), std::move(hint), sys_errno});
}

std::string format_error(const Error& error) {
  std::string text = error.what;
  if (!error.why.empty()) text += ": " + error.why;
  if (!error.hint.empty()) text += " (" + error.hint + ")";
  // A filter error is several lines on purpose (expression and caret), so line ends stay.
  std::string safe;
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    safe += printable(std::string_view(text).substr(begin, end - begin));
    safe += '\n';
    begin = end + 1;
  }
  return safe + printable(std::string_view(text).substr(begin));
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_permitted:
      return 3;
    case ErrorKind::unsupported:
      return 4;
    case ErrorKind::runtime:
    case ErrorKind::usage:
      break;
  }
  return 2;
}

}  // namespace conntrail
