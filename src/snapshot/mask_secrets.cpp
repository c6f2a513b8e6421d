#include "mask_secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "conntrail/base/text.h"

namespace conntrail::snapshot {
namespace {

constexpr std::string_view kMask = "***";
constexpr std::string_view kBlanks = " \t\r\n\v\f";

// Anywhere in a name. Too much is hidden rather than too little: `--password-file X` hides X.
constexpr std::array<std::string_view, 12> kSecret{"password",  "passwd",     "passphrase",    "passcode",
                                                   "secret",    "token",      "apikey",        "credential",
                                                   "accesskey", "privatekey", "authorization", "bearer"};
// As a name or a part of one between - _ and dots.
constexpr std::array<std::string_view, 4> kSecretPart{"pass", "pwd", "pw", "auth"};

// Programs in which a short option is a password, whether its value stands in the same word or in the next.
struct ShortOption {
  std::string_view program;  // its name begins so
  std::string_view option;
  bool in_next_word;
  bool only_behind_colon;  // user:password
};
constexpr std::array<ShortOption, 6> kShortOptions{{{"mysql", "-p", false, false},
                                                    {"mariadb", "-p", false, false},
                                                    {"sshpass", "-p", true, false},
                                                    {"redis-cli", "-a", true, false},
                                                    {"curl", "-u", true, true},
                                                    {"mongo", "-p", true, false}}};

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

// "--db-password", "PGPASSWORD", "spring.datasource.password", "api_key".
bool is_secret_name(std::string_view name) {
  const std::string lower = to_lower(name);
  std::string letters;
  std::string part;
  bool whole_part = false;
  for (const char c : lower + '.') {
    if (c != '-' && c != '_' && c != '.') {
      letters += c;
      part += c;
      continue;
    }
    whole_part |= std::ranges::find(kSecretPart, part) != kSecretPart.end();
    part.clear();
  }
  return whole_part || std::ranges::any_of(kSecret, [&](std::string_view word) {
           return letters.find(word) != std::string::npos;
         });
}

std::string_view base_name(std::string_view word) { return word.substr(word.rfind('/') + 1); }

// "mysql://app:geheim@db/x" and "app:geheim@tcp(db)": what stands between the first colon and the "@".
void mask_login(std::string& word) {
  std::size_t from = 0;
  for (std::size_t at = word.find('@'); at != std::string::npos; at = word.find('@', from)) {
    std::size_t begin = from;
    if (const std::size_t scheme = word.rfind("://", at); scheme != std::string::npos && scheme >= from)
      begin = scheme + 3;
    const std::size_t colon = word.find(':', begin);
    // Some write a password with an "@" or a "/" in it as it is: the last "@" of the authority ends it.
    std::size_t end = at;
    const std::size_t path = word.find_first_of("/?#", at);
    const std::size_t last = word.rfind('@', path == std::string::npos ? std::string::npos : path);
    if (last != std::string::npos && last > end) end = last;
    if (colon != std::string::npos && colon + 1 < end) {
      word.replace(colon + 1, end - colon - 1, kMask);
      end = colon + 1 + kMask.size();
    }
    from = end + 1;
  }
}

// "password=geheim", "?token=geheim&x=1", "\"secret\":\"geheim\"". The answer: the value is in the next word.
bool mask_value(std::string& word) {
  for (std::size_t at = word.find_first_of("=:"); at != std::string::npos;
       at = word.find_first_of("=:", at)) {
    std::size_t end = at;
    while (end > 0 && (word[end - 1] == '"' || word[end - 1] == '\'')) --end;
    std::size_t begin = end;
    while (begin > 0 && is_name_character(word[begin - 1])) --begin;
    const bool secret = begin < end && is_secret_name(std::string_view(word).substr(begin, end - begin));
    ++at;
    if (!secret) continue;
    while (at < word.size() && (word[at] == '"' || word[at] == '\'')) ++at;
    if (at == word.size()) return true;
    const std::size_t behind = std::min(word.find('&', at), word.size());
    word.replace(at, behind - at, kMask);
    at += kMask.size();
  }
  return false;
}

class Masker {
 public:
  // `text`: one of several words of a text, in which nothing marks where a value with blanks ends.
  void word(std::string& word) {
    if (next_is_secret_) {
      next_is_secret_ = is_scheme(word);
      if (only_behind_colon_) {
        const std::size_t colon = word.find(':');
        if (colon != std::string::npos) word.replace(colon + 1, std::string::npos, kMask);
      } else if (!next_is_secret_) {
        word = kMask;
      }
      only_behind_colon_ = only_behind_colon_ && next_is_secret_;
      return;
    }
    mask_login(word);
    next_is_secret_ = mask_value(word);
    if (word.size() > 1 && word.front() == '-' && word.find_first_of("=:") == std::string::npos)
      next_is_secret_ = is_secret_name(word);
    short_option(word);
    remember_program(word);
  }
  [[nodiscard]] bool waits_for_secret() const { return next_is_secret_; }

 private:
  // "Authorization: Bearer geheim": the secret is behind the scheme.
  static bool is_scheme(std::string_view word) {
    const std::string lower = to_lower(word);
    return lower == "bearer" || lower == "basic" || lower == "digest";
  }

  void remember_program(std::string_view word) {
    const std::string_view name = base_name(word);
    for (const ShortOption& known : kShortOptions) {
      if (name.starts_with(known.program)) program_ = known;
    }
  }

  void short_option(std::string& word) {
    if (program_.option.empty() || !word.starts_with(program_.option)) return;
    if (word.size() == program_.option.size()) {
      next_is_secret_ = program_.in_next_word;
      only_behind_colon_ = program_.only_behind_colon;
      return;
    }
    std::size_t begin = program_.option.size();
    if (program_.only_behind_colon) {
      begin = word.find(':');
      if (begin == std::string::npos) return;
      ++begin;
    }
    word.replace(begin, std::string::npos, kMask);
  }

  ShortOption program_{};
  bool next_is_secret_ = false;
  bool only_behind_colon_ = false;
};

}  // namespace

void mask_secrets(std::vector<std::string>& words) {
  Masker masker;
  for (std::string& word : words) {
    // The value of an option is the whole word, with its blanks.
    if (masker.waits_for_secret() || word.find_first_of(kBlanks) == std::string::npos) {
      masker.word(word);
      continue;
    }
    std::string masked;
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t begin = std::min(word.find_first_not_of(kBlanks, at), word.size());
      masked.append(word, at, begin - at);
      at = std::min(word.find_first_of(kBlanks, begin), word.size());
      std::string part = word.substr(begin, at - begin);
      if (!part.empty()) masker.word(part);
      masked += part;
    }
    word = std::move(masked);
  }
}

}  // namespace conntrail::snapshot
