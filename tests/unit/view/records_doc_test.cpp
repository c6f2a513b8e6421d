// docs/records.md is a contract: it names exactly the keys that are printed, of every line type, and keeps
// its promises of keys that are never absent.
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "conntrail/base/text.h"
#include "conntrail/view/history.h"
#include "conntrail/view/line.h"
#include "conntrail/view/state_counts.h"
#include "conntrail/view/table.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;
using nlohmann::json;
using Keys = std::set<std::string>;

std::vector<std::string> document_lines() {
  std::ifstream file(CONNTRAIL_SOURCE_DIR "/docs/records.md");
  EXPECT_TRUE(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// The cells of one line of a Markdown table; empty for any other line.
std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out;
  if (line.empty() || line.front() != '|') return out;
  for (const std::string_view part : split(line, '|')) out.emplace_back(trim(part));
  out.erase(out.begin());  // before the first bar
  out.pop_back();          // behind the last
  return out;
}

std::string without_ticks(std::string text) {
  std::erase(text, '`');
  return text;
}

struct Documented {
  Keys all;
  Keys always;  // "never" absent
};

// "never", or "connection: not ended", which speaks of that type only.
bool never_absent(const std::string& absent, const std::string& type) {
  if (absent == "never") return true;
  const auto colon = absent.find(": ");
  if (colon == std::string::npos) return false;
  const std::string of_type = absent.substr(0, colon);
  EXPECT_TRUE(of_type == "connection" || of_type == "lost" || of_type == "retransmit") << absent;
  return of_type != type;
}

// By line type; "trail" and "holders" are the objects inside these arrays.
std::map<std::string, Documented> documented_keys() {
  std::map<std::string, Documented> out;
  bool in_table = false;
  for (const std::string& line : document_lines()) {
    const auto row = cells(line);
    if (row.empty()) in_table = false;
    if (row.size() == 6 && row[0] == "key" && row[1] == "in") in_table = true;
    if (!in_table || row[0] == "key" || row[0].starts_with("---")) continue;
    EXPECT_EQ(row.size(), 6U) << line;
    for (const std::string_view type : split(row[1], ',')) {
      Documented& documented = out[std::string(trim(type))];
      EXPECT_TRUE(documented.all.insert(without_ticks(row[0])).second) << "twice: " << line;
      if (never_absent(row[5], std::string(trim(type)))) documented.always.insert(without_ticks(row[0]));
    }
  }
  return out;
}

// Keys that were printed, by line type: in any line, and in every line.
class Printed {
 public:
  void line(const std::string& text) {
    const json value = json::parse(text);
    object(value["type"], value);
    for (const char* array : {"trail", "holders", "marks"}) {
      if (!value.contains(array)) continue;
      for (const json& entry : value[array]) object(array, entry);
    }
  }
  std::map<std::string, Documented> keys;

 private:
  void object(const std::string& type, const json& value) {
    Keys now;
    for (const auto& [key, unused] : value.items()) now.insert(key);
    const auto [it, first] = keys.try_emplace(type, Documented{now, now});
    if (first) return;
    it->second.all.insert(now.begin(), now.end());
    std::erase_if(it->second.always, [&now](const std::string& key) { return !now.contains(key); });
  }
};

// A record in which every optional value is known.
Connection complete() {
  Connection c = time_wait_client();
  c.holders = {{812, 5, "curl"}};
  c.inode = 1;
  c.tuple.netns_cookie = 4711;
  c.error = ECONNRESET;
  c.gap = true;
  c.time_wait_exit_evidence = Evidence::expected;
  c.marks = {{MarkKind::retransmit, kNoon, 0, 0}, {MarkKind::owner, kNoon, 812, 813}};
  c.marks_dropped = 1;
  c.closer_signal = SIGKILL;
  c.fallback_addr = IpAddress::v4({192, 0, 2, 1});
  c.backlog = 128;
  c.netns_name = "blue";
  c.title = "curl -s http://10.0.0.2";
  // Of no connection that ended otherwise: "after_fin".
  c.end_reason = EndReason::reset_by_peer;
  c.fin_received = true;
  return c;
}

Printed print_everything() {
  const JsonLines lines(clock(), [](std::uint32_t) { return std::string("TCP_STATE"); });
  const Connection full = complete();
  Connection living = full;
  living.ended = false;
  Connection nothing;  // not even addresses
  nothing.holders = {Holder{}};
  nothing.trail = {TrailStep{}};
  nothing.retransmits_unknown = nothing.syn_retransmits_unknown = true;
  const std::vector<Change> changes{
      Transition{&full, kNoon, TcpState::syn_sent, TcpState::established, 1us, ECONNRESET,
                 Evidence::confirmed},
      Transition{},
      Retransmit{&full, full.tuple, kNoon, TcpState::established, false, 1},
      Retransmit{},
      Reset{&full, full.tuple, kNoon, TcpState::close, true, 14},
      Reset{},
      End{&full},
      End{&nothing},
      Correction{&full},
      Correction{&nothing},
      Lost{1, kNoon, kNoon},
      Lost{},
      SnapshotMerged{kNoon, false, 1, 1, 1, 1},
      SnapshotMerged{},
  };
  Printed printed;
  for (const Change& change : changes) {
    std::string out;
    std::visit([&](const auto& what) { lines.append(out, what); }, change);
    printed.line(out);
  }
  for (const Connection* c :
       {&full, static_cast<const Connection*>(&living), static_cast<const Connection*>(&nothing)}) {
    std::string out;
    lines.append(out, *c, kNoon);
    printed.line(out);
  }
  Group service{"10.0.0.2:80", 1, 1, 0, 0, 0, 1us, 1};
  service.worst_reason = EndReason::refused;
  service.opened_by = "curl";
  Group of_two_keys;
  of_two_keys.values = {"10.0.0.2:80", "curl"};
  constexpr std::array<std::string_view, 1> kComm{"comm"};
  for (const Group& group : {service, of_two_keys, Group{}}) {
    std::string out;
    append_group_json(out, group, kComm);
    printed.line(out);
  }
  {
    const std::vector<const Connection*> rows{&full};
    std::string out;
    StateCounts(rows).append_json(out);
    printed.line(out);
  }
  for (const Gap& gap : {Gap{0, 1, 1, "x"}, Gap{}}) {
    std::string out;
    append_gap_json(out, gap);
    printed.line(out);
  }
  std::string out;
  lines.append(out, nothing, MonoTime{});
  printed.line(out);
  return printed;
}

TEST(RecordsDocument, NamesExactlyTheKeysThatArePrinted) {
  const auto documented = documented_keys();
  const auto printed = print_everything().keys;
  Keys documented_types;
  Keys printed_types;
  for (const auto& [type, unused] : documented) documented_types.insert(type);
  for (const auto& [type, unused] : printed) printed_types.insert(type);
  ASSERT_EQ(documented_types, printed_types);
  for (const auto& [type, keys] : documented) EXPECT_EQ(keys.all, printed.at(type).all) << type;
}

TEST(RecordsDocument, NeverAbsentMeansNever) {
  const auto printed = print_everything().keys;
  for (const auto& [type, keys] : documented_keys()) {
    for (const std::string& key : keys.always)
      EXPECT_TRUE(printed.at(type).always.contains(key)) << type << " " << key;
    for (const std::string& key : printed.at(type).always) {
      EXPECT_TRUE(keys.always.contains(key))
          << type << " always has " << key << ", the document says it may be absent";
    }
  }
}

TEST(RecordsDocument, NamesTheColumnsAndTheirCsvFields) {
  std::vector<std::string> documented;
  bool in_table = false;
  for (const std::string& line : document_lines()) {
    const auto row = cells(line);
    if (row.empty()) in_table = false;
    if (row.size() == 2 && row[1] == "fields") in_table = true;
    if (in_table && row[1] != "fields" && !row[0].starts_with("---"))
      documented.push_back(without_ticks(row[0]) + "=" + without_ticks(row[1]));
  }
  std::vector<std::string> actual;
  const Keys keys = documented_keys().at("connection").all;
  for (const Column& column : connection_columns()) {
    std::string fields;
    for (const std::string_view field : split(column.fields, ',')) {
      EXPECT_TRUE(keys.contains(std::string(field))) << field << " is no JSON key of a connection";
      fields += (fields.empty() ? "" : ", ") + std::string(field);
    }
    actual.push_back(std::string(column.key) + "=" + fields);
  }
  EXPECT_EQ(actual, documented);
}

}  // namespace
}  // namespace conntrail::view
