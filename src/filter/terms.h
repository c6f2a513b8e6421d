// One term of the language ("dport >= :1024", "comm nginx") but for "state" and "exclude", whose meaning
// depends on their neighbours (parser.cpp).
#pragma once

#include <string_view>

#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "expression.h"
#include "token_cursor.h"

namespace conntrail::filter {

[[nodiscard]] bool is_state_word(std::string_view word);    // "state"
[[nodiscard]] bool is_exclude_word(std::string_view word);  // "exclude", "excl"
[[nodiscard]] bool is_term_word(std::string_view word);  // any word that begins a term, those three included

// Reads the term the cursor stands at.
[[nodiscard]] Result<Expression> parse_term(Cursor& cursor, const Environment& environment);

// The value behind a term's word and comparison; `expected` completes "expected ...".
[[nodiscard]] Result<Token> take_value(Cursor& cursor, std::string_view term, std::string_view expected);

}  // namespace conntrail::filter
