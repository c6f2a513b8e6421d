// The user's language: texts of netstat through gettext, English where there is no catalogue.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace conntrail::netstat {

// Takes the language from the environment (LC_ALL, LC_MESSAGES, LANG, LANGUAGE) and finds the catalogues:
// beside the program in the build tree, under ../share/locale once it is installed. Call once, before any
// text is made.
void use_environment_language();

// `english` in the user's language. The answer lives as long as the program; `english` is the key in po/ and
// must be a literal there (xgettext collects the calls). Where net-tools has the text, the key is its own, so
// that the catalogues can be compared.
[[nodiscard]] std::string_view translated(const char* english);

// Marks a key in a table for xgettext; the code that prints it translates it: translated(entry->text).
[[nodiscard]] consteval const char* translatable(const char* english) { return english; }

// The same with each of printf's conversions in it ("%s", "%d", "%lu"; "%%" is none) replaced by one of
// `values`, in order.
[[nodiscard]] std::string translated(const char* english, std::initializer_list<std::string_view> values);

// The same in a context, for a text that is not worded alike everywhere: the key in po/ has it as msgctxt.
[[nodiscard]] std::string_view translated_in(const char* context, const char* english);

// A message of the C library's own catalogue, as getopt prints it.
[[nodiscard]] std::string translated_by_libc(const char* english,
                                             std::initializer_list<std::string_view> values);

// `pattern` with its conversions replaced. Pure; those without a value stay as they are.
[[nodiscard]] std::string with_values(std::string_view pattern,
                                      std::initializer_list<std::string_view> values);

}  // namespace conntrail::netstat
