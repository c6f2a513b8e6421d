#include "options/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <utility>

#include "conntrail/base/text.h"
#include "options/usage_error.h"

namespace conntrail::cli {
namespace {

// The library's usage line knows neither the program nor the operands it hands back.
class Layout final : public CLI::Formatter {
 public:
  explicit Layout(std::string operands) : operands_(std::move(operands)) {}
  std::string make_usage(const CLI::App* app, std::string /*name*/) const override {
    return fmt::format("usage: conntrail {} [OPTIONS]{}{}\n", app->get_name(), operands_.empty() ? "" : " ",
                       operands_);
  }

 private:
  std::string operands_;
};

// Two options that do not go together, or do not go without each other, and the error of it.
struct Rule {
  std::string one;
  std::string other;
  Error error;
};

const Error* find_rule(const std::vector<Rule>& rules, const std::string& one, const std::string& other) {
  const auto found =
      std::ranges::find_if(rules, [&](const Rule& rule) { return rule.one == one && rule.other == other; });
  return found == rules.end() ? nullptr : &found->error;
}

Error usage(std::string what, std::string hint) { return usage_error(std::move(what), {}, std::move(hint)); }

}  // namespace

class CommandLine::Impl {
 public:
  Impl(const std::string& command, std::string operands, const std::string& description)
      : app(description, command) {
    app.formatter(std::make_shared<Layout>(std::move(operands)));
    // Other words are taken as they are: the library would read a bracketed IPv6 address as a list.
    app.allow_extras();
  }

  Option keep(CLI::Option* option) {
    options.push_back(option);
    return Option{options.size() - 1};
  }
  [[nodiscard]] CLI::Option* at(Option option) const { return options[static_cast<std::size_t>(option)]; }

  [[nodiscard]] std::string see_help() const { return "see conntrail " + app.get_name() + " --help"; }
  [[nodiscard]] Error explain(const CLI::ParseError& error) const;
  [[nodiscard]] std::string mismatch(const CLI::ParseError& error) const;
  [[nodiscard]] const Error* broken_rule(const std::string& text) const;
  [[nodiscard]] std::optional<Error> empty_value() const;
  [[nodiscard]] Error unknown_option(const std::string& word) const;

  CLI::App app;
  std::vector<CLI::Option*> options;
  std::vector<Rule> exclusions;
  std::vector<Rule> needs;
};

// The library's own message says neither what was meant nor what to write.
std::string CommandLine::Impl::mismatch(const CLI::ParseError& error) const {
  std::string what = error.what();
  const std::string name = what.substr(0, what.find(':'));
  const CLI::Option* option = name.starts_with('-') ? app.get_option_no_throw(name) : nullptr;
  if (option == nullptr) return what;
  return name + (option->results().size() > 1 ? " is given more than once" : " needs a value");
}

// The library says only "--one excludes --other" or "--one requires --other".
const Error* CommandLine::Impl::broken_rule(const std::string& text) const {
  const std::string one = text.substr(0, text.find(' '));
  const std::string other = text.substr(text.rfind(' ') + 1);
  if (text == one + " requires " + other) return find_rule(needs, one, other);
  const Error* found = find_rule(exclusions, one, other);
  return found != nullptr ? found : find_rule(exclusions, other, one);
}

// An empty value most often comes from a script's unset variable; treating it as "not given" would answer
// another question than the one that was asked.
std::optional<Error> CommandLine::Impl::empty_value() const {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() == 0) continue;  // a flag
    const auto& values = option->results();
    if (std::ranges::find(values, std::string()) != values.end())
      return usage(option->get_name() + ": the value is empty", "write a value, or leave the option out");
  }
  return std::nullopt;
}

Error CommandLine::Impl::unknown_option(const std::string& word) const {
  std::vector<std::string> spelled;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) spelled.push_back("--" + name);
  }
  const std::vector<std::string_view> names(spelled.begin(), spelled.end());
  const auto near = nearest(word.substr(0, word.find('=')), names);
  return usage("unknown option '" + word + "'", near ? fmt::format("did you mean {}?", *near) : see_help());
}

