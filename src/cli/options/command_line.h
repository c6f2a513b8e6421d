// CommandLine: the options of one command. The only file that includes the library behind it is its source,
// because that header costs ten seconds of compile time wherever it is included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conntrail/base/result.h"

namespace conntrail::cli {

// The words of a command line that are not options.
struct ParsedWords {
  bool help = false;  // --help was among the words: nothing else was checked
  std::vector<std::string> rest;
};

// The values that options are bound to must outlive it. NAMES are as in "-o,--output".
class CommandLine {
 public:
  enum class Option : std::size_t {};  // names an option to exclude() and need()

  // `operands` is what --help shows behind the options, such as "[FILTER]".
  CommandLine(const std::string& command, std::string operands, const std::string& description);
  CommandLine(CommandLine&&) noexcept;
  CommandLine& operator=(CommandLine&&) noexcept;
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine();

  // `value_name` is what --help calls the value, such as FILE.
  Option add(const std::string& names, std::string& value, const std::string& value_name,
             const std::string& help);
  // May be given several times, one value each.
  Option add(const std::string& names, std::vector<std::string>& values, const std::string& value_name,
             const std::string& help);
  // A count: neither a sign nor a fraction nor a number that 64 bits do not hold.
  Option add(const std::string& names, std::optional<std::uint64_t>& value, const std::string& value_name,
             const std::string& help);
  // The same, of which one word may have several, with commas between them.
  Option add_list(const std::string& names, std::vector<std::string>& values, const std::string& value_name,
                  const std::string& help);
  Option add_flag(const std::string& names, bool& value, const std::string& help);
  Option add_choice(const std::string& names, std::string& value, const std::vector<std::string>& choices,
                    const std::string& help);
  // Several of the choices, separated by commas.
  Option add_choices(const std::string& names, std::vector<std::string>& values,
                     const std::vector<std::string>& choices, const std::string& help);
  // A word without a name that must be there.
  void add_operand(const std::string& name, std::string& value, const std::string& help);
  void set_footer(const std::string& text);

  // The error of giving both; without `what` it says that they exclude each other.
  void exclude(Option one, Option other, std::string what = {}, std::string hint = "choose one");
  // The error of giving `option` without `needed`; without `what` it says that the one needs the other.
  void need(Option option, Option needed, std::string what = {}, std::string hint = {});

  // The long name where there is one: "--output".
  [[nodiscard]] std::string name(Option option) const;
  [[nodiscard]] std::string help() const;
  // Sets the values. Words that are not options are handed back as they are; one that looks like an option
  // and is unknown, an empty value, and a second value where one is taken are errors.
  [[nodiscard]] Result<ParsedWords> parse(const std::vector<std::string>& words);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace conntrail::cli
