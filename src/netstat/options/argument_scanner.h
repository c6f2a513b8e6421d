// ArgumentScanner: getopt_long's reading of a command line, without its global state and with its messages as
// text.
//
// The rules are glibc's: options and operands may be mixed, "--" ends the options, a long option may be
// shortened while it stays unique, and several candidates that mean the same are no ambiguity.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace conntrail::netstat {

struct LongOption {
  std::string_view name;
  bool takes_argument = false;
  int value = 0;                // what the scanner answers: a short option's character, or any other number
  bool may_take_value = false;  // without an argument of its own, but "=VALUE" may follow
};

struct ScannedOption {
  enum class Kind { option, bad, end };
  Kind kind = Kind::end;
  int value = 0;
  std::size_t long_index = 0;      // index of the long option that was meant; unspecified for a short one
  const char* argument = nullptr;  // of an option that takes one, or may and did
  std::string message;             // of a bad one: a line for stderr, newline included
};

class ArgumentScanner {
 public:
  // An option without argument for getopt that takes the next word, or what follows "=", if it is of the
  // right kind. A word that is not, and letters behind the option's own, are read as getopt reads them.
  struct OptionalArgument {
    int value = 0;
    bool (*fits)(std::string_view word) = nullptr;
  };
  struct Grammar {
    std::string_view short_options;             // as getopt's optstring
    std::span<const LongOption> long_options;   // may be shortened
    std::span<const LongOption> exact_options;  // must be spelled out; unknown to getopt's messages
    bool stop_at_operand = false;               // POSIXLY_CORRECT
    OptionalArgument optional{};
  };

  // `arguments` without the program's name; they must outlive the scanner.
  ArgumentScanner(std::string_view program, std::span<char* const> arguments, const Grammar& grammar)
      : program_(program), arguments_(arguments), grammar_(grammar) {}

  [[nodiscard]] ScannedOption next();

 private:
  [[nodiscard]] ScannedOption next_short();
  [[nodiscard]] ScannedOption next_long(const char* word);
  [[nodiscard]] ScannedOption found(const LongOption& option, std::size_t index, const char* value);
  void take_optional(ScannedOption& option);
  // `message` is one of getopt's in the C library, its values as there.
  [[nodiscard]] static ScannedOption bad(const char* message, std::initializer_list<std::string_view> values);

  std::string program_;
  std::span<char* const> arguments_;
  Grammar grammar_;
  std::size_t position_ = 0;
  const char* cluster_ = nullptr;  // the rest of "-abc"
};

}  // namespace conntrail::netstat
