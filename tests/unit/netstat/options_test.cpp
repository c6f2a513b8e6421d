// The command line into options, as net-tools 2.10 and glibc's getopt_long read it.
#include "options/options.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "options/usage.h"

namespace conntrail::netstat {
namespace {

ParsedCommandLine parse(const std::string& line, const ParseEnvironment& environment = {}) {
  std::vector<std::string> words{"netstat"};
  std::istringstream in(line);
  for (std::string word; in >> word;) words.push_back(word);
  std::vector<char*> arguments;
  arguments.reserve(words.size());
  for (std::string& word : words) arguments.push_back(word.data());
  return parse_command_line(arguments, environment);
}

Options options_of(const std::string& line) {
  const ParsedCommandLine parsed = parse(line);
  EXPECT_TRUE(parsed.options) << line << ": " << parsed.err;
  return parsed.options.value_or(Options{});
}

void expect_usage_error(const std::string& line, const std::string& message) {
  const ParsedCommandLine parsed = parse(line);
  EXPECT_FALSE(parsed.options) << line;
  EXPECT_EQ(parsed.exit_code, 3) << line;
  EXPECT_EQ(parsed.out, "");
  EXPECT_EQ(parsed.err, message + std::string(usage_text()) + std::string(family_list_text()));
}

TEST(CommandLine, Clusters) {
  const Options o = options_of("-tanpeo");
  EXPECT_TRUE(o.tcp && o.all && o.programs && o.timers && o.numeric_hosts && o.numeric_ports &&
              o.numeric_users);
  EXPECT_EQ(o.extend, 1);
  EXPECT_FALSE(o.udp || o.listening || o.wide || o.continuous);
  EXPECT_TRUE(o.families.inet && o.families.inet6);
  EXPECT_EQ(o.mode, Mode::sockets);
}

TEST(CommandLine, LongFormsAndUniquePrefixes) {
  const Options o = options_of("--tcp --list --prog --ext --tim --wi --conti --numeric-h");
  EXPECT_TRUE(o.tcp && o.listening && o.programs && o.timers && o.wide && o.continuous && o.numeric_hosts);
  EXPECT_FALSE(o.numeric_ports || o.numeric_users);
}

TEST(CommandLine, OperandsMayStandBetween) {
  const Options o = options_of("foo -t bar -n -- -u");
  EXPECT_TRUE(o.tcp && o.numeric_hosts);
  EXPECT_FALSE(o.udp);
  EXPECT_FALSE(parse("foo -t", {.posixly_correct = true}).options->tcp);
}

TEST(CommandLine, AFamilyWithoutProtocolMeansAllOfThem) {
  const Options four = options_of("-4");
  EXPECT_TRUE(four.tcp && four.udp && four.udplite && four.sctp && four.raw && four.implied_protocols);
  EXPECT_TRUE(four.families.inet && !four.families.inet6);
  const Options six_tcp = options_of("-6t");
  EXPECT_TRUE(six_tcp.tcp && !six_tcp.udp && !six_tcp.implied_protocols && !six_tcp.families.inet);
  EXPECT_FALSE(options_of("").tables_named());
  EXPECT_FALSE(options_of("--ddp").tables_named());
  EXPECT_TRUE(options_of("-x").tables_named());
}

TEST(CommandLine, FamilyNames) {
  const Options o = options_of("-A inet,unix --ipx -6 -A appletalk");
  EXPECT_TRUE(o.families.inet && o.families.inet6 && o.families.unix_domain && o.families.ipx);
  EXPECT_EQ(o.families.names, "inet,unix,ipx,inet6,ddp");
  const ParsedCommandLine unknown = parse("-A inet,foo -t");
  EXPECT_FALSE(unknown.options);
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_EQ(unknown.err, "Unknown address family `foo'.\n");
}

TEST(CommandLine, Modes) {
  EXPECT_EQ(options_of("-r").mode, Mode::routes);
  EXPECT_EQ(options_of("-i").mode, Mode::interfaces);
  EXPECT_EQ(options_of("-s").mode, Mode::statistics);
  EXPECT_EQ(options_of("-M").mode, Mode::masquerade);
  for (const char* line : {"-rs", "-ii", "-rr", "-ss", "-MM", "-iM", "--route --stat"})
    expect_usage_error(line, "");
}

TEST(CommandLine, Messages) {
  expect_usage_error("-tY", "netstat: invalid option -- 'Y'\n");
  expect_usage_error("-:", "netstat: invalid option -- ':'\n");
  expect_usage_error("-?", "");
  expect_usage_error("--foo=1", "netstat: unrecognized option '--foo=1'\n");
  expect_usage_error("--tcp=1", "netstat: option '--tcp' doesn't allow an argument\n");
  expect_usage_error("-A", "netstat: option requires an argument -- 'A'\n");
  expect_usage_error("--prot", "netstat: option '--protocol' requires an argument\n");
  expect_usage_error("--num",
                     "netstat: option '--num' is ambiguous; possibilities: '--numeric' '--numeric-hosts' "
                     "'--numeric-ports' '--numeric-users'\n");
  expect_usage_error("--i", "netstat: option '--i' is ambiguous; possibilities: '--ip' '--interfaces'\n");
}

TEST(CommandLine, HelpAndVersion) {
  const ParsedCommandLine help = parse("-h -Y");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.out, usage_text());
  EXPECT_EQ(help.err, family_list_text());
  EXPECT_EQ(parse("-V").out, version_text());
}

TEST(CommandLine, OwnOptionsAreNotAbbreviated) {
  EXPECT_EQ(options_of("--source proc").source, snapshot::Source::proc);
  EXPECT_EQ(options_of("--source=diag -t").source, snapshot::Source::diag);
  expect_usage_error("--sou=proc", "netstat: unrecognized option '--sou=proc'\n");
  EXPECT_EQ(parse("--source x\x1b").err, "netstat: unknown source 'x?' (auto, diag, bpf or proc)\n");
}

TEST(CommandLine, ContextNeedsSelinux) {
  EXPECT_EQ(parse("-Z").err, "SELinux is not enabled on this machine.\n");
  EXPECT_EQ(parse("-Z").exit_code, 1);
  const ParsedCommandLine enabled = parse("-Z", {.selinux = true});
  ASSERT_TRUE(enabled.options);
  EXPECT_TRUE(enabled.options->context && enabled.options->programs);
}

using std::chrono::milliseconds;

TEST(OwnOptions, SecondsBehindC) {
  EXPECT_EQ(options_of("-c").interval, milliseconds(1000));
  EXPECT_EQ(options_of("-c 5").interval, milliseconds(5000));
  EXPECT_EQ(options_of("-tanc 0.25").interval, milliseconds(250));
  EXPECT_EQ(options_of("--continuous=2").interval, milliseconds(2000));
  EXPECT_EQ(options_of("--conti 2").interval, milliseconds(2000));
  EXPECT_TRUE(options_of("-c 5").continuous);
  // Letters and digits in a cluster are options as ever, and what is no number is an operand.
  EXPECT_TRUE(options_of("-c4").families.inet);
  EXPECT_EQ(options_of("-ct 5").interval, milliseconds(1000));
  for (const char* word : {"x", "0", "-1", "1e3", "5s", "nan", "inf", "99999999"}) {
    if (word[0] == '-') continue;
    EXPECT_EQ(options_of(std::string("-c ") + word).interval, milliseconds(1000)) << word;
  }
  expect_usage_error("--continuous=x", "netstat: option '--continuous' doesn't allow an argument\n");
  expect_usage_error("--continuous=", "netstat: option '--continuous' doesn't allow an argument\n");
}

TEST(OwnOptions, CountOfRounds) {
  EXPECT_EQ(options_of("-c").rounds, 0U);
  EXPECT_EQ(options_of("-c --count 3").rounds, 3U);
  EXPECT_TRUE(options_of("--count=3").continuous);
  for (const char* word : {"0", "x", "-1", "1.5", "99999999999999999999"}) {
    const ParsedCommandLine parsed = parse(std::string("--count=") + word);
    EXPECT_FALSE(parsed.options);
    EXPECT_EQ(parsed.exit_code, 3);
    EXPECT_EQ(parsed.err, std::string("netstat: bad count '") + word + "'\n");
  }
}

TEST(OwnOptions, HoldersPeersAndNamespaces) {
  EXPECT_FALSE(options_of("-p").all_holders);
  EXPECT_TRUE(options_of("-pp").all_holders);
  EXPECT_TRUE(options_of("-p --programs").all_holders);
  EXPECT_FALSE(options_of("-ee").unix_peers());
  EXPECT_FALSE(options_of("-ex").unix_peers());
  EXPECT_TRUE(options_of("-ee -x").unix_peers());
  EXPECT_EQ(options_of("--netns all").netns, "all");
  EXPECT_EQ(options_of("-n").netns, "");
}

}  // namespace
}  // namespace conntrail::netstat
