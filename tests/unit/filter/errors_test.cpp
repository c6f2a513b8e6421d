// What a person reads when an expression is wrong: golden texts.
#include "fixture.h"

namespace conntrail::filter::test {
namespace {

struct Golden {
  std::string expression;
  std::string message;
};

TEST(Errors, texts) {
  const std::vector<Golden> goldens{
      {"dprot = :443",
       "cannot read the filter: there is no term \"dprot\"\n"
       "  dprot = :443\n"
       "  ^~~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (did you mean "
       "\"dport\"?)"},
      {"dport = :443 state estblished",
       "cannot read the filter: there is no state \"estblished\"\n"
       "  dport = :443 state estblished\n"
       "                     ^~~~~~~~~~\n"
       "expected a state (established, syn-sent, time-wait, ...) or a group (all, connected, synchronized, "
       "bucket, big) (did you mean \"established\"?)"},
      {"dport = ",
       "cannot read the filter: the expression ends where \"dport\" needs a value\n"
       "  dport = \n"
       "         ^\n"
       "expected a port, such as :443, 443 or https"},
      {"state",
       "cannot read the filter: the expression ends where \"state\" needs a value\n"
       "  state\n"
       "       ^\n"
       "expected a state, such as established, or a group, such as connected"},
      {"( dport = :443",
       "cannot read the filter: this \"(\" is not closed\n"
       "  ( dport = :443\n"
       "  ^\n"
       "expected a \")\" behind its expression"},
      {"dport = :443 )",
       "cannot read the filter: \")\" stands where no term can follow\n"
       "  dport = :443 )\n"
       "               ^\n"
       "expected \"and\", \"or\", another term or the end (no \"(\" is open here)"},
      {"( pid 1 = )",
       "cannot read the filter: \"=\" stands where no term can follow\n"
       "  ( pid 1 = )\n"
       "          ^\n"
       "expected \"and\", \"or\", another term or \")\""},
      {"dport = :443 or",
       "cannot read the filter: the expression ends too early\n"
       "  dport = :443 or\n"
       "                 ^\n"
       "expected a term, such as \"dport = :443\", or \"not\" or \"(\""},
      {"or dport = :443",
       "cannot read the filter: \"or\" stands where a term begins\n"
       "  or dport = :443\n"
       "  ^~\n"
       "expected a term, such as \"dport = :443\", or \"not\" or \"(\""},
      {"dport and pid 3",
       "cannot read the filter: \"and\" stands where \"dport\" needs a value\n"
       "  dport and pid 3\n"
       "        ^~~\n"
       "expected a port, such as :443, 443 or https"},
      {"dport > *",
       "cannot read the filter: \"*\" cannot be compared by size\n"
       "  dport > *\n"
       "          ^\n"
       "expected a port number or a service name"},
      {"dport = :70000",
       "cannot read the filter: \"70000\" is not a port\n"
       "  dport = :70000\n"
       "          ^~~~~~\n"
       "expected a port from 0 to 65535"},
      {"dport = :hppts",
       "cannot read the filter: there is no service named \"hppts\"\n"
       "  dport = :hppts\n"
       "          ^~~~~~\n"
       "expected a port, such as :443, 443 or https"},
      {"dport = :",
       "cannot read the filter: the port is missing\n"
       "  dport = :\n"
       "          ^\n"
       "expected a port, such as :443, 443 or https"},
      {"dport = 10.0.0.1:22",
       "cannot read the filter: \"10.0.0.1:22\" is not a port\n"
       "  dport = 10.0.0.1:22\n"
       "          ^~~~~~~~~~~\n"
       "expected a port, such as :443, 443 or https (addresses are compared with src, dst and addr)"},
      {"dst > 10.0.0.0/8",
       "cannot read the filter: \">\" does not fit \"dst\"\n"
       "  dst > 10.0.0.0/8\n"
       "      ^\n"
       "expected = or != there"},
      {"dst 10.0.0.0/33",
       "cannot read the filter: \"10.0.0.0/33\" is not an address: its prefix length is wrong\n"
       "  dst 10.0.0.0/33\n"
       "      ^~~~~~~~~~~\n"
       "expected a length from 0 to 32 (IPv4) or 128 (IPv6) behind the slash"},
      {"dst example.org",
       "cannot read the filter: \"example.org\" is not an address\n"
       "  dst example.org\n"
       "      ^~~~~~~~~~~\n"
       "expected an address, such as 10.0.0.1, 10.0.0.0/8, 10.0.0.1:443, [fe80::1]:443, :443 or \"*\" (host "
       "names are not looked up)"},
      {"dst 22",
       "cannot read the filter: \"22\" is not an address\n"
       "  dst 22\n"
       "      ^~\n"
       "expected an address, such as 10.0.0.1, 10.0.0.0/8, 10.0.0.1:443, [fe80::1]:443, :443 or \"*\" (a "
       "port is written :22)"},
      {"dst fe80::1%eth0",
       "cannot read the filter: \"fe80::1%eth0\" is not an address\n"
       "  dst fe80::1%eth0\n"
       "      ^~~~~~~~~~~~\n"
       "expected an address without a zone (leave out the \"%\" and what follows)"},
      {"dst [fe80::1",
       "cannot read the filter: the \"[\" has no \"]\"\n"
       "  dst [fe80::1\n"
       "      ^~~~~~~~\n"
       "expected an address, such as 10.0.0.1, 10.0.0.0/8, 10.0.0.1:443, [fe80::1]:443, :443 or \"*\""},
      {"dst [fe80::1]22",
       "cannot read the filter: \"22\" stands behind the address\n"
       "  dst [fe80::1]22\n"
       "      ^~~~~~~~~~~\n"
       "expected \":PORT\" or \"/LENGTH\" there"},
      {"dst inet:[::1]",
       "cannot read the filter: \"::1\" is not of family inet\n"
       "  dst inet:[::1]\n"
       "      ^~~~~~~~~~\n"
       "expected an address, such as 10.0.0.1, 10.0.0.0/8, 10.0.0.1:443, [fe80::1]:443, :443 or \"*\""},
      {"dst inet6:",
       "cannot read the filter: the address is missing\n"
       "  dst inet6:\n"
       "      ^~~~~~\n"
       "expected an address, such as 10.0.0.1, 10.0.0.0/8, 10.0.0.1:443, [fe80::1]:443, :443 or \"*\""},
      {"pid = nginx",
       "cannot read the filter: \"nginx\" is not such a number\n"
       "  pid = nginx\n"
       "        ^~~~~\n"
       "expected a process id, such as 1234"},
      {"pid -1",
       "cannot read the filter: \"-1\" is not such a number\n"
       "  pid -1\n"
       "      ^~\n"
       "expected a process id, such as 1234"},
      {"uid = nobdy",
       "cannot read the filter: there is no user \"nobdy\"\n"
       "  uid = nobdy\n"
       "        ^~~~~\n"
       "expected a user, such as 33 or www-data"},
      {"age = 10s",
       "cannot read the filter: \"age\" is measured in nanoseconds and hardly ever equals a value\n"
       "  age = 10s\n"
       "      ^\n"
       "expected <, <=, > or >= behind \"age\""},
      {"age 10s",
       "cannot read the filter: \"age\" is measured in nanoseconds and hardly ever equals a value\n"
       "  age 10s\n"
       "      ^~~\n"
       "expected <, <=, > or >= behind \"age\""},
      {"age > soon",
       "cannot read the filter: \"soon\" is not a length of time\n"
       "  age > soon\n"
       "        ^~~~\n"
       "expected a length of time, such as 10s, 1.5m or 250ms (units are ns, us, ms, s, m, h and d)"},
      {"comm > nginx",
       "cannot read the filter: \">\" does not fit \"comm\"\n"
       "  comm > nginx\n"
       "       ^\n"
       "expected = or != there"},
      {"comm = \"Web Content",
       "cannot read the filter: the quote is not closed\n"
       "  comm = \"Web Content\n"
       "         ^~~~~~~~~~~~\n"
       "expected a closing \""},
      {"comm nginx worker",
       "cannot read the filter: there is no term \"worker\"\n"
       "  comm nginx worker\n"
       "             ^~~~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (a value with "
       "blanks in it needs quotes)"},
      {"comm \\",
       "cannot read the filter: a backslash stands at the end\n"
       "  comm \\\n"
       "       ^\n"
       "expected the character it escapes"},
      {"established",
       "cannot read the filter: \"established\" is a state\n"
       "  established\n"
       "  ^~~~~~~~~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (write \"state "
       "established\")"},
      {":443 = 3",
       "cannot read the filter: \":443\" is a value without a term\n"
       "  :443 = 3\n"
       "  ^~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (for a port at "
       "either end write \"port = :443\")"},
      {"10.0.0.1 = 3",
       "cannot read the filter: \"10.0.0.1\" is a value without a term\n"
       "  10.0.0.1 = 3\n"
       "  ^~~~~~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (for an address "
       "at either end write \"addr 10.0.0.1\")"},
      {"443",
       "cannot read the filter: \"443\" is a value without a term\n"
       "  443\n"
       "  ^~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (for a port at "
       "either end write \":443\", for a process \"pid 443\")"},
      {"dprot",
       "cannot read the filter: there is no term \"dprot\"\n"
       "  dprot\n"
       "  ^~~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (did you mean "
       "\"dport\"? a program of that name is \"comm dprot\")"},
      {"estblished",
       "cannot read the filter: there is no term \"estblished\"\n"
       "  estblished\n"
       "  ^~~~~~~~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (did you mean "
       "\"state established\"? a program of that name is \"comm estblished\")"},
      {"host 10.0.0.1",
       "cannot read the filter: there is no term \"host\"\n"
       "  host 10.0.0.1\n"
       "  ^~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (a program of "
       "that name is \"comm host\")"},
      {"nginx redis",
       "cannot read the filter: there is no term \"redis\"\n"
       "  nginx redis\n"
       "        ^~~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (a value with "
       "blanks in it needs quotes)"},
      {"example.org:80",
       "cannot read the filter: there is no term \"example.org:80\"\n"
       "  example.org:80\n"
       "  ^~~~~~~~~~~~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (host names are "
       "not looked up)"},
      {"/usr/sbin/nginx",
       "cannot read the filter: there is no term \"/usr/sbin/nginx\"\n"
       "  /usr/sbin/nginx\n"
       "  ^~~~~~~~~~~~~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (for a program "
       "write \"comm NAME\")"},
      {"10.0.0.300",
       "cannot read the filter: \"10.0.0.300\" is not an address\n"
       "  10.0.0.300\n"
       "  ^~~~~~~~~~\n"
       "expected an address, such as 10.0.0.1, 10.0.0.0/8, 10.0.0.1:443, [fe80::1]:443, :443 or \"*\" (host "
       "names are not looked up)"},
      {"dev eth0",
       "cannot read the filter: \"dev\" is a term of ss that conntrail's records cannot answer\n"
       "  dev eth0\n"
       "  ^~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\""},
      {"\"x\" = 3",
       "cannot read the filter: \"x\" stands where a term begins\n"
       "  \"x\" = 3\n"
       "  ^~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\""},
      {"direction = actve",
       "cannot read the filter: \"actve\" is not a value of this term\n"
       "  direction = actve\n"
       "              ^~~~~\n"
       "expected one of active, passive, unknown (did you mean \"active\"?)"},
      {"reason = closed",
       "cannot read the filter: \"closed\" is not a value of this term\n"
       "  reason = closed\n"
       "           ^~~~~~\n"
       "expected one of normal, refused, timeout, reset_by_peer, reset_by_local, aborted, unreachable, "
       "killed, no_port, rejected, gave_up, fallback, repair, unknown"},
      {"owner_source = kernel",
       "cannot read the filter: \"kernel\" is not a value of this term\n"
       "  owner_source = kernel\n"
       "                 ^~~~~~\n"
       "expected one of connect, listen, accept, close, fd, inherited, unknown"},
      {"cgroup /nope",
       "cannot read the filter: there is no cgroup \"/nope\"\n"
       "  cgroup /nope\n"
       "         ^~~~~\n"
       "expected a path below the cgroup2 mount, or a cgroup id"},
      {"netns red",
       "cannot read the filter: there is no network namespace \"red\"\n"
       "  netns red\n"
       "        ^~~\n"
       "expected a network namespace: its name, inode, or a process in it"},
      {"owner > 3",
       "cannot read the filter: \">\" does not fit \"owner\"\n"
       "  owner > 3\n"
       "        ^\n"
       "expected = or != there"},
      {"state established exclude all",
       "cannot read the filter: no state is left\n"
       "  state established exclude all\n"
       "                    ^~~~~~~\n"
       "expected state and exclude words that leave at least one"},
      {"state > established",
       "cannot read the filter: \">\" does not fit \"state\"\n"
       "  state > established\n"
       "        ^\n"
       "expected a state, or = or != there"},
      {"()",
       "cannot read the filter: \")\" stands where a term begins\n"
       "  ()\n"
       "   ^\n"
       "expected a term, such as \"dport = :443\", or \"not\" or \"(\""},
      {"not",
       "cannot read the filter: the expression ends too early\n"
       "  not\n"
       "     ^\n"
       "expected a term, such as \"dport = :443\", or \"not\" or \"(\""},
      {"pid 1 &&& pid 2",
       "cannot read the filter: \"&\" stands where a term begins\n"
       "  pid 1 &&& pid 2\n"
       "          ^\n"
       "expected a term, such as \"dport = :443\", or \"not\" or \"(\""},
      {"pid = = 3",
       "cannot read the filter: \"=\" stands where \"pid\" needs a value\n"
       "  pid = = 3\n"
       "        ^\n"
       "expected a process id, such as 1234"},
      {"comm = größe grß = 3",
       "cannot read the filter: there is no term \"grß\"\n"
       "  comm = größe grß = 3\n"
       "               ^~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (a value with "
       "blanks in it needs quotes)"},
      {"comm a\tb\033[31m",
       "cannot read the filter: there is no term \"b?[31m\"\n"
       "  comm a b?[31m\n"
       "         ^~~~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (a value with "
       "blanks in it needs quotes)"},
      {"dport\t=\n:x",
       "cannot read the filter: there is no service named \"x\"\n"
       "  dport = :x\n"
       "          ^~\n"
       "expected a port, such as :443, 443 or https"},
      {"sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or "
       "sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or "
       "sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or "
       "sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or "
       "sport = :1 or sport = :1 or dprt = :2 or sport = :1 or sport = :1 or sport = :1 or sport = :1 or "
       "sport = :1 or sport = :1 or sport = :1 or sport = :1 or sport = :1",
       "cannot read the filter: there is no term \"dprt\"\n"
       "  ...:1 or sport = :1 or sport = :1 or sport = :1 or dprt = :2 or sport = :1 or sport...\n"
       "                                                     ^~~~\n"
       "expected a term, such as \"state established\", \"dport = :443\" or \"comm nginx\" (did you mean "
       "\"dport\"?)"},
  };
  for (const Golden& golden : goldens)
    EXPECT_EQ(error_of(golden.expression), golden.message) << golden.expression;
}

TEST(Errors, are_of_kind_usage_and_have_their_parts) {
  const auto filter = Filter::parse("dprot = 3", environment());
  ASSERT_FALSE(filter.has_value());
  EXPECT_EQ(filter.error().kind, ErrorKind::usage);
  EXPECT_EQ(filter.error().what, "cannot read the filter");
  EXPECT_EQ(filter.error().hint, "did you mean \"dport\"?");
}

// A host that offers no look-up says so instead of finding nothing.
TEST(Errors, absent_look_ups) {
  const Environment none;
  for (const std::string text : {"dport = https", "uid www-data", "cgroup /a", "netns blue"})
    EXPECT_NE(error_of(text, none).find("cannot be looked up here"), std::string::npos) << text;
  for (const std::string text :
       {"dport = 443", "uid 33", "cgroup 7", "netns 4026532001", "netns net:[4026532001]"})
    EXPECT_EQ(error_of(text, none), "") << text;
}

}  // namespace
}  // namespace conntrail::filter::test
