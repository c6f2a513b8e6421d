#include "owner_text.h"

#include <algorithm>
#include <vector>

#include "conntrail/base/text.h"

namespace conntrail::view {
namespace {

// Bytes of the UTF-8 character that begins at `position` of valid text.
std::size_t character_length(std::string_view text, std::size_t position) {
  std::size_t length = 1;
  while (position + length < text.size() &&
         (static_cast<unsigned char>(text[position + length]) & 0xC0U) == 0x80U)
    ++length;
  return length;
}

// The fewest columns of a name that still say something ("ngi…").
constexpr std::size_t kLeastName = 4;

std::string process_text(std::string_view mark, std::string_view comm, std::uint32_t pid,
                         std::string_view behind, std::size_t most) {
  std::string name = printable(comm);
  std::string rest;
  if (pid != 0) {
    if (!name.empty()) rest += '/';
    rest += std::to_string(pid);
  }
  rest += behind;
  const std::size_t others = display_width(mark) + display_width(rest);
  if (most != kNoLimit && display_width(name) + others > most)
    name = cut_end(name, std::max(kLeastName, most > others ? most - others : 0));
  std::string out(mark);
  out += name;
  out += rest;
  return out;
}

std::string_view mark_of(const Owner& owner) { return owner.source == OwnerSource::inherited ? "~" : ""; }

}  // namespace

std::string cut_end(std::string_view text, std::size_t most) {
  if (display_width(text) <= most) return std::string(text);
  if (most == 0) return {};
  std::string out;
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view character = text.substr(i, character_length(text, i));
    width += display_width(character);
    if (width + 1 > most) break;
    out += character;
    i += character.size();
  }
  out += "…";
  return out;
}

std::string owner_text(const Owner& owner, std::size_t most) {
  if (!owner.named()) return "-";
  return process_text(mark_of(owner), owner.comm, owner.pid, {}, most);
}

std::string owner_and_holders_text(const Connection& connection, std::size_t most) {
  // The file table may list the owner or not (it may have passed the socket on and closed its own
  // descriptor), and a process counts once however many descriptors it has.
  std::vector<std::uint32_t> others;
  for (const Holder& holder : connection.holders) {
    if (holder.pid != connection.owner.pid) others.push_back(holder.pid);
  }
  std::sort(others.begin(), others.end());
  const auto count = static_cast<std::size_t>(std::unique(others.begin(), others.end()) - others.begin());
  const auto more = [](std::size_t n) { return n == 0 ? std::string() : " +" + std::to_string(n); };
  if (connection.owner.known())
    return process_text(mark_of(connection.owner), connection.owner.comm, connection.owner.pid, more(count),
                        most);
  if (connection.holders.empty()) return owner_text(connection.owner, most);
  const Holder& first = connection.holders.front();
  return process_text({}, first.comm, first.pid, more(count - 1), most);
}

std::string holders_text(const Connection& connection) {
  std::string out;
  for (const Holder& holder : connection.holders) {
    if (!out.empty()) out += ' ';
    out += process_text({}, holder.comm, holder.pid, {}, kNoLimit);
  }
  return out.empty() ? "-" : out;
}

}  // namespace conntrail::view
