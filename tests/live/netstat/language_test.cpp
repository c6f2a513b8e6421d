// Other languages: German as the real netstat has it, Chinese in every title and header but not in rows, both
// in columns.
#include <gtest/gtest.h>

#include <algorithm>
#include <clocale>
#include <filesystem>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "child.h"
#include "conntrail/base/text.h"
#include "differential.h"
#include "netns.h"

namespace conntrail::test {
namespace {

constexpr const char* kInetTitle =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

std::string inet_line(const std::string& remote, const std::string& state, const std::string& timer) {
  return "   0: 0100007F:1F90 " + remote + " " + state + " 000000A0:0000B000 " + timer +
         " 00000003  1000        5 4711 1 0000000000000000 20 4 30 10 -1\n";
}

// Every state with a timer, every timer, and lines that are none.
std::string inet_table() {
  std::string text(kInetTitle);
  static constexpr const char* kDigits = "123456789AB";
  for (const char* digit = kDigits; *digit != '\0'; ++digit) {
    text += inet_line(*digit == 'A' ? "00000000:0000" : "0302010A:C001", std::string("0") + *digit,
                      "01:00000014");
  }
  for (const char* timer : {"00:00000000", "01:00000014", "02:000AEF0E", "03:00000AB3", "04:00000862",
                            "05:00000001", "FF:00000001"}) {
    text += inet_line("0302010A:C001", "01", timer);
  }
  return text + "bogus\n" + inet_line("00000000:0000", "07", "00:00000000");
}

std::string unix_table() {
  std::string text("Num       RefCount Protocol Flags    Type St Inode Path\n");
  int inode = 100;
  for (const char* flags : {"00000000", "00010000", "00070000"}) {
    for (const char* type : {"0001", "0002", "0003", "0004", "0005", "000A"}) {
      for (const char* state : {"00", "01", "02", "03", "04", "09"}) {
        text += std::string("0000: 00000002 00000000 ") + flags + " " + type + " " + state + "  " +
                std::to_string(++inode) + " /run/s\n";
      }
    }
  }
  return text + "bogus\n";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(text, '\n')) lines.emplace_back(line);
  return lines;
}

class NetstatLanguages : public testing::Test {
 protected:
  std::optional<PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(is_root()) << "needs root for namespaces";
    ASSERT_TRUE(std::filesystem::exists("/usr/share/locale/de/LC_MESSAGES/net-tools.mo"))
        << "the German catalogue of net-tools is the measure";
    ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);  // for display_width
    net_.emplace();
    proc_.file("net/tcp", inet_table());
    proc_.file("net/udp", inet_table());
    proc_.file("net/raw", inet_table());
    proc_.file("net/unix", unix_table());
    proc_.file("net/sctp/eps",
               " ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\n"
               "ffff8800 ffff8801 2   10  27   5000      0 4711 10.1.0.1\nbogus\n");
    proc_.file(
        "net/sctp/assocs",
        " ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> "
        "RADDRS HBINT\n"
        "ffff ffff 2   1   3  0       1        0        7    0 4711 5000  41000  *10.1.0.1 <-> "
        "*10.3.0.1 \t    7500\nbogus\n");
    proc_.file(
        "net/igmp",
        "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n1\tlo        :     1      V3\n"
        "\t\t\t\t010000E0     1 0:00000000\t\t0\n\t\t\t\tXYZ     1 0:00000000\t\t0\n");
    proc_.file("net/igmp6",
               "1    lo              ff020000000000000000000000000001     1 0000000C 0\nbogus\n");
    std::string ax25;
    std::string radio("title\n");
    for (const char* state : {"0", "1", "2", "3", "4"}) {
      ax25 += std::string("ffff8800 bpq0 DB0XYZ-1 DL1ABC ") + state +
              " 1 2 0 1 2 3 4 5 6 7 8 9 10 11 12 13 100 200 4711\n";
    }
    proc_.file("net/ax25", ax25 + "ffff8800 ax0 * DL1ABC 0 0 0 0 1 2 3 4 5 6 7 8 9 10 11 12 13 * * *\n");
    std::string netrom("title\n");
    std::string rose("title\n");
    std::string x25("title\n");
    for (const char* state : {"0", "1", "2", "3"}) {
      netrom += std::string("DL1ABC-1  DB0XYZ-2  DB0FHN-3  nr0    01/02 03/04   ") + state +
                "   1   2   3   0/120   0/5   0/180   0/0   0/3  4     10    20 4711\n";
      rose += std::string("208017552  DL1ABC-1  208017553  DB0XYZ-1  rose0 001 00002  ") + state +
              " 0 0 0 0 0 0 0 0 0/000 0 0 4711\n";
    }
    for (const char* state : {"0", "1", "2", "3", "4"}) {
      x25 += std::string("1234567890 0987654321  x25tap0 001  ") + state +
             "  1  2  3   4   5   6   7   8   9    10    20 4711\n";
    }
    proc_.file("net/nr", netrom + "DL1ABC-1  DB0XYZ-2  DB0FHN-3  nr0    01/02 03/04   x\n");
    proc_.file("net/rose", rose + "208017552  DL1ABC-1 \n");
    proc_.file("net/x25", x25);
    proc_.file(
        "net/ipx/socket",
        "title\n00000001:000000000001:4000  Not_Connected               00000000  00000010  07     000\n"
        "0000AB01:0000000000FF:0451  00000002:1234567890AB:0452  00000010  00000000  01     1000\n"
        "0000AB01:0000000000FF:0451  00000002:1234567890AB:0452  00000010  00000000  02     0\n");
  }

  [[nodiscard]] static std::vector<std::string> with_language(std::vector<std::string> prefix,
                                                              const std::string& language,
                                                              const std::string& locale = "C.UTF-8") {
    prefix.insert(prefix.end(), {"env", "LANGUAGE=" + language, "LC_ALL=" + locale});
    return prefix;
  }

  // What ours prints from the fixture in a language.
  [[nodiscard]] CommandResult ours_in(const std::string& language, std::string_view options) {
    auto words = with_language(proc_.prefix(), language);
    words.insert(words.end(), {NETSTAT_UNDER_TEST, "--source=proc"});
    for (const std::string& word : words_of(options)) words.push_back(word);
    return run_command(words);
  }

  // Our German is the real one's; but for the word whose bytes are more than its columns, which the real one
  // pads one blank short.
  void expect_german(std::string_view options, const std::vector<std::string>& prefix) {
    static const std::regex kShort("H\xC3\x96RT( +)");
    BothResults both = run_both(options, {"--source=proc"}, with_language(prefix, "de"));
    const std::string path(kRealNetstat);
    if (both.real.err.starts_with(path)) both.real.err.replace(0, path.size(), "netstat");
    both.real.out = std::regex_replace(both.real.out, kShort, "H\xC3\x96RT $1");
    EXPECT_EQ(lines_of(both.ours.out), lines_of(both.real.out)) << options;
    EXPECT_EQ(lines_of(both.ours.err), lines_of(both.real.err)) << options;
    EXPECT_EQ(both.ours.status, both.real.status) << options;
  }

  ProcFixture proc_;
};

