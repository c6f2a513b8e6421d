// Rows of netstat -i and paragraphs of netstat -ie. Pure.
#pragma once

#include <span>
#include <string>

#include "interfaces/interface_addresses.h"
#include "interfaces/interface_facts.h"
#include "interfaces/interface_list.h"

namespace conntrail::netstat {

// An interface as it is shown: all that is known of it in one round.
struct InterfaceView {
  const ListedInterface& listed;
  const InterfaceFacts& facts;
  std::span<const InterfaceAddress6> addresses6;  // of all interfaces
};

// "BMRU", "[NO FLAGS]".
[[nodiscard]] std::string flag_letters(std::int16_t flags);
// "<UP,BROADCAST>", as netstat writes it where there are none.
[[nodiscard]] std::string flag_words(std::int16_t flags);
// "8.7 KiB": a tenth is cut off, not rounded.
[[nodiscard]] std::string byte_size(std::uint64_t bytes);

void append_interface_row(std::string& out, const InterfaceView& view);
void append_interface_paragraph(std::string& out, const InterfaceView& view);

struct InterfaceFlag {
  std::uint16_t bit;
  std::string_view word;
};
// All that have a name, in the order they are named in.
[[nodiscard]] std::span<const InterfaceFlag> interface_flags();

}  // namespace conntrail::netstat
