#include "sockets/table_file.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "output/translation.h"

namespace conntrail::netstat {

SectionStatus missing_table(Session& session, const char* path, std::string_view feature, int error) {
  if (error != ENOENT && error != EACCES) {
    tell_error(session.console, path, error);
    return 255;
  }
  if (session.options.implied_protocols) return 0;
  const bool named = session.options.tables_named();
  if (named || session.options.verbose) tell_unsupported(session.console, feature);
  return named ? 1 : 0;
}

SectionStatus missing_family(Session& session, const char* path, std::string_view feature, int error) {
  if (error != ENOENT) {
    tell_error(session.console, path, error);
    return 255;
  }
  const bool named = session.options.tables_named();
  if (named || session.options.verbose) tell_unsupported(session.console, feature);
  return named ? 1 : 0;
}

void tell_unsupported(Console& console, std::string_view feature) {
  console.message(translated("%s: no support for `%s' on this system.\n", {"netstat", feature}));
}

void tell_error(Console& console, std::string_view what, int error) {
  std::string text(what);
  text.append(": ").append(std::generic_category().message(error)).append("\n");
  console.message(text);
}

}  // namespace conntrail::netstat