class GermanOfFixture : public NetstatLanguages, public testing::WithParamInterface<const char*> {};

TEST_P(GermanOfFixture, IsTheRealOnes) { expect_german(GetParam(), proc_.prefix()); }

INSTANTIATE_TEST_SUITE_P(Options, GermanOfFixture,
                         testing::Values("-tan", "-tln", "-tn", "-tano", "-tanp", "-tane", "-tanepo", "-tanW",
                                         "-uan", "-uano", "-un", "-uln", "-wan", "-wanoe", "-Un", "-x", "-xa",
                                         "-xl", "-xap", "-San", "-Sln", "-Sn", "-gn", "-4gn", "-6gn",
                                         "--ax25", "--netrom", "--rose", "--x25", "-a --x25", "--ipx",
                                         "--ipx -e", "-an", "-ln", "-n", "-v -an", "-tuSwxn", "-6an",
                                         "-A ax25,netrom,rose,x25,ipx"));

class GermanOfMessages : public NetstatLanguages, public testing::WithParamInterface<const char*> {};

TEST_P(GermanOfMessages, AreTheRealOnes) {
  const ProcFixture empty;
  expect_german(GetParam(), empty.prefix());
}

INSTANTIATE_TEST_SUITE_P(Options, GermanOfMessages,
                         testing::Values("-h", "--help", "-Y", "--foo", "--num", "--protocol", "-A",
                                         "--all=1", "-A foo", "-A inet,foo", "-?", "-ri", "-ss", "-Z",
                                         "--tcpip -n", "-2", "-V", "-S", "-v -n", "-x", "-tn", "--ax25",
                                         "-g"));

// The other modes, in a private namespace.
class GermanOfModes : public NetstatLanguages, public testing::WithParamInterface<const char*> {};

TEST_P(GermanOfModes, IsTheRealOnes) {
  ASSERT_TRUE(is_root()) << "needs root for a network namespace";
  const PrivateNamespace net;
  must_run({"ip", "address", "add", "198.51.100.7/24", "dev", "lo"});
  must_run({"ip", "route", "add", "203.0.113.0/24", "dev", "lo"});
  must_run({"ip", "route", "add", "unreachable", "192.0.2.0/24"});
  const BothResults both = run_both(GetParam(), {}, with_language({}, "de"));
  EXPECT_EQ(lines_of(both.ours.out), lines_of(both.real.out));
  EXPECT_EQ(lines_of(both.ours.err), lines_of(both.real.err));
  EXPECT_EQ(both.ours.status, both.real.status);
}

