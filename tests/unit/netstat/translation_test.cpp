// Texts and catalogues: every text of the sources is in po/, and a translation keeps what the layout needs.
#include "output/translation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <clocale>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "conntrail/base/text.h"

namespace conntrail::netstat {
namespace {

// "context\004text" or "text", as gettext keys are.
using Catalogue = std::map<std::string, std::string>;

std::string read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The C string literals from `at` on, one behind the other, as one text; `at` moves behind them. Empty: there
// is none.
std::optional<std::string> take_literals(const std::string& source, std::size_t& at) {
  std::string text;
  bool found = false;
  while (true) {
    const std::size_t quote = source.find_first_not_of(" \t\r\n", at);
    if (quote == std::string::npos || source[quote] != '"') break;
    found = true;
    at = quote + 1;
    while (at < source.size() && source[at] != '"') {
      char c = source[at++];
      if (c == '\\') {
        c = source[at++];
        if (c == 'n') c = '\n';
      }
      text += c;
    }
    ++at;
  }
  return found ? std::optional(text) : std::nullopt;
}

Catalogue read_catalogue(const char* name) {
  const std::string text = read_all(std::filesystem::path(CONNTRAIL_SOURCE_DIR) / "po" / name);
  Catalogue catalogue;
  std::string context;
  std::string key;
  for (std::size_t line = 0; line < text.size();) {
    std::size_t at = std::min(text.find(' ', line), text.size());
    const std::string_view word = std::string_view(text).substr(line, at - line);
    if (word == "msgctxt") {
      context = take_literals(text, at).value_or("") + '\004';
    } else if (word == "msgid") {
      key = context + take_literals(text, at).value_or("");
      context.clear();
    } else if (word == "msgstr") {
      EXPECT_TRUE(catalogue.emplace(key, take_literals(text, at).value_or("")).second) << "twice: " << key;
    }
    at = std::min(at, text.size());
    line = word.starts_with("msg") ? std::min(text.find_first_not_of('\n', at), text.size())
                                   : std::min(text.find('\n', line), text.size() - 1) + 1;
  }
  catalogue.erase("");
  return catalogue;
}

// What the sources ask for.
std::set<std::string> texts_in_sources() {
  std::set<std::string> texts;
  const auto folder = std::filesystem::path(CONNTRAIL_SOURCE_DIR) / "src/netstat";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".cpp" || entry.path().filename() == "translation.cpp") continue;
    const std::string source = read_all(entry.path());
    for (std::size_t at = source.find("transla"); at != std::string::npos; at = source.find("transla", at)) {
      const std::size_t end = source.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", at);
      const std::string word = source.substr(at, end - at);
      at = end;
      const bool in_context = word == "translated_in";
      if (source[at] != '(' || (!in_context && word != "translated" && word != "translatable")) continue;
      ++at;
      const auto text = take_literals(source, at);
      if (!text) {
        // Only a key that a table marks with translatable(), or that word's own definition.
        const std::string argument = source.substr(at, source.find(')', at) - at);
        EXPECT_TRUE(argument.ends_with("->text") || argument == "const char* english")
            << entry.path() << ": not a literal, so xgettext does not see it: " << argument;
        continue;
      }
      if (!in_context) {
        texts.insert(*text);
        continue;
      }
      at = source.find_first_not_of(", \n", at);
      const auto in = take_literals(source, at);
      EXPECT_TRUE(in) << entry.path();
      texts.insert(*text + '\004' + in.value_or(""));
    }
  }
  return texts;
}

std::vector<std::string> conversions(const std::string& text) {
  std::vector<std::string> found;
  for (std::size_t at = text.find('%'); at != std::string::npos; at = text.find('%', at + 1)) {
    const std::size_t letter = text.find_first_not_of("0123456789.hlxz-", at + 1);
    found.push_back(text.substr(at, letter == std::string::npos ? letter : letter - at + 1));
  }
  return found;
}

TEST(Catalogues, HaveEveryTextOfTheSources) {
  const auto texts = texts_in_sources();
  ASSERT_GT(texts.size(), 80U);
  const Catalogue list = read_catalogue("conntrail-netstat.pot");
  const Catalogue chinese = read_catalogue("zh_CN.po");
  for (const std::string& text : texts) {
    EXPECT_TRUE(list.contains(text)) << "run scripts/translations: " << text;
    const auto found = chinese.find(text);
    EXPECT_TRUE(found != chinese.end() && !found->second.empty()) << "not in po/zh_CN.po: " << text;
  }
  for (const auto& [text, none] : list) EXPECT_TRUE(texts.contains(text)) << "no longer used: " << text;
}

