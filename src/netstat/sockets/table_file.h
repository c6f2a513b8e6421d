// Reading the /proc files behind a section, with netstat's judgement about missing ones.
#pragma once

#include <string_view>

#include "proc/proc_lines.h"
#include "sockets/section.h"

namespace conntrail::netstat {

// An Internet table: an IPv4 file whose absence is reported, and an IPv6 file whose absence is not.
struct InetFiles {
  const char* v4;
  const char* v6;
  std::string_view feature;  // "AF INET (tcp)"
};

// Feeds `line(text, number, v6)` every line of the files that the families ask for; numbers count from 0 in
// each file.
template <class Line>
[[nodiscard]] SectionStatus read_inet_files(Session& session, const InetFiles& files, const Line& line);

// One file whose absence is reported: feeds `line(text, number)`.
template <class Line>
[[nodiscard]] SectionStatus read_table(Session& session, const char* path, std::string_view feature,
                                       const Line& line);

// The message and the status when the file of a table could not be opened.
[[nodiscard]] SectionStatus missing_table(Session& session, const char* path, std::string_view feature,
                                          int error);
// The same for the old families: only absence is excused, and implied protocols do not matter.
[[nodiscard]] SectionStatus missing_family(Session& session, const char* path, std::string_view feature,
                                           int error);

// "netstat: no support for `AF INET (tcp)' on this system." on stderr.
void tell_unsupported(Console& console, std::string_view feature);
// perror().
void tell_error(Console& console, std::string_view what, int error);

// ---- implementation of the templates

template <class Line>
SectionStatus read_table(Session& session, const char* path, std::string_view feature, const Line& line) {
  auto lines = ProcLines::open(path);
  if (!lines) return missing_table(session, path, feature, lines.error());
  int number = 0;
  std::string_view text;
  while (lines->next(text)) line(text, number++);
  return 0;
}

template <class Line>
SectionStatus read_inet_files(Session& session, const InetFiles& files, const Line& line) {
  const Families& families = session.options.families;
  const bool any = !session.options.tables_named();
  SectionStatus status = 0;
  if (any || families.inet) {
    status = read_table(session, files.v4, files.feature,
                        [&line](std::string_view text, int number) { line(text, number, false); });
    if (status > 1) return status;
  }
  if (any || families.inet6) {
    auto lines = ProcLines::open(files.v6);
    if (!lines) return status;
    int number = 0;
    std::string_view text;
    while (lines->next(text)) line(text, number++, true);
  }
  return status;
}

}  // namespace conntrail::netstat
