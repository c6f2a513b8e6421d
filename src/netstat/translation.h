// The user's language: texts of netstat through gettext, English where there is no catalogue.
#pragma once

#include <string_view>

namespace conntrail::netstat {

// Takes the language from the environment (LC_ALL, LC_MESSAGES, LANG, LANGUAGE) and finds the catalogues:
// beside the program in the build tree, under ../share/locale once it is installed. Call once, before any
// text is made.
void use_environment_language();

// `english` in the user's language. The answer lives as long as the program; `english` is the key in po/ and
// must be a literal there (xgettext collects the calls).
[[nodiscard]] std::string_view translated(const char* english);

}  // namespace conntrail::netstat
