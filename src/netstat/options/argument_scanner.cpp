#include "options/argument_scanner.h"

#include <cstring>
#include <optional>

#include "output/translation.h"

namespace conntrail::netstat {

namespace {

constexpr std::string_view kDashes = "--";

bool same_meaning(const LongOption& a, const LongOption& b) {
  return a.takes_argument == b.takes_argument && a.value == b.value;
}

struct Match {
  std::optional<std::size_t> index;
  std::string ambiguous;  // the candidates as getopt lists them; empty when the match is unique
};

Match match_long(std::span<const LongOption> options, std::string_view name) {
  Match match;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (options[i].name == name) return {i, {}};
  }
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (!options[i].name.starts_with(name)) continue;
    if (!match.index) {
      match.index = i;
    } else if (!same_meaning(options[*match.index], options[i])) {
      // getopt names the first candidate and those that differ from it.
      if (match.ambiguous.empty()) match.ambiguous = " '--" + std::string(options[*match.index].name) + "'";
      match.ambiguous += " '--" + std::string(options[i].name) + "'";
    }
  }
  return match;
}

}  // namespace

ScannedOption ArgumentScanner::next() {
  if (cluster_ != nullptr && *cluster_ != '\0') return next_short();
  while (position_ < arguments_.size()) {
    const char* word = arguments_[position_];
    if (word[0] != '-' || word[1] == '\0') {
      if (grammar_.stop_at_operand) break;
      ++position_;
      continue;
    }
    ++position_;
    if (word[1] != '-') {
      cluster_ = word + 1;
      return next_short();
    }
    if (word[2] == '\0') break;
    return next_long(word + 2);
  }
  position_ = arguments_.size();
  return {};
}

ScannedOption ArgumentScanner::next_short() {
  const char letter = *cluster_++;
  const std::size_t at = grammar_.short_options.find(letter);
  if (letter == ':' || letter == ';' || at == std::string_view::npos) {
    return bad("%s: invalid option -- '%c'\n", {program_, {&letter, 1}});
  }
  ScannedOption option{ScannedOption::Kind::option, static_cast<unsigned char>(letter), 0, nullptr, {}};
  if (at + 1 < grammar_.short_options.size() && grammar_.short_options[at + 1] == ':') {
    if (*cluster_ != '\0') {
      option.argument = cluster_;
    } else if (position_ < arguments_.size()) {
      option.argument = arguments_[position_++];
    } else {
      return bad("%s: option requires an argument -- '%c'\n", {program_, {&letter, 1}});
    }
    cluster_ = nullptr;
  } else if (*cluster_ == '\0') {
    take_optional(option);
  }
  return option;
}

void ArgumentScanner::take_optional(ScannedOption& option) {
  const OptionalArgument& optional = grammar_.optional;
  if (optional.fits == nullptr || option.value != optional.value || position_ >= arguments_.size()) return;
  if (optional.fits(arguments_[position_])) option.argument = arguments_[position_++];
}

ScannedOption ArgumentScanner::next_long(const char* word) {
  const char* equals = std::strchr(word, '=');
  const char* value = equals == nullptr ? nullptr : equals + 1;
  const std::string_view name = equals == nullptr
                                    ? std::string_view(word)
                                    : std::string_view(word, static_cast<std::size_t>(equals - word));

  for (std::size_t i = 0; i < grammar_.exact_options.size(); ++i) {
    if (grammar_.exact_options[i].name == name) return found(grammar_.exact_options[i], i, value);
  }
  const Match match = match_long(grammar_.long_options, name);
  if (!match.index) return bad("%s: unrecognized option '%s%s'\n", {program_, kDashes, word});
  if (!match.ambiguous.empty()) {
    ScannedOption option = bad("%s: option '%s%s' is ambiguous; possibilities:", {program_, kDashes, word});
    option.message.append(match.ambiguous).append("\n");
    return option;
  }
  return found(grammar_.long_options[*match.index], *match.index, value);
}

ScannedOption ArgumentScanner::found(const LongOption& option, std::size_t index, const char* value) {
  ScannedOption answer{ScannedOption::Kind::option, option.value, index, nullptr, {}};
  if (!option.takes_argument) {
    const OptionalArgument& optional = grammar_.optional;
    if (value != nullptr && optional.fits != nullptr && option.value == optional.value &&
        optional.fits(value)) {
      answer.argument = value;
      return answer;
    }
    if (value != nullptr && option.may_take_value) {
      answer.argument = value;
      return answer;
    }
    if (value != nullptr)
      return bad("%s: option '%s%s' doesn't allow an argument\n", {program_, kDashes, option.name});
    take_optional(answer);
    return answer;
  }
  if (value == nullptr) {
    if (position_ == arguments_.size())
      return bad("%s: option '%s%s' requires an argument\n", {program_, kDashes, option.name});
    value = arguments_[position_++];
  }
  answer.argument = value;
  return answer;
}

ScannedOption ArgumentScanner::bad(const char* message, std::initializer_list<std::string_view> values) {
  ScannedOption option;
  option.kind = ScannedOption::Kind::bad;
  option.message = translated_by_libc(message, values);
  return option;
}

}  // namespace conntrail::netstat
