// An IPv4 address behind an IPv6 socket: plain for people, as it is for scripts.
#include <gtest/gtest.h>

#include "conntrail/view/finding_json.h"
#include "conntrail/view/finding_text.h"
#include "conntrail/view/line.h"
#include "conntrail/view/table.h"
#include "conntrail/view/timeline.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;

Connection dual_stack() {
  Connection c = established_client();
  c.tuple.family = Family::inet6;
  c.tuple.local = endpoint("::ffff:10.77.1.2", 44382);
  c.tuple.remote = endpoint("::ffff:10.77.2.2", 8090);
  c.fallback_addr = IpAddress::parse("::ffff:10.77.3.2").value();
  c.ended = true;
  c.end_reason = EndReason::fallback;
  return c;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

void expect_plain(const std::string& text) {
  EXPECT_TRUE(has(text, "10.77.2.2:8090")) << text;
  EXPECT_TRUE(has(text, "10.77.1.2:44382")) << text;
  EXPECT_FALSE(has(text, "ffff")) << text;
}

TEST(MappedAddress, IsPlainInEveryText) {
  const Connection c = dual_stack();
  const std::vector<const Connection*> rows{&c};
  expect_plain(render_table(rows, TableOptions{}, clock(), kNoon));
  expect_plain(render_timeline(c, clock(), kNoon, {}));
  TextLines lines(clock(), LineStyle{});
  std::string out;
  lines.append(out, Transition{.connection = &c,
                               .time = kNoon,
                               .from = TcpState::syn_sent,
                               .to = TcpState::established,
                               .after = 1us});
  expect_plain(out);
  out.clear();
  lines.append_connection(out, c);
  expect_plain(out);
  out.clear();
  lines.append(out, Reset{.connection = nullptr, .tuple = c.tuple, .time = kNoon});
  expect_plain(out);
}

TEST(MappedAddress, StaysAsItIsForScripts) {
  const Connection c = dual_stack();
  std::string json;
  JsonLines(clock()).append(json, c, kNoon);
  EXPECT_TRUE(has(json, R"("family":"inet6")")) << json;
  EXPECT_TRUE(has(json, R"("local_addr":"::ffff:10.77.1.2")")) << json;
  EXPECT_TRUE(has(json, R"("fallback_addr":"::ffff:10.77.3.2")")) << json;
  const std::vector<const Connection*> rows{&c};
  EXPECT_TRUE(has(render_csv(rows, TableOptions{}, clock(), kNoon), ",::ffff:10.77.2.2,8090,"));
}

TEST(MappedAddress, OfAFindingIsPlainInItsTable) {
  Finding finding;
  finding.evidence.columns = {"remote_addr", "local"};
  finding.evidence.rows = {{std::string("::ffff:10.77.2.2"), std::string("[::ffff:10.77.1.2]:80")}};
  std::string text;
  append_finding_text(text, finding, {});
  EXPECT_TRUE(has(text, "10.77.2.2")) << text;
  EXPECT_TRUE(has(text, "10.77.1.2:80")) << text;
  EXPECT_FALSE(has(text, "ffff")) << text;
  std::string json;
  append_finding_json(json, finding);
  EXPECT_TRUE(has(json, R"({"remote_addr":"::ffff:10.77.2.2","local":"[::ffff:10.77.1.2]:80"})")) << json;
}

// An IPv6 address proper, and the any address of a dual-stack listener, are no IPv4 addresses.
TEST(MappedAddress, IsNotEverySixAddress) {
  Connection c = dual_stack();
  c.tuple.local = endpoint("::", 80);
  c.tuple.remote = endpoint("fe80::1", 8090);
  const std::vector<const Connection*> rows{&c};
  const std::string table = render_table(rows, TableOptions{}, clock(), kNoon);
  EXPECT_TRUE(has(table, "[::]:80")) << table;
  EXPECT_TRUE(has(table, "[fe80::1]:8090")) << table;
}

}  // namespace
}  // namespace conntrail::view