INSTANTIATE_TEST_SUITE_P(Options, GermanOfModes,
                         testing::Values("-rn", "-ren", "-reen", "-6rn", "-4 -6 -rn", "-rCn", "-rFCn",
                                         "-6rCn", "-i", "-ia", "-ie", "-iee", "-s", "-st", "-su", "-sw",
                                         "-6s", "-sx", "-A unix -r", "-A ax25 -r", "--ipx -r", "--x25 -r"));

// What only an unprivileged user is told. One without processes: of the sockets of a user's own processes
// netstat says something else.
TEST_F(NetstatLanguages, GermanOfMissingPermission) {
  const std::string user = std::to_string(unused_uid());
  for (const char* options : {"-tnp", "-xp"}) {
    auto prefix = with_language({"setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups"}, "de");
    prefix.push_back("LC_MESSAGES=C.UTF-8");
    const BothResults both = run_both(options, {}, prefix);
    EXPECT_EQ(both.ours.err, both.real.err);
    EXPECT_NE(both.real.err.find("keine Information"), std::string::npos) << both.real.err;
  }
}

// The padding that the real one gets wrong, shown to be so.
TEST_F(NetstatLanguages, GermanStatesAreInColumns) {
  const BothResults both = run_both("-xl", {"--source=proc"}, with_language(proc_.prefix(), "de"));
  EXPECT_NE(both.real.out.find("H\xC3\x96RT         138 "), std::string::npos) << both.real.out;
  EXPECT_NE(both.ours.out.find("H\xC3\x96RT          138 "), std::string::npos) << both.ours.out;
}

// A whole locale has its own decimal point, too (with "C.UTF-8" and LANGUAGE only the words change).
TEST_F(NetstatLanguages, GermanLocaleHasADecimalComma) {
  std::string directory = (std::filesystem::temp_directory_path() / "conntrail-locale-XXXXXX").string();
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  must_run({"localedef", "-i", "de_DE", "-f", "UTF-8", directory + "/de_DE.UTF-8"});
  auto prefix = proc_.prefix();
  prefix.insert(prefix.end(), {"env", "LOCPATH=" + directory, "LC_ALL=de_DE.UTF-8"});
  const BothResults both = run_both("-tuano", {"--source=proc"}, prefix);
  std::filesystem::remove_all(directory);
  EXPECT_NE(both.real.out.find("ein (0,20/3/5)"), std::string::npos) << both.real.out;
  EXPECT_EQ(lines_of(both.ours.out), lines_of(both.real.out));
}

// In a locale without a catalogue, in "C", and where no language is named: English.
TEST_F(NetstatLanguages, EnglishOtherwise) {
  for (const auto& [language, locale] : {std::pair("xx", "C.UTF-8"), {"de", "C"}, {"", "C.UTF-8"}}) {
    EXPECT_TRUE(same_as_netstat("-tanpeo", Tolerance::none, {"--source=proc"},
                                with_language(proc_.prefix(), language, locale)));
    EXPECT_TRUE(same_as_netstat("-h", Tolerance::none, {}, with_language({}, language, locale)));
  }
}

// Found by the name it was started by where /proc is not the kernel's, also through a link and by a name
// relative to the directory.
TEST_F(NetstatLanguages, CataloguesAreFoundBesideTheProgram) {
  const std::filesystem::path program(NETSTAT_UNDER_TEST);
  const std::string script =
      "ln -s \"$1\" \"$0/netstat\" && cd \"$0\" && ./netstat -tan --source=proc; rm netstat";
  std::string directory = (std::filesystem::temp_directory_path() / "conntrail-link-XXXXXX").string();
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  for (const auto& prefix : {std::vector<std::string>{}, proc_.prefix()}) {
    auto words = with_language(prefix, "de");
    words.insert(words.end(), {"sh", "-c", script, directory, program.string()});
    EXPECT_TRUE(run_command(words).out.starts_with("Aktive Internetverbindungen "));
  }
  std::filesystem::remove_all(directory);
}

// As `cmake --install` lays them out.
TEST_F(NetstatLanguages, CataloguesAreFoundWhenInstalled) {
  namespace fs = std::filesystem;
  std::string directory = (fs::temp_directory_path() / "conntrail-install-XXXXXX").string();
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const fs::path program(NETSTAT_UNDER_TEST);
  fs::create_directories(directory + "/bin");
  fs::create_directories(directory + "/share");
  fs::copy(program, directory + "/bin/netstat");
  fs::copy(program.parent_path() / "locale", directory + "/share/locale", fs::copy_options::recursive);
  for (const auto& prefix : {std::vector<std::string>{}, proc_.prefix()}) {
    auto words = with_language(prefix, "de");
    words.insert(words.end(), {directory + "/bin/netstat", "-tan", "--source=proc"});
    EXPECT_TRUE(run_command(words).out.starts_with("Aktive Internetverbindungen "));
  }
  fs::remove_all(directory);
}

