// netstat's command line: words between newlines. The witness is getopt_long() of the C library.
#include <getopt.h>

#include <array>
#include <string>
#include <vector>

#include "check.h"
#include "conntrail/base/text.h"
#include "options/argument_scanner.h"
#include "options/options.h"

namespace conntrail::fuzz {
namespace {

using netstat::ArgumentScanner;
using netstat::LongOption;
using netstat::ScannedOption;

// A grammar with every case: arguments, prefixes of each other, candidates with the same meaning.
constexpr const char* kShort = "A:CFMacdeghilnNoprsStuUvVWw2fx64?Z";
constexpr std::array kLong{LongOption{"inet", false, 1},
                           LongOption{"inet6", false, 1},
                           LongOption{"unix", false, 1},
                           LongOption{"version", false, 'V'},
                           LongOption{"verbose", false, 'v'},
                           LongOption{"protocol", true, 'A'},
                           LongOption{"programs", false, 'p'},
                           LongOption{"numeric", false, 'n'},
                           LongOption{"numeric-hosts", false, '!'},
                           LongOption{"numeric-ports", false, '@'},
                           LongOption{"unix", false, 'x'},
                           LongOption{"udp", false, 'u'},
                           LongOption{"udplite", false, 'U'}};

struct Step {
  int value = 0;  // '?': not accepted
  std::string argument;
  bool operator==(const Step&) const = default;
};

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  return pointers;
}

// Both stop at the first word that is not accepted, as netstat does.
std::vector<Step> by_getopt(std::vector<std::string> words) {
  std::vector<option> options;
  for (const LongOption& known : kLong) {
    options.push_back(
        {known.name.data(), known.takes_argument ? required_argument : no_argument, nullptr, known.value});
  }
  options.push_back({});
  auto pointers = pointers_to(words);
  pointers.push_back(nullptr);
  ::optind = 0;
  ::opterr = 0;
  std::vector<Step> steps;
  int value = 0;
  while ((value = ::getopt_long(static_cast<int>(words.size()), pointers.data(), kShort, options.data(),
                                nullptr)) != -1) {
    steps.push_back({value, ::optarg != nullptr && value == 'A' ? ::optarg : ""});
    if (value == '?') break;
  }
  return steps;
}

std::vector<Step> by_scanner(std::vector<std::string> words) {
  const auto pointers = pointers_to(words);
  ArgumentScanner scanner("netstat", std::span<char* const>(pointers).subspan(1), {kShort, kLong, {}, false});
  std::vector<Step> steps;
  while (true) {
    const ScannedOption scanned = scanner.next();
    if (scanned.kind == ScannedOption::Kind::end) return steps;
    const bool bad = scanned.kind == ScannedOption::Kind::bad;
    require(bad == !scanned.message.empty(), "a message where nothing is wrong, or none");
    steps.push_back({bad ? '?' : scanned.value, scanned.argument == nullptr ? "" : scanned.argument});
    if (steps.back().value == '?') return steps;
  }
}

void check_parser(std::vector<std::string> words) {
  const auto pointers = pointers_to(words);
  const auto parsed = netstat::parse_command_line(pointers, {});
  if (parsed.options) {
    require(parsed.exit_code == 0 && parsed.out.empty(), "options and an end at once");
    const netstat::Options& options = *parsed.options;
    require(!options.implied_protocols || options.tcp, "implied protocols without one");
    require(!options.tcp || options.families.inet || options.families.inet6, "TCP of no family");
  } else {
    require(parsed.exit_code == 0 || parsed.exit_code == 1 || parsed.exit_code == 3, "an unknown exit code");
    require(parsed.exit_code == 0 ? !parsed.out.empty() : !parsed.err.empty(), "an end without a word");
  }
}

}  // namespace
}  // namespace conntrail::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace conntrail::fuzz;
  std::vector<std::string> words{"netstat"};
  if (size > 0) {
    for (const std::string_view word : conntrail::split(text_of(data, size), '\n')) {
      words.emplace_back(word.substr(0, word.find('\0')));
    }
  }
  require(by_scanner(words) == by_getopt(words), "not as getopt_long() reads it", text_of(data, size));
  check_parser(words);
  return 0;
}
