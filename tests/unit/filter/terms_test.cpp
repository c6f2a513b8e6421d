// Every term but states, each with what it finds and what it leaves.
#include "fixture.h"

namespace conntrail::filter::test {
namespace {

TEST(Terms, addresses) {
  EXPECT_TRUE(holds("dst 10.0.0.0/8"));
  EXPECT_TRUE(holds("dst = 10/8"));
  EXPECT_TRUE(holds("dst 10.1/16"));
  EXPECT_FALSE(holds("dst 10.2/16"));
  EXPECT_FALSE(holds("src 10.0.0.0/8"));
  EXPECT_TRUE(holds("dst != 11.0.0.0/8"));
  EXPECT_TRUE(holds("src 192.168.0.1:443"));
  EXPECT_FALSE(holds("src 192.168.0.1:80"));
  EXPECT_FALSE(holds("src 192.168.0.2:443"));
  EXPECT_TRUE(holds("src != 192.168.0.1:80"));
  EXPECT_FALSE(holds("src != 192.168.0.1:443"));
  EXPECT_TRUE(holds("src :443"));
  EXPECT_TRUE(holds("src :https"));
  EXPECT_TRUE(holds("src *:443"));
  EXPECT_TRUE(holds("src 192.168.0.0/24:443"));
  EXPECT_TRUE(holds("src 192.168.0.1:*"));
  for (const std::string any : {"*", "any", "all", "default", "*:*"}) EXPECT_TRUE(holds("dst " + any)) << any;
  EXPECT_TRUE(holds("src inet:192.168.0.1"));
  EXPECT_TRUE(holds("dst inet:*"));
  EXPECT_FALSE(holds("dst inet6:*"));
}

TEST(Terms, either_end) {
  EXPECT_TRUE(holds("addr 10.0.0.0/8"));
  EXPECT_TRUE(holds("addr 192.168.0.0/16"));
  EXPECT_FALSE(holds("addr 172.16.0.0/12"));
  EXPECT_TRUE(holds("addr 10.1.2.3:50000"));
  EXPECT_FALSE(holds("addr 10.1.2.3:443"));  // address and port of the same end
  EXPECT_TRUE(holds("port = 443"));
  EXPECT_TRUE(holds("port 50000"));
  EXPECT_FALSE(holds("port 22"));
  EXPECT_FALSE(holds("port != 443"));
  EXPECT_TRUE(holds("port < 1024 and port > 1024"));  // one end each
}

TEST(Terms, ipv6) {
  Connection c = web();
  c.tuple = {1, Family::inet6, endpoint("fe80::1", 22), endpoint("2001:db8::2", 50000)};
  EXPECT_TRUE(holds("src [fe80::1]:22", c));
  EXPECT_TRUE(holds("src [fe80::1]", c));
  EXPECT_TRUE(holds("src fe80::1", c));
  EXPECT_TRUE(holds("src fe80::/10", c));
  EXPECT_TRUE(holds("src fe80::/10:22", c));
  EXPECT_TRUE(holds("src [fe80::/10]:22", c));
  EXPECT_TRUE(holds("src [fe80::]/10:22", c));
  EXPECT_FALSE(holds("src [fe80::1]:23", c));
  EXPECT_TRUE(holds("dst inet6:[2001:db8::2]:50000", c));
  EXPECT_TRUE(holds("dst inet6:2001:db8::/32", c));
  EXPECT_FALSE(holds("dst [fe80::1]:22", c));
  EXPECT_FALSE(holds("dst 0.0.0.0/0", c));
}

TEST(Terms, v4_mapped) {
  Connection c = web();
  c.tuple = {1, Family::inet6, endpoint("::ffff:10.0.0.1", 22), endpoint("::ffff:10.0.0.2", 50000)};
  EXPECT_TRUE(holds("src 10.0.0.1", c));
  EXPECT_TRUE(holds("dst 10.0.0.0/8", c));
  EXPECT_TRUE(holds("src [::ffff:10.0.0.1]:22", c));
  EXPECT_TRUE(holds("family inet6", c));
  EXPECT_FALSE(holds("family inet", c));
}

TEST(Terms, family) {
  for (const std::string word : {"inet", "ipv4", "4", "INET"}) {
    EXPECT_TRUE(holds("family " + word)) << word;
    EXPECT_FALSE(holds("family != " + word)) << word;
  }
  for (const std::string word : {"inet6", "ipv6", "6"}) EXPECT_FALSE(holds("family = " + word)) << word;
}

TEST(Terms, processes) {
  EXPECT_TRUE(holds("pid = 812"));
  EXPECT_TRUE(holds("pid 813"));  // a holder
  EXPECT_FALSE(holds("pid 814"));
  EXPECT_TRUE(holds("comm nginx"));
  EXPECT_TRUE(holds("comm = helper"));
  EXPECT_FALSE(holds("comm = Nginx"));
  EXPECT_FALSE(holds("comm != helper"));
  EXPECT_TRUE(holds("uid = 33"));
  EXPECT_TRUE(holds("uid www-data"));
  EXPECT_FALSE(holds("uid >= 1000"));
  Connection nobody = web();
  nobody.owner = {};
  nobody.holders.clear();
  EXPECT_FALSE(holds("pid >= 0", nobody));
  EXPECT_FALSE(holds("uid = 0", nobody));
  EXPECT_FALSE(holds("comm *", nobody));
  EXPECT_TRUE(holds("pid != 1", nobody));
}

TEST(Terms, globs) {
  Connection c = web();
  c.holders.clear();
  const auto fits = [&](const std::string& name, const std::string& pattern) {
    c.owner.comm = name;
    return holds("comm = " + pattern, c);
  };
  EXPECT_TRUE(fits("nginx", "n*"));
  EXPECT_TRUE(fits("nginx", "*"));
  EXPECT_TRUE(fits("nginx", "*x"));
  EXPECT_TRUE(fits("nginx", "n?i*x*"));
  EXPECT_TRUE(fits("nginx", "?????"));
  EXPECT_FALSE(fits("nginx", "????"));
  EXPECT_FALSE(fits("nginx", "??????"));
  EXPECT_FALSE(fits("nginx", "ngin"));
  EXPECT_FALSE(fits("nginx", "*y"));
  EXPECT_TRUE(fits("aXbXc", "*X*c"));
  EXPECT_TRUE(fits("größe", "gr??e"));
  EXPECT_TRUE(fits("a*b", "a\\*b"));
  EXPECT_FALSE(fits("aXb", "a\\*b"));
  EXPECT_TRUE(fits("l", "l"));
  EXPECT_TRUE(fits("a?", "'a\\?'"));
  EXPECT_TRUE(fits("Web Content", "\"Web Content\""));
  EXPECT_TRUE(fits("Web Content", "'Web *'"));
  EXPECT_TRUE(fits("Web Content", "Web\\ Content"));
  EXPECT_TRUE(fits("(sd-pam)", "'(sd-pam)'"));
  EXPECT_TRUE(fits("a\"b", "\"a\\\"b\""));
  EXPECT_TRUE(fits("it's", "it's"));
  EXPECT_TRUE(fits("systemd-resolve", "systemd-resolved"));  // the kernel keeps 15 bytes
  EXPECT_TRUE(fits("and", "'and'"));
}

TEST(Terms, owner) {
  Connection nobody = web();
  nobody.owner = {};
  EXPECT_TRUE(holds("owner"));
  EXPECT_FALSE(holds("owner", nobody));
  EXPECT_TRUE(holds("not owner", nobody));
  EXPECT_TRUE(holds("owner dport = :50000"));  // a term's word is no name
  EXPECT_TRUE(holds("owner and dport = :50000"));
  EXPECT_TRUE(holds("( owner )"));
  EXPECT_TRUE(holds("owner nginx"));
  EXPECT_TRUE(holds("owner = ngi*"));
  EXPECT_TRUE(holds("owner = 812"));
  EXPECT_FALSE(holds("owner = 813"));  // a holder is no owner
  EXPECT_FALSE(holds("owner = helper"));
  EXPECT_TRUE(holds("owner = nginx/812"));
  EXPECT_FALSE(holds("owner = nginx/813"));
  EXPECT_FALSE(holds("owner = apache/812"));
  EXPECT_TRUE(holds("owner != nginx/813"));
  Connection worker = web();
  worker.owner.comm = "kworker/0:1";
  EXPECT_TRUE(holds("owner kworker/0:1", worker));
  worker.owner.comm = "pid";
  EXPECT_TRUE(holds("owner 'pid'", worker));
  EXPECT_TRUE(holds("owner = pid", worker));
  Connection one_of_several = web();
  one_of_several.owner = Owner{};
  one_of_several.owner.comm = "nginx";
  one_of_several.owner.source = OwnerSource::inherited;
  one_of_several.holders.clear();
  EXPECT_TRUE(holds("comm = nginx", one_of_several));
  EXPECT_TRUE(holds("owner nginx", one_of_several));
  EXPECT_TRUE(holds("owner", one_of_several));
  EXPECT_FALSE(holds("pid = 0", one_of_several));
  EXPECT_TRUE(holds("owner_source = accept"));
  EXPECT_FALSE(holds("owner_source connect"));
}

TEST(Terms, cgroup_and_namespace) {
  EXPECT_TRUE(holds("cgroup /system.slice/nginx.service"));
  EXPECT_TRUE(holds("cgroup = 4242"));
  EXPECT_FALSE(holds("cgroup != 4242"));
  EXPECT_FALSE(holds("cgroup 1"));
  Connection blue = web();
  blue.tuple.netns = 4026532001U;  // its cookie is not known
  for (const std::string name : {"blue", "812", "4026532001", "net:[4026532001]"}) {
    EXPECT_TRUE(holds("netns = " + name, blue)) << name;
    EXPECT_FALSE(holds("netns = " + name)) << name;
    EXPECT_TRUE(holds("netns != " + name)) << name;
  }
  blue.tuple.netns_cookie = 7001;
  EXPECT_TRUE(holds("netns blue", blue));
  blue.tuple.netns_cookie = 7002;  // another one that got the number
  EXPECT_FALSE(holds("netns blue", blue));
  EXPECT_TRUE(holds("netns != blue", blue));
  EXPECT_TRUE(holds("netns 4026532001", blue)) << "a number is nothing but a number";
}

TEST(Terms, times) {
  EXPECT_TRUE(holds("age > 10s"));
  EXPECT_TRUE(holds("age > 10"));
  EXPECT_FALSE(holds("age > 16s"));
  EXPECT_TRUE(holds("duration > 16s"));
  EXPECT_FALSE(holds("duration > 1m"));
  Connection c = web();
  c.ended = true;
  c.closed = c.opened + std::chrono::seconds(2);
  EXPECT_TRUE(holds("duration <= 2s", c));
  c.opened = c.state_since = {};
  for (const std::string text : {"age > 0", "age < 1d", "duration >= 0", "duration < 1d"})
    EXPECT_FALSE(holds(text, c)) << text;
  c.state_since = kNow + std::chrono::seconds(1);  // an event newer than `now` is 0 old
  EXPECT_TRUE(holds("age <= 0", c));
}

TEST(Terms, record_words) {
  EXPECT_TRUE(holds("direction = passive"));
  EXPECT_TRUE(holds("direction != active"));
  EXPECT_FALSE(holds("direction unknown"));
  Connection c = web();
  EXPECT_FALSE(holds("reason unknown", c));  // it has not ended
  c.ended = true;
  c.end_reason = EndReason::reset_by_peer;
  c.closed_first = ClosedFirst::remote;
  EXPECT_TRUE(holds("reason = reset_by_peer", c));
  EXPECT_TRUE(holds("end_reason reset-by-peer", c));
  EXPECT_FALSE(holds("reason = refused", c));
  EXPECT_TRUE(holds("closed_first = remote", c));
  // Neither side of one that timed out; of a TIME_WAIT that was there before, and of an end that nobody saw,
  // it is not known.
  Connection unclosed = c;
  unclosed.closed_first = ClosedFirst::none;
  unclosed.end_reason = EndReason::timeout;
  EXPECT_TRUE(holds("closed_first = none", unclosed));
  unclosed.end_reason = EndReason::unknown;
  EXPECT_FALSE(holds("closed_first = none", unclosed));
  unclosed.end_reason = EndReason::normal;
  unclosed.fin_sent = unclosed.fin_received = true;
  EXPECT_FALSE(holds("closed_first = none", unclosed));
  for (const std::string reason :
       {"normal", "refused", "timeout", "reset_by_peer", "reset_by_local", "aborted", "unreachable", "killed",
        "no_port", "rejected", "gave_up", "fallback", "repair", "unknown"})
    EXPECT_EQ(holds("reason " + reason, c), reason == "reset_by_peer") << reason;
}

TEST(Terms, FailedIsAKnownEndThatNobodyWanted) {
  Connection c = web();
  EXPECT_FALSE(holds("failed", c));  // it lives
  c.ended = true;
  for (const EndReason reason :
       {EndReason::refused, EndReason::timeout, EndReason::no_port, EndReason::gave_up,
        EndReason::reset_by_peer, EndReason::unreachable, EndReason::aborted}) {
    c.end_reason = reason;
    EXPECT_TRUE(holds("failed", c)) << end_reason_name(reason);
    EXPECT_FALSE(holds("not failed", c)) << end_reason_name(reason);
  }
  for (const EndReason reason :
       {EndReason::normal, EndReason::unknown, EndReason::fallback, EndReason::repair}) {
    c.end_reason = reason;
    EXPECT_FALSE(holds("failed", c)) << end_reason_name(reason);
  }
  c.end_reason = EndReason::refused;
  EXPECT_TRUE(holds("failed nginx", c));
  EXPECT_TRUE(holds("failed or :1", c));
  EXPECT_NE(error_of("failed = yes"), "");
}

TEST(Terms, TitleIsAGlobOverTheWholeCommandLine) {
  Connection c = web();
  EXPECT_FALSE(holds("title ~ *", c));  // not known
  EXPECT_TRUE(holds("title !~ *", c));
  c.title = "postgres: app orders 10.77.1.2(44190) idle in transaction";
  EXPECT_TRUE(holds("title ~ *app*", c));
  EXPECT_TRUE(holds("title = *app*", c));
  EXPECT_TRUE(holds("title *orders*", c));
  EXPECT_TRUE(holds("title ~ \"postgres: app *\"", c));
  EXPECT_FALSE(holds("title ~ postgres:", c));  // no prefix, and not only 15 bytes
  EXPECT_FALSE(holds("title ~ *billing*", c));
  EXPECT_TRUE(holds("title !~ *billing*", c));
  EXPECT_TRUE(holds("title ~ \"postgres: app orders 10.77.1.2(44190) idle in transaction\"", c));
  EXPECT_FALSE(holds("title ~ \"postgres: app orders 10.77.1.2(44190) idle\"", c));
  EXPECT_TRUE(parsed("state listen or title ~ *app*").asks_for_titles());
  EXPECT_FALSE(parsed("comm ~ nginx").asks_for_titles());
}

TEST(Terms, LikeIsOfNamesOnly) {
  EXPECT_TRUE(holds("comm ~ ngin*"));
  EXPECT_FALSE(holds("comm !~ ngin*", [] {
    Connection c = web();
    c.holders.clear();
    return c;
  }()));
  EXPECT_NE(error_of("dport ~ 80"), "");
  EXPECT_NE(error_of("state ~ established"), "");
  // A name may begin with it: tables mark a guess so.
  Connection c = web();
  c.owner.comm = "~x";
  EXPECT_TRUE(holds("comm ~x", c));
}

TEST(Terms, NamesStateWhereFewAreAskedFor) {
  for (const std::string text : {"state time-wait", "state bucket", "nginx state fin-wait-2 state time-wait",
                                 "dport = :1 or ( state time-wait )"})
    EXPECT_TRUE(parsed(text).names_state(TcpState::time_wait)) << text;
  for (const std::string text : {"", "state established", "exclude listen", "state connected", "state all",
                                 "not state time-wait", ":443"})
    EXPECT_FALSE(parsed(text).names_state(TcpState::time_wait)) << text;
}

}  // namespace
}  // namespace conntrail::filter::test