// Where the fields of a line begin, in columns of a terminal.
std::vector<std::size_t> field_columns(const std::string& line) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != ' ' && (i == 0 || line[i - 1] == ' ')) {
      starts.push_back(display_width(std::string_view(line).substr(0, i)));
    }
  }
  return starts;
}

bool has_chinese(const std::string& text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0xE4; });
}

class ChineseOfFixture : public NetstatLanguages, public testing::WithParamInterface<const char*> {};

bool is_title(const std::string& english) {
  return english.starts_with("Active") || english.find("Memberships") != std::string::npos;
}

bool is_header(const std::string& english) {
  return english.starts_with("Proto") || english.starts_with("Dest") || english.starts_with("User") ||
         english.starts_with("Interface") || english.starts_with("dest_addr");
}

// Titles and headers are Chinese, and a header's words stand where English ones do. Rows are the same bytes:
// grep and awk look for their states, protocols, types, timers and flags.
TEST_P(ChineseOfFixture, HasTitlesAndHeadersAndTheRowsOfEnglish) {
  const auto english = lines_of(ours_in("en", GetParam()).out);
  const auto chinese = lines_of(ours_in("zh_CN", GetParam()).out);
  ASSERT_EQ(english.size(), chinese.size());
  ASSERT_GT(english.size(), 3U);
  static const std::regex kWords("Active|servers|Proto|Local|Foreign|State|Flags|Type|User|Timer|Interface");
  std::size_t rows = 0;
  for (std::size_t i = 0; i < english.size(); ++i) {
    if (is_title(english[i]) || is_header(english[i])) {
      EXPECT_TRUE(has_chinese(chinese[i])) << chinese[i];
      EXPECT_FALSE(std::regex_search(chinese[i], kWords)) << chinese[i];
      if (is_title(english[i])) continue;
      // Words of English titles have blanks in them ("Local Address"); every Chinese one begins where one of
      // these does.
      const auto expected = field_columns(english[i]);
      for (const std::size_t start : field_columns(chinese[i])) {
        EXPECT_TRUE(std::ranges::find(expected, start) != expected.end()) << start << '\n' << chinese[i];
      }
    } else if (english[i].find("roblem") == std::string::npos) {
      EXPECT_EQ(chinese[i], english[i]);
      ++rows;
    }
  }
  EXPECT_GT(rows, 1U);
}

INSTANTIATE_TEST_SUITE_P(Options, ChineseOfFixture,
                         testing::Values("-tan", "-tane", "-tanp", "-tano", "-tanepo", "-uan", "-uano", "-xa",
                                         "-xap", "-San", "-gn", "--ax25", "--netrom", "--rose", "--x25",
                                         "--ipx", "--ipx -e"));

// No English word is left in titles and headers.
TEST_F(NetstatLanguages, ChineseOfModes) {
  ASSERT_TRUE(is_root()) << "needs root for a network namespace";
  const PrivateNamespace net;
  must_run({"ip", "route", "add", "203.0.113.0/24", "dev", "lo"});
  static const std::regex kEnglish(
      "Kernel|table|Destination|Gateway|Genmask|Flags|Metric|Window|Iface|Next "
      "Hop|received|sent|packets|segments");
  for (const char* options : {"-rn", "-ren", "-reen", "-6rn", "-rCn", "-i", "-ia", "-s", "-st", "-6s"}) {
    const auto lines = lines_of(run_both(options, {}, with_language({}, "zh_CN")).ours.out);
    ASSERT_GT(lines.size(), 2U) << options;
    const bool counters = std::string_view(options).find('s') != std::string_view::npos;
    for (std::size_t i = 0; i < lines.size() && (counters || i < 2); ++i)
      EXPECT_FALSE(std::regex_search(lines[i], kEnglish)) << options << ": " << lines[i];
    EXPECT_TRUE(std::ranges::any_of(lines, has_chinese)) << options;
    if (!counters) {
      EXPECT_TRUE(has_chinese(lines[0])) << lines[0];
      EXPECT_TRUE(has_chinese(lines[1])) << lines[1];
    }
  }
}

TEST_F(NetstatLanguages, ChineseMessages) {
  EXPECT_TRUE(has_chinese(ours_in("zh_CN", "-h").out));
  const CommandResult table = ours_in("zh_CN", "-tuwxSgn");
  for (const std::string& line : lines_of(table.err)) EXPECT_TRUE(line.empty() || has_chinese(line)) << line;
}

}  // namespace
}  // namespace conntrail::test
