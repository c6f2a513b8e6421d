#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "conntrail/base/text.h"
#include "conntrail/view/line.h"
#include "conntrail/view/table.h"
#include "golden.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;
using nlohmann::json;

const MonoTime kNow = kNoon + 3h;

std::string csv(const std::vector<Connection>& connections, std::string_view columns, bool header = true) {
  const auto list = pointers(connections);
  return render_csv(list, {.columns = parse_columns(columns).value(), .sort = {}, .header = header}, clock(),
                    kNow);
}

// An independent reader of RFC 4180 text; a stray quote or a bare line feed is a failure.
std::vector<std::vector<std::string>> parse(const std::string& text) {
  std::vector<std::vector<std::string>> rows{{""}};
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& field = rows.back().back();
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      EXPECT_TRUE(field.empty()) << "quote inside a field at " << i;
      quoted = true;
    } else if (c == ',') {
      rows.back().emplace_back();
    } else if (c == '\r') {
      EXPECT_EQ(text[i + 1], '\n');
      ++i;
      rows.push_back({""});
    } else {
      EXPECT_NE(c, '\n');
      field += c;
    }
  }
  EXPECT_FALSE(quoted);
  EXPECT_EQ(rows.back(), std::vector<std::string>{""}) << "no line end at the end";
  rows.pop_back();
  return rows;
}

TEST(Csv, AsWritten) { expect_golden("list.csv", csv(all(), "state,age,owner,local,remote,reason,trail")); }

TEST(Csv, HeaderRowOfFields) {
  EXPECT_EQ(csv({}, "state,age,local"), "state,age_us,local_addr,local_port\r\n");
  EXPECT_EQ(csv({established_client()}, "state,local", false), "ESTABLISHED,10.0.0.1,48966\r\n");
}

TEST(Csv, UnknownValuesAreEmpty) {
  EXPECT_EQ(csv({bare()}, "age,owner,uid,cookie,left,error", false), ",,,unknown,,,,\r\n");
}

TEST(Csv, QuotesCommasAndControlCharacters) {
  const auto rows = parse(csv({hostile_name()}, "owner,state", false));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"812", "?[2J\"a\",??", "connect", "ESTABLISHED"}));
}

TEST(Csv, EveryRowHasEveryField) {
  const auto rows = parse(csv(all(), "all"));
  ASSERT_EQ(rows.size(), all().size() + 1);
  for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
}

// The fields have the values of the JSON keys of the same names.
TEST(Csv, AgreesWithJson) {
  for (const Connection& c : all()) {
    SCOPED_TRACE(c.id);
    std::string line;
    JsonLines(clock()).append(line, c, kNow);
    const json object = json::parse(line);
    const auto rows = parse(csv({c}, "all"));
    for (std::size_t i = 0; i < rows[0].size(); ++i) {
      const std::string& key = rows[0][i];
      const std::string& field = rows[1][i];
      SCOPED_TRACE(key);
      if (!object.contains(key)) {
        EXPECT_EQ(field, "");
      } else if (key == "comm") {
        EXPECT_EQ(field, printable(c.owner.comm));
      } else if (object[key].is_string()) {
        EXPECT_EQ(field, object[key].get<std::string>());
      } else {
        EXPECT_EQ(json::parse(field), object[key]);
      }
    }
  }
}

}  // namespace
}  // namespace conntrail::view
