#include "output/translation.h"

#include <libintl.h>
#include <sys/auxv.h>

#include <array>
#include <clocale>
#include <filesystem>
#include <string>
#include <system_error>

namespace conntrail::netstat {

namespace {

namespace fs = std::filesystem;

constexpr const char* kDomain = "conntrail-netstat";

// Where build/release/conntrail and /usr/bin/conntrail have theirs.
constexpr std::array kPlaces{"locale", "../share/locale"};

// The running program's file, without links. Where /proc is not the kernel's, the name the program was
// started by is used; that name comes from the caller, so a program with more rights than its caller does not
// rely on it.
fs::path program_file() {
  std::error_code error;
  fs::path file = fs::read_symlink("/proc/self/exe", error);
  if (!error) return file;
  const unsigned long name = ::getauxval(AT_EXECFN);
  if (name == 0 || ::getauxval(AT_SECURE) != 0) return {};
  // The kernel hands pointers over as numbers.
  file = fs::canonical(reinterpret_cast<const char*>(name), error);  // NOLINT(performance-no-int-to-ptr)
  return error ? fs::path() : file;
}

fs::path catalogue_directory() {
  const fs::path program = program_file();
  std::error_code error;
  if (!program.empty()) {
    for (const char* place : kPlaces) {
      fs::path directory = program.parent_path() / place;
      if (fs::is_directory(directory, error)) return directory;
    }
  }
  return CONNTRAIL_LOCALE_DIRECTORY;
}

}  // namespace

void use_environment_language() {
  std::setlocale(LC_ALL, "");
  ::bindtextdomain(kDomain, catalogue_directory().c_str());
}

std::string_view translated(const char* english) { return ::dgettext(kDomain, english); }

std::string_view translated_in(const char* context, const char* english) {
  // gettext keeps such a key as "context EOT text".
  const std::string key = std::string(context).append("\004").append(english);
  const char* text = ::dgettext(kDomain, key.c_str());
  return text == key.c_str() ? english : text;
}

std::string translated(const char* english, std::initializer_list<std::string_view> values) {
  return with_values(::dgettext(kDomain, english), values);
}

std::string translated_by_libc(const char* english, std::initializer_list<std::string_view> values) {
  return with_values(::dgettext("libc", english), values);
}

std::string with_values(std::string_view pattern, std::initializer_list<std::string_view> values) {
  static constexpr std::string_view kFlags = "-+ #0123456789.hlqjzt";
  std::string text;
  const auto* value = values.begin();
  while (true) {
    const std::size_t percent = pattern.find('%');
    text += pattern.substr(0, percent);
    if (percent == std::string_view::npos) return text;
    const std::size_t letter = pattern.find_first_not_of(kFlags, percent + 1);
    if (letter == std::string_view::npos) return text += pattern.substr(percent);
    if (pattern[letter] == '%') {
      text += '%';
    } else if (value != values.end()) {
      text += *value++;
    } else {
      text += pattern.substr(percent, letter + 1 - percent);
    }
    pattern.remove_prefix(letter + 1);
  }
}

}  // namespace conntrail::netstat
