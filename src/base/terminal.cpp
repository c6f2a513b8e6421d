#include "conntrail/base/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "conntrail/base/text.h"

namespace conntrail {
namespace {

winsize window_size(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) return {};
  return size;
}

}  // namespace

int terminal_width(int fd) {
  if (isatty(fd) != 1) return 0;
  if (const char* columns = std::getenv("COLUMNS"); columns != nullptr) {
    if (const auto number = parse_number<int>(columns); number && *number > 0) return *number;
  }
  constexpr int kUsual = 80;
  const int columns = window_size(fd).ws_col;
  return columns > 0 ? columns : kUsual;
}

bool wants_colour(int fd) {
  if (isatty(fd) != 1) return false;
  if (const char* no_colour = std::getenv("NO_COLOR"); no_colour != nullptr && *no_colour != '\0')
    return false;
  const char* term = std::getenv("TERM");
  return term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace conntrail