TEST(Catalogues, KeepConversionsAndLineEnds) {
  for (const char* name : {"de.po", "zh_CN.po"}) {
    for (const auto& [key, text] : read_catalogue(name)) {
      const std::string english = key.substr(key.find('\004') + 1);
      if (text.empty()) continue;
      EXPECT_EQ(conversions(english), conversions(text)) << name << ": " << text;
      EXPECT_EQ(english.ends_with('\n'), text.ends_with('\n')) << name << ": " << text;
      EXPECT_EQ(english.starts_with('\n'), text.starts_with('\n')) << name << ": " << text;
      std::string visible = text;
      std::erase(visible, '\n');
      EXPECT_EQ(printable(visible), visible) << name;
    }
  }
}

// A header has several words with two blanks or more between some of them.
bool is_header(const std::string& text) {
  const std::string words(trim(text));
  return words.find('%') == std::string::npos && words.find('{') == std::string::npos &&
         words.find("--") == std::string::npos && words.find("  ") != std::string::npos;
}

// Every column begins where it does in English, or ends there (numbers stand right).
TEST(Catalogues, ChineseHeadersKeepTheirColumns) {
  ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
  int headers = 0;
  for (const auto& [key, text] : read_catalogue("zh_CN.po")) {
    if (!is_header(key)) continue;
    ++headers;
    const auto english = split(key, '\n');
    const auto chinese = split(text, '\n');
    ASSERT_EQ(english.size(), chinese.size()) << key;
    for (std::size_t line = 0; line < english.size(); ++line) {
      if (english[line].find("  ") == std::string_view::npos) continue;
      std::set<std::size_t> edges;
      for (std::size_t i = 0; i <= english[line].size(); ++i) {
        const bool before = i > 0 && english[line][i - 1] != ' ';
        const bool behind = i < english[line].size() && english[line][i] != ' ';
        if (before != behind) edges.insert(i);
      }
      std::size_t column = 0;
      for (const std::string_view word : split(chinese[line], ' ')) {
        const std::size_t end = column + display_width(word);
        EXPECT_TRUE(word.empty() || edges.contains(column) || edges.contains(end)) << word << '\n' << text;
        column = end + 1;
      }
      if (english[line].ends_with(' ')) {
        EXPECT_EQ(display_width(chinese[line]), english[line].size()) << text;
      }
    }
  }
  EXPECT_GE(headers, 20);
}

TEST(Catalogues, WordsFitTheirColumns) {
  ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
  Catalogue chinese = read_catalogue("zh_CN.po");
  const auto fit = [&](std::size_t width, const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      EXPECT_LE(display_width(chinese[word]), width) << word;
      EXPECT_NE(chinese[word], "") << word;
    }
  };
  fit(11,
      {"ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
       "LAST_ACK", "LISTEN", "CLOSING", "UNKNOWN", "SABM SENT", "DISC SENT", "CONN SENT", "RECOVERY"});
  fit(10, {"STREAM", "DGRAM", "RAW", "RDM", "SEQPACKET", "UNKNOWN"});
  fit(13, {"FREE", "LISTENING", "CONNECTING", "CONNECTED", "DISCONNECTING", "UNKNOWN"});
  fit(5, {"ESTAB", "UNK."});
  fit(20, {"PID/Program name"});
}

TEST(Translation, ReplacesConversionsInOrder) {
  EXPECT_EQ(with_values("%s: no support for `%s' on this system.\n", {"netstat", "AF X25"}),
            "netstat: no support for `AF X25' on this system.\n");
  EXPECT_EQ(with_values("%5.2f%% of %lu", {"1", "2"}), "1% of 2");
  EXPECT_EQ(with_values("%s %s", {"%s"}), "%s %s");
  EXPECT_EQ(with_values("end %", {"x"}), "end %");
  EXPECT_EQ(with_values("end %l", {"x"}), "end %l");
  EXPECT_EQ(with_values("", {}), "");
}

TEST(Translation, IsEnglishWithoutACatalogue) {
  EXPECT_EQ(translated("ESTABLISHED"), "ESTABLISHED");
  EXPECT_EQ(translated_in("sctp", "ESTABLISHED"), "ESTABLISHED");
  EXPECT_EQ(translated("warning, got bogus igmp line %d.\n", {"7"}), "warning, got bogus igmp line 7.\n");
}

}  // namespace
}  // namespace conntrail::netstat
