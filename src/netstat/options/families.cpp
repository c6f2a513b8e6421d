#include "options/families.h"

#include <array>

#include "conntrail/base/text.h"
#include "output/translation.h"

namespace conntrail::netstat {

namespace {

struct Alias {
  std::string_view alias;
  std::string_view name;
  bool Families::*flag;  // null: accepted, but there is no socket table of that family
};

constexpr std::array kAliases{
    Alias{"ax25", "ax25", &Families::ax25},
    Alias{"ip", "inet", &Families::inet},
    Alias{"ip6", "inet6", &Families::inet6},
    Alias{"ipx", "ipx", &Families::ipx},
    Alias{"rose", "rose", &Families::rose},
    Alias{"appletalk", "ddp", nullptr},
    Alias{"netrom", "netrom", &Families::netrom},
    Alias{"inet", "inet", &Families::inet},
    Alias{"inet6", "inet6", &Families::inet6},
    Alias{"ddp", "ddp", nullptr},
    Alias{"unix", "unix", &Families::unix_domain},
    Alias{"tcpip", "inet", &Families::inet},
    Alias{"econet", "ec", nullptr},
    Alias{"x25", "x25", &Families::x25},
    Alias{"ash", "ash", nullptr},
    Alias{"bluetooth", "bluetooth", &Families::bluetooth},
};

constexpr std::size_t kMaxNames = 256;  // netstat's own limit for the joined list, terminator included
constexpr std::size_t kMaxList = 255;   // of one argument; what is longer is cut

const Alias* find(std::string_view alias) {
  for (const Alias& candidate : kAliases) {
    if (candidate.alias == alias) return &candidate;
  }
  return nullptr;
}

}  // namespace

bool Families::add(std::string_view list, std::string& message) {
  for (const std::string_view word : split(list.substr(0, kMaxList), ',')) {
    const Alias* alias = find(word);
    if (alias == nullptr) {
      message += translated("Unknown address family `%s'.\n", {printable(word)});
      return false;
    }
    if (alias->name.size() + names.size() + 1 >= kMaxNames) {
      message += translated("Too much address family arguments.\n");
      return true;
    }
    if (alias->flag != nullptr) this->*alias->flag = true;
    if (!names.empty()) names += ',';
    names += alias->name;
  }
  return true;
}

}  // namespace conntrail::netstat
