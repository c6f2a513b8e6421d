#include "translation.h"

#include <libintl.h>
#include <unistd.h>

#include <array>
#include <clocale>
#include <filesystem>
#include <string>
#include <system_error>

namespace conntrail::netstat {

namespace {

constexpr const char* kDomain = "conntrail-netstat";

// Where build/release/conntrail and /usr/bin/conntrail have theirs.
constexpr std::array kPlaces{"locale", "../share/locale"};

}  // namespace

void use_environment_language() {
  std::setlocale(LC_ALL, "");
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return;
  for (const char* place : kPlaces) {
    const auto directory = program.parent_path() / place;
    if (!std::filesystem::is_directory(directory, error)) continue;
    ::bindtextdomain(kDomain, directory.c_str());
    ::bind_textdomain_codeset(kDomain, "UTF-8");
    return;
  }
}

std::string_view translated(const char* english) { return ::dgettext(kDomain, english); }

}  // namespace conntrail::netstat
