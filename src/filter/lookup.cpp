#include "lookup.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "conntrail/base/text.h"

namespace conntrail::filter {
namespace {

// PID_MAX_LIMIT (include/linux/threads.h). Namespace inodes are numbered from 0xEFFFFFF8 on.
constexpr std::uint32_t kLargestPid = 4194304;

template <class Value>
void add(std::vector<Choice>& choices, std::string_view word, Value value) {
  choices.push_back({word, WordTerm{value}});
}

std::optional<std::uint32_t> bracketed_inode(std::string_view text) {
  constexpr std::string_view kBegin = "net:[";
  if (!text.starts_with(kBegin) || !text.ends_with(']')) return std::nullopt;
  return parse_number<std::uint32_t>(text.substr(kBegin.size(), text.size() - kBegin.size() - 1));
}

std::string with_underscores(std::string_view text) {
  std::string word = to_lower(text);
  std::replace(word.begin(), word.end(), '-', '_');
  return word;
}

}  // namespace

Result<std::uint32_t> parse_user(const Cursor& cursor, const Token& value, const Environment& environment) {
  const std::string text = unescape(value.raw);
  if (const auto number = parse_number<std::uint32_t>(text)) return *number;
  const std::string expected = "expected a user, such as 33 or www-data";
  if (!environment.user_id)
    return cursor.fail(value, "user names cannot be looked up here", "expected a user id");
  if (const auto id = environment.user_id(text)) return *id;
  return cursor.fail(value, "there is no user " + quote(text), expected);
}

Result<std::uint64_t> parse_cgroup(const Cursor& cursor, const Token& value, const Environment& environment) {
  const std::string text = unescape(value.raw);
  if (const auto number = parse_number<std::uint64_t>(text); number && *number != 0) return *number;
  const std::string expected = "expected a path below the cgroup2 mount, or a cgroup id";
  if (!environment.cgroup_id)
    return cursor.fail(value, "cgroup paths cannot be looked up here", "expected a cgroup id");
  if (const auto id = environment.cgroup_id(text)) return *id;
  return cursor.fail(value, "there is no cgroup " + quote(text), expected);
}

Result<NamespaceId> parse_namespace(const Cursor& cursor, const Token& value,
                                    const Environment& environment) {
  const std::string text = unescape(value.raw);
  if (const auto inode = bracketed_inode(text)) return NamespaceId{.inode = *inode};
  const auto number = parse_number<std::uint32_t>(text);
  if (number && *number > kLargestPid) return NamespaceId{.inode = *number};
  const std::string expected = "expected a network namespace: its name, inode, or a process in it";
  if (!environment.network_namespace)
    return cursor.fail(value, "network namespaces cannot be looked up here", "expected a namespace inode");
  if (const auto id = environment.network_namespace(text)) return *id;
  return cursor.fail(value, "there is no network namespace " + quote(text), expected);
}

std::vector<Choice> choices_of(std::string_view name) {
  std::vector<Choice> choices;
  if (name == "family") {
    for (const Family family : {Family::inet, Family::inet6})
      choices.push_back({family_name(family), FamilyTerm{family}});
    for (const std::string_view word : {"ipv4", "4"})
      choices.push_back({word, FamilyTerm{Family::inet}, true});
    for (const std::string_view word : {"ipv6", "6"})
      choices.push_back({word, FamilyTerm{Family::inet6}, true});
  } else if (name == "owner_source") {
    for (const OwnerSource source :
         {OwnerSource::connect, OwnerSource::listen, OwnerSource::accept, OwnerSource::close, OwnerSource::fd,
          OwnerSource::inherited, OwnerSource::unknown})
      add(choices, owner_source_name(source), source);
  } else if (name == "direction") {
    for (const Direction direction : {Direction::active, Direction::passive, Direction::unknown})
      add(choices, direction_name(direction), direction);
  } else if (name == "closed_first") {
    for (const ClosedFirst first :
         {ClosedFirst::local, ClosedFirst::remote, ClosedFirst::both, ClosedFirst::none})
      add(choices, closed_first_name(first), first);
  } else {
    for (const EndReason reason :
         {EndReason::normal, EndReason::refused, EndReason::timeout, EndReason::reset_by_peer,
          EndReason::reset_by_local, EndReason::aborted, EndReason::unreachable, EndReason::killed,
          EndReason::no_port, EndReason::rejected, EndReason::gave_up, EndReason::fallback, EndReason::repair,
          EndReason::unknown})
      add(choices, end_reason_name(reason), reason);
  }
  return choices;
}

std::string one_of(const std::vector<Choice>& choices) {
  std::string list;
  for (const Choice& choice : choices) {
    if (choice.alias) continue;
    if (!list.empty()) list += ", ";
    list += choice.word;
  }
  return "one of " + list;
}

Result<Term> parse_choice(const Cursor& cursor, const Token& value, const std::vector<Choice>& choices) {
  const std::string word = with_underscores(unescape(value.raw));
  std::vector<std::string_view> words;
  for (const Choice& choice : choices) {
    if (choice.word == word) return choice.term;
    words.push_back(choice.word);
  }
  std::string hint;
  if (const auto near = nearest(word, words)) hint = "did you mean " + quote(*near) + "?";
  return cursor.fail(value, quote(value.raw) + " is not a value of this term", "expected " + one_of(choices),
                     std::move(hint));
}

}  // namespace conntrail::filter