Error CommandLine::Impl::explain(const CLI::ParseError& error) const {
  if (auto empty = empty_value()) return *std::move(empty);
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return usage(mismatch(error), see_help());
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr ||
      dynamic_cast<const CLI::RequiresError*>(&error) != nullptr) {
    if (const Error* rule = broken_rule(error.what())) return *rule;
  }
  return usage(error.what(), see_help());
}

CommandLine::CommandLine(const std::string& command, std::string operands, const std::string& description)
    : impl_(std::make_unique<Impl>(command, std::move(operands), description)) {}
CommandLine::CommandLine(CommandLine&&) noexcept = default;
CommandLine& CommandLine::operator=(CommandLine&&) noexcept = default;
CommandLine::~CommandLine() = default;

CommandLine::Option CommandLine::add(const std::string& names, std::string& value,
                                     const std::string& value_name, const std::string& help) {
  return impl_->keep(impl_->app.add_option(names, value, help)->type_name(value_name));
}

CommandLine::Option CommandLine::add(const std::string& names, std::vector<std::string>& values,
                                     const std::string& value_name, const std::string& help) {
  return impl_->keep(
      impl_->app.add_option(names, values, help)->type_name(value_name)->allow_extra_args(false));
}

CommandLine::Option CommandLine::add_list(const std::string& names, std::vector<std::string>& values,
                                          const std::string& value_name, const std::string& help) {
  const Option option = add(names, values, value_name, help);
  impl_->at(option)->delimiter(',');
  return option;
}

CommandLine::Option CommandLine::add(const std::string& names, std::optional<std::uint64_t>& value,
                                     const std::string& value_name, const std::string& help) {
  const CLI::Validator count(
      [](const std::string& text) {
        return parse_number<std::uint64_t>(text) ? std::string() : "'" + text + "' is not a count";
      },
      {});
  return impl_->keep(impl_->app.add_option(names, value, help)->type_name(value_name)->check(count));
}

CommandLine::Option CommandLine::add_flag(const std::string& names, bool& value, const std::string& help) {
  return impl_->keep(impl_->app.add_flag(names, value, help));
}

CommandLine::Option CommandLine::add_choice(const std::string& names, std::string& value,
                                            const std::vector<std::string>& choices,
                                            const std::string& help) {
  return impl_->keep(impl_->app.add_option(names, value, help)->check(CLI::IsMember(choices)));
}

CommandLine::Option CommandLine::add_choices(const std::string& names, std::vector<std::string>& values,
                                             const std::vector<std::string>& choices,
                                             const std::string& help) {
  return impl_->keep(impl_->app.add_option(names, values, help)
                         ->delimiter(',')
                         ->allow_extra_args(false)
                         ->check(CLI::IsMember(choices)));
}

void CommandLine::add_operand(const std::string& name, std::string& value, const std::string& help) {
  impl_->app.add_option(name, value, help)->required();
}

void CommandLine::set_footer(const std::string& text) { impl_->app.footer(text); }

void CommandLine::exclude(Option one, Option other, std::string what, std::string hint) {
  impl_->at(one)->excludes(impl_->at(other));
  if (what.empty()) what = name(one) + " and " + name(other) + " exclude each other";
  impl_->exclusions.push_back({name(one), name(other), usage(std::move(what), std::move(hint))});
}

void CommandLine::need(Option option, Option needed, std::string what, std::string hint) {
  impl_->at(option)->needs(impl_->at(needed));
  if (what.empty()) what = name(option) + " needs " + name(needed);
  impl_->needs.push_back({name(option), name(needed), usage(std::move(what), std::move(hint))});
}

std::string CommandLine::name(Option option) const { return impl_->at(option)->get_name(); }

std::string CommandLine::help() const { return impl_->app.help(); }

Result<ParsedWords> CommandLine::parse(const std::vector<std::string>& words) {
  CLI::App& app = impl_->app;
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return ParsedWords{true, {}};
    return std::unexpected(impl_->explain(error));
  }
  std::vector<std::string> rest = app.remaining();
  for (const std::string& word : rest) {
    if (word.size() > 1 && word.front() == '-') return std::unexpected(impl_->unknown_option(word));
  }
  if (auto empty = impl_->empty_value()) return std::unexpected(*std::move(empty));
  return ParsedWords{false, std::move(rest)};
}

}  // namespace conntrail::cli
