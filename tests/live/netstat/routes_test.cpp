// -r of every family: the real netstat and ours beside each other, on fixed files and in a namespace with
// routes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "conntrail/base/text.h"
#include "differential.h"
#include "names_fixture.h"
#include "netns.h"
#include "route_fixtures.h"

namespace conntrail::test {
namespace {

struct FixtureCase {
  const char* name;
  void (*fill)(ProcFixture&);
  std::vector<const char*> options;
};

void add_nothing(ProcFixture& /*proc*/) {}

const std::vector<FixtureCase>& fixture_cases() {
  static const std::vector<const char*> kInternet{"-r",
                                                  "-rn",
                                                  "-re",
                                                  "-ren",
                                                  "-ree",
                                                  "-reen",
                                                  "-reee",
                                                  "-reeeen",
                                                  "-reeeee",
                                                  "-rW",
                                                  "-rN",
                                                  "-rv",
                                                  "-rC",
                                                  "-rCn",
                                                  "-reC",
                                                  "-reCn",
                                                  "-reeC",
                                                  "-reeCn",
                                                  "-reeeC",
                                                  "-rF",
                                                  "-rFC",
                                                  "-reeFC",
                                                  "-r -6",
                                                  "-6rn",
                                                  "-6re",
                                                  "-6rC",
                                                  "-6rCn",
                                                  "-6rFC",
                                                  "-46rn",
                                                  "-r -A inet6,inet -C",
                                                  "-r --numeric-ports",
                                                  "-6r --numeric-hosts",
                                                  "--route --extend --extend --cache --fib"};
  static const std::vector<const char*> kFew{"-r", "-rn", "-ree", "-rC", "-reeC", "-rFC", "-6r", "-6rC"};
  static const std::vector<const char*> kOthers{"-r --ax25",
                                                "-r --netrom",
                                                "-r --rose",
                                                "-r --ipx",
                                                "-r --x25",
                                                "-r --ddp",
                                                "-rn --ax25",
                                                "-rneeC --netrom",
                                                "-rF --rose",
                                                "-rCF --ipx",
                                                "-r --appletalk",
                                                "-rv -A ax25,netrom,rose",
                                                "-r --unix",
                                                "-r --bluetooth",
                                                "-r -A econet",
                                                "-r -A ash",
                                                "-r -A x25,unix,ipx",
                                                "-r -A unix,x25",
                                                "-rc --unix",
                                                "-r --tcpip",
                                                "-r -A tcpip,ip6",
                                                "-r -A nonsense",
                                                "-rt",
                                                "-rr"};
  static const std::vector<FixtureCase> kCases{
      {"EveryFlag", add_every_flag, kInternet},
      {"LargeNumbers", add_large_numbers, kInternet},
      {"OddLines", add_odd_lines, kInternet},
      {"NamedRoutes", add_named_routes, kInternet},
      {"OldCache", add_old_cache, {"-rC", "-rCn", "-reC", "-reeC", "-reeCn", "-reeeC"}},
      {"Neighbours", add_neighbours, {"-6rC", "-6rCn", "-6reC", "-6reeCn", "-r -6 -C -F"}},
      {"OtherFamilies", add_other_families, kOthers},
      {"UnknownColumns", add_unknown_columns, kFew},
      {"MissingColumns", add_missing_columns, kFew},
      {"EmptyFiles",
       add_empty_files,
       {"-r", "-rn", "-rC", "-reeC", "-6r", "-6rC", "-r --ax25", "-r --x25", "-r --ipx"}},
      {"NoFiles",
       add_nothing,
       {"-r", "-rn", "-rC", "-rFC", "-6r", "-6rC", "-46r", "-r --ax25", "-r --x25", "-r --rose", "-r --ipx",
        "-r --ddp", "-rc", "-r -A ddp,inet"}},
  };
  return kCases;
}

using FixtureRun = std::pair<std::size_t, std::size_t>;  // case and option

class NetstatRouteFixtures : public testing::TestWithParam<FixtureRun> {
 protected:
  void SetUp() override { ASSERT_TRUE(is_root()) << "needs root for namespaces"; }
};

std::vector<FixtureRun> fixture_runs() {
  std::vector<FixtureRun> runs;
  for (std::size_t i = 0; i < fixture_cases().size(); ++i) {
    for (std::size_t j = 0; j < fixture_cases()[i].options.size(); ++j) runs.emplace_back(i, j);
  }
  return runs;
}

std::string name_of(const char* fixture, std::string_view options) {
  std::string name(fixture);
  name += '_';
  for (const char c : options) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

TEST_P(NetstatRouteFixtures, AreShownAlike) {
  const FixtureCase& fixture = fixture_cases()[GetParam().first];
  ProcFixture proc;
  fixture.fill(proc);
  EtcFixture etc;
  add_names(etc);
  auto prefix = etc.prefix();
  const auto inner = proc.prefix();
  prefix.insert(prefix.end(), inner.begin(), inner.end());
  EXPECT_TRUE(same_as_netstat(fixture.options[GetParam().second], Tolerance::none, {}, prefix));
}

INSTANTIATE_TEST_SUITE_P(All, NetstatRouteFixtures, testing::ValuesIn(fixture_runs()), [](const auto& run) {
  const FixtureCase& fixture = fixture_cases()[run.param.first];
  return name_of(fixture.name, fixture.options[run.param.second]);
});

// A namespace with routes of every kind that ip(8) makes.
void make_routes() {
  const auto ip = [](std::string_view line) { must_run(words_of(std::string("ip ") + std::string(line))); };
  ip("link add veth-a type veth peer name veth-b");
  ip("link add fifteen-letters type veth peer name its-peer");
  for (const char* device : {"veth-a", "veth-b", "fifteen-letters", "its-peer"})
    ip(std::string("link set up dev ") + device);
  ip("addr add 10.1.0.9/16 dev veth-a");
  ip("addr add 10.2.0.9/24 dev veth-b");
  ip("addr add 169.254.1.1/16 dev fifteen-letters");
  ip("addr add 10.77.0.1 peer 10.77.0.2/32 dev fifteen-letters");
  ip("route add default via 10.1.0.1 dev veth-a");
  ip("route add default via 10.2.0.1 dev veth-b metric 1024");
  for (const char* kind : {"unreachable", "blackhole", "prohibit", "throw"}) {
    ip(std::string("route add ") + kind + " 10.51." + std::to_string(static_cast<int>(kind[0])) +
       ".0/24 metric 77");
  }
  ip("route add 10.60.0.0/16 nexthop via 10.1.0.1 dev veth-a weight 2 nexthop via 10.2.0.1 dev veth-b");
  ip("route add 10.61.0.1 via 10.1.0.1 mtu 1400 window 32000 rtt 300ms advmss 1360 metric 4294967295");
  ip("route add 10.62.0.0/17 via 10.9.9.9 dev veth-a onlink");
  ip("route add 10.63.0.0/24 dev fifteen-letters scope link");
  ip("route add local 10.64.0.0/16 dev lo");
  ip("route add 10.65.0.0/24 via inet6 fe80::1 dev veth-a");
  ip("route add 10.66.0.0/24 dev veth-a table 100");
  ip("addr add fd00::9/64 dev veth-a nodad");
  ip("addr add fd00:1234:5678:9abc:def0:1234:5678:9abc/128 dev veth-b nodad");
  ip("-6 route add default via fd00::1 dev veth-a");
  ip("-6 route add fd01:1234:5678:9abc:def0::/80 via fd00::1 dev veth-a metric 7 mtu 1280");
  ip("-6 route add fd02::/32 dev fifteen-letters metric 4294967295");
  for (const char* kind : {"unreachable", "blackhole", "prohibit"}) {
    ip(std::string("-6 route add ") + kind + " fd20:" + std::to_string(static_cast<int>(kind[0])) + "::/64");
  }
  ip("-6 route add fd03::/64 nexthop via fd00::1 dev veth-a nexthop via fd00::2 dev veth-a");
  ip("-6 route add fd04::/64 dev veth-a expires 600");
  ip("-6 route add fd05::/64 from fd00::/64 dev veth-a");
}

class NetstatRoutes : public testing::Test {
 protected:
  std::optional<PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(is_root()) << "needs root for namespaces";
    net_.emplace();
    make_routes();
    add_names(etc_);
  }

  EtcFixture etc_;
};

TEST_F(NetstatRoutes, OfALiveNamespaceAreShownAlike) {
  ASSERT_NE(run_both("-rn").real.out.find("10.60.0.0"), std::string::npos);
  for (const char* line : {"-r",
                           "-rn",
                           "-re",
                           "-ren",
                           "-ree",
                           "-reen",
                           "-reee",
                           "-rW",
                           "-rN",
                           "-rC",
                           "-rFC",
                           "-reeC",
                           "-r6",
                           "-6rn",
                           "-6reeW",
                           "-6rC",
                           "-6rFCn",
                           "-46r",
                           "-64rn",
                           "-A inet6 -r",
                           "--inet6 --inet -rn",
                           "--protocol=ip,ip6 -re",
                           "-nr",
                           "-rna",
                           "-rlp",
                           "-r lo",
                           "--route",
                           "--rou --num",
                           "-r --ax25",
                           "-r --x25",
                           "-r --netrom extra"}) {
    // Both missing NET/ROM files have a test of their own.
    if (std::string_view(line).find("netrom") == std::string_view::npos) {
      EXPECT_TRUE(same_as_netstat(line, Tolerance::none, {}, etc_.prefix()));
    }
  }
}

TEST_F(NetstatRoutes, InManyLines) {
  std::string batch;
  std::string batch6;
  for (int i = 0; i < 5000; ++i) {
    batch += "route add 11." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".0/24 via 10.1.0." +
             std::to_string(1 + i % 7) + " metric " + std::to_string(i) + "\n";
    if (i % 5 == 0) batch6 += "route add fd99:" + std::to_string(i) + "::/48 via fd00::1 dev veth-a\n";
  }
  ProcFixture holder;
  holder.file("batch", batch);
  holder.file("batch6", batch6);
  must_run({"ip", "-batch", holder.path("batch")});
  must_run({"ip", "-6", "-batch", holder.path("batch6")});
  const std::string table = run_both("-rn").real.out;
  ASSERT_GT(std::count(table.begin(), table.end(), '\n'), 5000);
  for (const char* line : {"-r", "-rn", "-reen", "-46r", "-6rn"}) {
    EXPECT_TRUE(same_as_netstat(line, Tolerance::none, {}, etc_.prefix()));
  }
}

TEST_F(NetstatRoutes, RepeatedEverySecond) {
  for (const char* options : {"-rc", "-rnc", "-46rFCc"}) {
    const auto two_rounds = [&](const char* program) {
      auto words = etc_.prefix();
      words.insert(words.end(), {"timeout", "1.7", program, options});
      return run_command(words);
    };
    const CommandResult real = two_rounds(kRealNetstat);
    const CommandResult ours = two_rounds(NETSTAT_UNDER_TEST);
    EXPECT_EQ(real.status, ours.status) << options;
    EXPECT_EQ(real.out, ours.out) << options;
    EXPECT_EQ(real.err, ours.err) << options;
    EXPECT_GT(std::count(ours.out.begin(), ours.out.end(), '\n'), 30) << options;
  }
}

// The values of one column of --csv.
std::vector<std::string> csv_column(const std::string& csv, std::string_view title) {
  std::istringstream in(csv);
  std::string line;
  std::getline(in, line);
  const auto titles = split(std::string_view(line).substr(0, line.find('\r')), ',');
  const auto at = static_cast<std::size_t>(std::find(titles.begin(), titles.end(), title) - titles.begin());
  std::vector<std::string> values;
  while (std::getline(in, line)) {
    const auto fields = split(std::string_view(line).substr(0, line.find('\r')), ',');
    values.emplace_back(at < fields.size() ? fields[at] : "missing");
  }
  return values;
}

// The words of one column of netstat's table; `first` lines are titles.
std::vector<std::string> text_column(const std::string& table, std::size_t column) {
  std::istringstream in(table);
  std::string line;
  for (int title = 0; title < 2; ++title) std::getline(in, line);
  std::vector<std::string> values;
  while (std::getline(in, line)) {
    const auto words = words_of(line);
    values.push_back(column < words.size() ? words[column] : "missing");
  }
  return values;
}

TEST_F(NetstatRoutes, AsRecordsAreTheSameRoutes) {
  const std::string real = run_both("-ren").real.out;
  const CommandResult csv = run_both("-rn", {"--csv"}).ours;
  EXPECT_EQ(csv.status, 0);
  EXPECT_EQ(csv_column(csv.out, "destination"), text_column(real, 0));
  EXPECT_EQ(csv_column(csv.out, "references"), [&] {
    auto values = text_column(real, 5);
    std::replace(values.begin(), values.end(), std::string("-"), std::string("0"));  // of routes that reject
    return values;
  }());
  auto gateways = text_column(real, 1);
  for (std::string& gateway : gateways) {
    if (gateway == "0.0.0.0" || gateway == "-") gateway.clear();
  }
  EXPECT_EQ(csv_column(csv.out, "gateway"), gateways);

  const std::string real6 = run_both("-6rn").real.out;
  const CommandResult csv6 = run_both("-6rn", {"--csv"}).ours;
  auto destinations = csv_column(csv6.out, "destination");
  const auto lengths = csv_column(csv6.out, "prefix_length");
  ASSERT_EQ(destinations.size(), lengths.size());
  for (std::size_t i = 0; i < lengths.size(); ++i) destinations[i] += "/" + lengths[i];
  EXPECT_EQ(destinations, text_column(real6, 0));
  EXPECT_EQ(csv_column(csv6.out, "interface"), text_column(real6, 6));

  const std::string json = run_both("-46rn", {"--json"}).ours.out;
  EXPECT_NE(
      json.find("{\"type\":\"route\",\"family\":\"inet\",\"table\":\"main\",\"destination\":\"10.61.0.1\","
                "\"prefix_length\":32,\"gateway\":\"10.1.0.1\",\"interface\":\"veth-a\",\"flags\":[\"up\","
                "\"gateway\",\"host\"],\"metric\":-1,\"references\":0,\"uses\":0,\"mtu_bytes\":1400,"),
      std::string::npos)
      << json;
  EXPECT_NE(
      json.find("\"family\":\"inet6\",\"table\":\"main\",\"destination\":\"fd02::\",\"prefix_length\":32,"
                "\"interface\":\"fifteen-letters\",\"flags\":[\"up\"],\"metric\":4294967295,"),
      std::string::npos)
      << json;
  EXPECT_EQ(static_cast<std::size_t>(std::count(json.begin(), json.end(), '\n')),
            destinations.size() + gateways.size());
}

}  // namespace
}  // namespace conntrail::test
