#include "terms.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bare_word.h"
#include "conntrail/base/text.h"
#include "host_pattern.h"
#include "lookup.h"
#include "states.h"

namespace conntrail::filter {
namespace {

// The context of every term's parser: where it stands, the word it began with and the comparison.
struct Context {
  Cursor& cursor;
  const Environment& environment;
  Token word;
  Token comparison_at;  // the comparison's token; its kind is `end` when none was written
  Comparison comparison = Comparison::equal;

  [[nodiscard]] std::string name() const { return to_lower(word.raw); }
  [[nodiscard]] bool compared() const { return comparison_at.kind == TokenKind::comparison; }
};

using TermParser = Result<Expression> (*)(Context&);

Expression negate_if(bool negated, Expression expression) {
  return negated ? std::move(expression).negation() : std::move(expression);
}

// Leaves `comparison` as equal and says whether it was "!="; any other is an error.
Result<bool> only_equality(Context& context) {
  if (context.comparison != Comparison::equal && context.comparison != Comparison::not_equal)
    return context.cursor.fail(context.comparison_at,
                               quote(context.comparison_at.raw) + " does not fit " + quote(context.name()),
                               "expected = or != there");
  return context.comparison == Comparison::not_equal;
}

Side side_of(std::string_view word) {
  if (word == "src" || word == "sport") return Side::local;
  return word == "dst" || word == "dport" ? Side::remote : Side::either;
}

Expression port_range(Side side, Comparison comparison, std::uint16_t port) {
  // Port 0 stands for "none" and "not known", so it lies in no range but its own.
  constexpr std::uint32_t kLast = 65535;
  const std::uint32_t value = port;
  switch (comparison) {
    case Comparison::less:
      return Expression::of(PortTerm{side, 1, value == 0 ? 0 : value - 1});
    case Comparison::less_equal:
      return Expression::of(PortTerm{side, 1, value});
    case Comparison::greater:
      return Expression::of(PortTerm{side, value + 1, kLast});
    case Comparison::greater_equal:
      return Expression::of(PortTerm{side, std::max<std::uint32_t>(value, 1), kLast});
    case Comparison::equal:
    case Comparison::not_equal:
      break;
  }
  return Expression::of(PortTerm{side, value, value});
}

Result<Expression> parse_port_term(Context& context) {
  const auto value = take_value(context.cursor, context.name(), "a port, such as :443, 443 or https");
  if (!value) return std::unexpected(value.error());
  const auto host = parse_port(context.cursor, *value, context.environment);
  if (!host) return std::unexpected(host.error());
  const std::optional<std::uint16_t> port = host->port;
  const bool ordered = context.comparison != Comparison::equal && context.comparison != Comparison::not_equal;
  if (!port && ordered)
    return context.cursor.fail(*value, "\"*\" cannot be compared by size",
                               "expected a port number or a service name");
  std::vector<Expression> parts;
  if (host->family != Family::unspecified) parts.push_back(Expression::of(FamilyTerm{host->family}));
  if (port) parts.push_back(port_range(side_of(context.name()), context.comparison, *port));
  return negate_if(context.comparison == Comparison::not_equal, Expression::all_of(std::move(parts)));
}

// Address and port of one and the same end.
Expression host_at(Side side, const Host& host) {
  std::vector<Expression> parts;
  if (host.family != Family::unspecified) parts.push_back(Expression::of(FamilyTerm{host.family}));
  if (host.prefix) parts.push_back(Expression::of(AddressTerm{side, *host.prefix}));
  if (host.port) parts.push_back(port_range(side, Comparison::equal, *host.port));
  return Expression::all_of(std::move(parts));
}

Result<Expression> parse_host_term(Context& context) {
  const auto negated = only_equality(context);
  if (!negated) return std::unexpected(negated.error());
  const auto value =
      take_value(context.cursor, context.name(), "an address, such as 10.0.0.0/8 or [fe80::1]:443");
  if (!value) return std::unexpected(value.error());
  const auto host = parse_host(context.cursor, *value, context.environment);
  if (!host) return std::unexpected(host.error());
  const Side side = side_of(context.name());
  if (side == Side::either && host->prefix && host->port) {
    std::vector<Expression> ends;
    ends.push_back(host_at(Side::local, *host));
    ends.push_back(host_at(Side::remote, *host));
    return negate_if(*negated, Expression::any_of(std::move(ends)));
  }
  return negate_if(*negated, host_at(side, *host));
}

Expression number_term(NumberField field, Comparison comparison, std::uint64_t value) {
  const bool negated = comparison == Comparison::not_equal;
  return negate_if(negated,
                   Expression::of(NumberTerm{field, negated ? Comparison::equal : comparison, value}));
}

NumberField number_field(std::string_view name) {
  if (name == "pid") return NumberField::pid;
  if (name == "recvq") return NumberField::receive_queue;
  return name == "sendq" ? NumberField::send_queue : NumberField::retransmits;
}

Result<Expression> parse_number_term(Context& context) {
  const std::string name = context.name();
  if (name == "uid") {
    const auto value = take_value(context.cursor, name, "a user, such as 33 or www-data");
    if (!value) return std::unexpected(value.error());
    const auto user = parse_user(context.cursor, *value, context.environment);
    if (!user) return std::unexpected(user.error());
    return number_term(NumberField::uid, context.comparison, *user);
  }
  const std::string expected = name == "pid" ? "a process id, such as 1234" : "a number, such as 3";
  const auto value = take_value(context.cursor, name, expected);
  if (!value) return std::unexpected(value.error());
  const auto number = parse_number<std::uint32_t>(unescape(value->raw));
  if (!number)
    return context.cursor.fail(*value, quote(value->raw) + " is not such a number", "expected " + expected);
  return number_term(number_field(name), context.comparison, *number);
}

Result<Expression> parse_duration_term(Context& context) {
  const std::string name = context.name();
  constexpr std::string_view kExpected = "a length of time, such as 10s, 1.5m or 250ms";
  if (context.comparison == Comparison::equal || context.comparison == Comparison::not_equal) {
    const Token& at = context.compared() ? context.comparison_at : context.cursor.peek();
    return context.cursor.fail(at, quote(name) + " is measured in nanoseconds and hardly ever equals a value",
                               "expected <, <=, > or >= behind " + quote(name));
  }
  const auto value = take_value(context.cursor, name, kExpected);
  if (!value) return std::unexpected(value.error());
  const auto duration = parse_duration(unescape(value->raw));
  if (!duration)
    return context.cursor.fail(*value, quote(value->raw) + " is not a length of time",
                               "expected " + std::string(kExpected), "units are ns, us, ms, s, m, h and d");
  const auto field = name == "age" ? DurationField::age : DurationField::duration;
  return Expression::of(DurationTerm{field, context.comparison, *duration});
}

Result<Expression> parse_name_term(Context& context) {
  const auto negated = only_equality(context);
  if (!negated) return std::unexpected(negated.error());
  const auto value =
      take_value(context.cursor, context.name(), "a process name, such as nginx, php* or \"Web Content\"");
  if (!value) return std::unexpected(value.error());
  context.cursor.took_program();
  return negate_if(*negated, Expression::of(NameTerm{false, Glob(value->raw)}));
}

Result<Expression> parse_title_term(Context& context) {
  const auto negated = only_equality(context);
  if (!negated) return std::unexpected(negated.error());
  const auto value =
      take_value(context.cursor, context.name(), "a command line, such as *app* or \"postgres: app *\"");
  if (!value) return std::unexpected(value.error());
  return negate_if(*negated, Expression::of(TitleTerm{Glob(value->raw, std::string_view::npos)}));
}

Result<Expression> parse_failed_term(Context& context) {
  if (context.compared())
    return context.cursor.fail(context.comparison_at, "\"failed\" has no value",
                               "expected another term, or the end", "reasons are compared with \"reason\"");
  return Expression::of(FailedTerm{});
}

bool stands_alone(const Cursor& cursor) {
  const Token& next = cursor.peek();
  if (next.kind == TokenKind::quoted) return false;
  return next.kind != TokenKind::word || is_term_word(next.raw);
}

// "owner", "owner 812", "owner nginx", "owner nginx/812".
Result<Expression> parse_owner_term(Context& context) {
  if (!context.compared() && stands_alone(context.cursor)) return Expression::of(OwnerKnownTerm{});
  const auto negated = only_equality(context);
  if (!negated) return std::unexpected(negated.error());
  const auto value = take_value(context.cursor, "owner", "a process: its name, its id, or NAME/PID");
  if (!value) return std::unexpected(value.error());
  context.cursor.took_program();
  const std::size_t slash = value->raw.rfind('/');
  const auto pid =
      parse_number<std::uint32_t>(value->raw.substr(slash == std::string_view::npos ? 0 : slash + 1));
  std::vector<Expression> parts;
  if (pid) parts.push_back(number_term(NumberField::owner_pid, Comparison::equal, *pid));
  if (!pid || slash != std::string_view::npos)
    parts.push_back(Expression::of(NameTerm{true, Glob(pid ? value->raw.substr(0, slash) : value->raw)}));
  return negate_if(*negated, Expression::all_of(std::move(parts)));
}

Result<Expression> parse_place_term(Context& context) {
  const auto negated = only_equality(context);
  if (!negated) return std::unexpected(negated.error());
  if (context.name() == "cgroup") {
    const auto value = take_value(context.cursor, "cgroup", "a path below the cgroup2 mount, or a cgroup id");
    if (!value) return std::unexpected(value.error());
    const auto id = parse_cgroup(context.cursor, *value, context.environment);
    if (!id) return std::unexpected(id.error());
    return negate_if(*negated, Expression::of(CgroupTerm{*id}));
  }
  const auto value =
      take_value(context.cursor, "netns", "a network namespace: its name, inode, or a process in it");
  if (!value) return std::unexpected(value.error());
  const auto id = parse_namespace(context.cursor, *value, context.environment);
  if (!id) return std::unexpected(id.error());
  return negate_if(*negated, Expression::of(NamespaceTerm{*id}));
}

Result<Expression> parse_word_term(Context& context) {
  const auto negated = only_equality(context);
  if (!negated) return std::unexpected(negated.error());
  const auto choices = choices_of(context.name());
  const auto value = take_value(context.cursor, context.name(), one_of(choices));
  if (!value) return std::unexpected(value.error());
  const auto choice = parse_choice(context.cursor, *value, choices);
  if (!choice) return std::unexpected(choice.error());
  return negate_if(*negated, Expression::of(*choice));
}

struct TermWord {
  std::string_view word;
  TermParser parse;  // null for the words of state sets
};
constexpr std::array<TermWord, 28> kTermWords{{
    {"state", nullptr},
    {"exclude", nullptr},
    {"excl", nullptr},
    {"sport", parse_port_term},
    {"dport", parse_port_term},
    {"port", parse_port_term},
    {"src", parse_host_term},
    {"dst", parse_host_term},
    {"addr", parse_host_term},
    {"pid", parse_number_term},
    {"uid", parse_number_term},
    {"retransmits", parse_number_term},
    {"recvq", parse_number_term},
    {"sendq", parse_number_term},
    {"age", parse_duration_term},
    {"duration", parse_duration_term},
    {"comm", parse_name_term},
    {"owner", parse_owner_term},
    {"title", parse_title_term},
    {"failed", parse_failed_term},
    {"cgroup", parse_place_term},
    {"netns", parse_place_term},
    {"family", parse_word_term},
    {"owner_source", parse_word_term},
    {"direction", parse_word_term},
    {"reason", parse_word_term},
    {"end_reason", parse_word_term},
    {"closed_first", parse_word_term},
}};

const TermWord* find_term(std::string_view word) {
  const std::string lower = to_lower(word);
  const auto found =
      std::find_if(kTermWords.begin(), kTermWords.end(), [&](const TermWord& t) { return t.word == lower; });
  return found == kTermWords.end() ? nullptr : &*found;
}

// What a person may have meant by a word that begins no term.
std::vector<std::string_view> known_words() {
  std::vector<std::string_view> words{"and", "or", "not"};
  for (const TermWord& term : kTermWords) words.push_back(term.word);
  return words;
}

// What to write for a word that may be a name, whose meaning is not obvious.
std::string exact_name(const Cursor& cursor, const Token& word) {
  if (word.raw.find('/') != std::string_view::npos) return "for a program write \"comm NAME\"";
  if (word.raw.find(':') != std::string_view::npos) return "host names are not looked up";
  const bool compared = cursor.peek().kind == TokenKind::comparison;
  const std::string program = "a program of that name is \"comm " + printable(word.raw) + "\"";
  if (const auto near = nearest(word.raw, known_words()))
    return "did you mean " + quote(*near) + "?" + (compared ? "" : " " + program);
  if (const auto state = nearest_state(word.raw); state && !compared)
    return "did you mean \"state " + std::string(*state) + "\"? " + program;
  if (cursor.behind_value()) return "a value with blanks in it needs quotes";
  return compared ? "" : program;
}

std::unexpected<Error> unknown_term(const Cursor& cursor, const Token& word) {
  const std::string expected =
      "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\"";
  const std::string lower = to_lower(word.raw);
  if (lower == "dev" || lower == "fwmark" || lower == "autobound")
    return cursor.fail(word, quote(word.raw) + " is a term of ss that conntrail's records cannot answer",
                       expected);
  if (word.kind == TokenKind::quoted || word.raw.empty())
    return cursor.fail(word, quote(word.raw) + " stands where a term begins", expected);
  if (names_state(word.raw))
    return cursor.fail(word, quote(word.raw) + " is a state", expected, "write \"state " + lower + "\"");
  if (parse_number<unsigned>(word.raw))
    return cursor.fail(word, quote(word.raw) + " is a value without a term", expected,
                       "for a port at either end write \":" + printable(word.raw) +
                           "\", for a process \"pid " + printable(word.raw) + "\"");
  if (word.raw.front() == ':')
    return cursor.fail(word, quote(word.raw) + " is a value without a term", expected,
                       "for a port at either end write \"port = " + printable(word.raw) + "\"");
  if (IpPrefix::parse(word.raw))
    return cursor.fail(word, quote(word.raw) + " is a value without a term", expected,
                       "for an address at either end write \"addr " + printable(word.raw) + "\"");
  return cursor.fail(word, "there is no term " + quote(word.raw), expected, exact_name(cursor, word));
}

}  // namespace

bool is_state_word(std::string_view word) { return to_lower(word) == "state"; }

bool is_exclude_word(std::string_view word) {
  const std::string lower = to_lower(word);
  return lower == "exclude" || lower == "excl";
}

bool is_term_word(std::string_view word) { return find_term(word) != nullptr; }

Result<Expression> parse_term(Cursor& cursor, const Environment& environment) {
  const Token& next = cursor.peek();
  const TermWord* term = next.kind == TokenKind::word ? find_term(next.raw) : nullptr;
  if (term == nullptr) {
    if (const std::string_view implied = implied_term(cursor, known_words()); !implied.empty()) {
      // The word itself is the value.
      Context context{
          cursor, environment, {TokenKind::word, {}, next.begin, next.end, implied}, {}, Comparison::equal};
      return find_term(implied)->parse(context);
    }
  }
  const Token word = cursor.take();
  if (term == nullptr || term->parse == nullptr) return unknown_term(cursor, word);
  Context context{cursor, environment, word, {}, Comparison::equal};
  if (cursor.peek().kind == TokenKind::comparison) {
    context.comparison_at = cursor.take();
    context.comparison = context.comparison_at.comparison;
    const bool patterns =
        term->parse == parse_name_term || term->parse == parse_owner_term || term->parse == parse_title_term;
    if (context.comparison_at.raw.ends_with('~') && !patterns)
      return cursor.fail(context.comparison_at,
                         quote(context.comparison_at.raw) + " does not fit " + quote(context.name()),
                         "expected = or != there");
  }
  return term->parse(context);
}

Result<Token> take_value(Cursor& cursor, std::string_view term, std::string_view expected) {
  const Token& next = cursor.peek();
  if (next.is_value() && !(next.kind == TokenKind::word && next.raw.empty())) return cursor.take();
  const std::string what = next.kind == TokenKind::end ? "the expression ends" : quote(next.raw) + " stands";
  return cursor.fail(next, what + " where " + quote(term) + " needs a value",
                     "expected " + std::string(expected));
}

}  // namespace conntrail::filter
