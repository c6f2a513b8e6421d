#include "commands.h"

#include <gtest/gtest.h>

#include <sstream>

namespace conntrail::live {
namespace {

const std::map<std::string, std::string>& state_of_ss() {
  static const std::map<std::string, std::string> names{
      {"ESTAB", "ESTABLISHED"},    {"SYN-SENT", "SYN_SENT"},     {"SYN-RECV", "SYN_RECV"},
      {"FIN-WAIT-1", "FIN_WAIT1"}, {"FIN-WAIT-2", "FIN_WAIT2"},  {"TIME-WAIT", "TIME_WAIT"},
      {"UNCONN", "CLOSE"},         {"CLOSE-WAIT", "CLOSE_WAIT"}, {"LAST-ACK", "LAST_ACK"},
      {"LISTEN", "LISTEN"},        {"CLOSING", "CLOSING"}};
  return names;
}

}  // namespace

void nft(const std::string& ruleset) { test::must_run({"nft", ruleset}); }

std::string nft_input(const std::string& rule) {
  return "table inet conntrail_test {\n chain in {\n  type filter hook input priority 0;\n  " + rule +
         "\n }\n}\n";
}

void nft_flush() { nft("flush ruleset"); }

std::map<std::uint64_t, std::string> ss_states() {
  std::istringstream lines(test::must_run({"ss", "-H", "-t", "-a", "-n", "-e", "-O"}));
  std::map<std::uint64_t, std::string> states;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find(" sk:");
    const auto name = state_of_ss().find(line.substr(0, line.find(' ')));
    if (at == std::string::npos || name == state_of_ss().end()) {
      ADD_FAILURE() << "a line of ss that this test does not understand: " << line;
      continue;
    }
    states[std::stoull(line.substr(at + 4), nullptr, 16)] = name->second;
  }
  return states;
}

std::uint64_t sockstat_time_wait() {
  std::istringstream lines(test::read_file("/proc/thread-self/net/sockstat"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find(" tw ");
    if (line.starts_with("TCP:") && at != std::string::npos) return std::stoull(line.substr(at + 4));
  }
  ADD_FAILURE() << "no tw count in /proc/net/sockstat";
  return 0;
}

std::uint64_t kernel_counter(std::string_view group, std::string_view name) {
  std::istringstream lines(test::read_file("/proc/thread-self/net/netstat") +
                           test::read_file("/proc/thread-self/net/snmp"));
  const std::string prefix = std::string(group) + ":";
  for (std::string keys; std::getline(lines, keys);) {
    std::string values;
    std::getline(lines, values);
    if (!keys.starts_with(prefix)) continue;
    std::istringstream key_words(keys);
    std::istringstream value_words(values);
    std::string key;
    std::string value;
    while (key_words >> key && value_words >> value)
      if (key == name) return std::stoull(value);
  }
  ADD_FAILURE() << "no counter " << group << " " << name;
  return 0;
}

}  // namespace conntrail::live
