#include "proc_table.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace conntrail::snapshot {
namespace {

constexpr std::string_view kTitle = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n";
constexpr std::string_view kSocket =
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 24680 1 0\n";
constexpr std::string_view kTimeWait =
    "   7: 0100007F:949C 0100007F:A40B 06 00000000:00000000 03:000016E1 00000000     0        0 0 3 0\n";

class ProcTable : public testing::Test {
 protected:
  ProcTable() {
    std::string pattern = (std::filesystem::temp_directory_path() / "conntrail-proc-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    table.proc_net = pattern;
  }
  ~ProcTable() override { std::filesystem::remove_all(table.proc_net); }

  void write(const std::string& text, const char* file = "tcp") const {
    std::ofstream(table.proc_net + "/" + file, std::ios::binary) << text;
  }
  Result<TableReport> read() {
    rows.clear();
    return read_proc_table(table, [this](const SocketRow& row) { rows.push_back(row); });
  }

  Table table;
  std::vector<SocketRow> rows;
};

TEST_F(ProcTable, ReadsRowsInOrderAndCountsTheRest) {
  write(std::string(kTitle) + std::string(kSocket) + "garbage\n\n" + std::string(kTimeWait));
  const auto report = read();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->malformed, 2U);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].state, TcpState::listen);
  EXPECT_EQ(rows[1].state, TcpState::time_wait);
}

TEST_F(ProcTable, KeepsOnlyTimeWaitSocketsWhenAskedTo) {
  table.time_wait_only = true;
  write(std::string(kTitle) + std::string(kSocket) + std::string(kTimeWait));
  ASSERT_TRUE(read());
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].kind, SocketKind::time_wait);
}

TEST_F(ProcTable, ReadsALastLineWithoutNewline) {
  write(std::string(kTitle) + std::string(kSocket.substr(0, kSocket.size() - 1)));
  EXPECT_EQ(read()->malformed, 0U);
  EXPECT_EQ(rows.size(), 1U);
  write(std::string(kTitle) + std::string(kSocket.substr(0, 40)));
  EXPECT_EQ(read()->malformed, 1U);
  EXPECT_TRUE(rows.empty());
}

TEST_F(ProcTable, ReadsFilesLongerThanItsBlock) {
  std::string text(kTitle);
  for (int i = 0; i < 5000; ++i) text += kSocket;
  write(text);
  EXPECT_EQ(read()->malformed, 0U);
  EXPECT_EQ(rows.size(), 5000U);
}

TEST_F(ProcTable, CountsAnEndlessLineOnceAndGoesOn) {
  for (const std::size_t length : {65535U, 65536U, 65537U, 200000U, 262144U}) {
    write(std::string(kTitle) + std::string(length, 'x') + "\n" + std::string(kSocket));
    EXPECT_EQ(read()->malformed, 1U) << length;
    EXPECT_EQ(rows.size(), 1U) << length;
    write(std::string(kTitle) + std::string(length, 'x'));
    EXPECT_EQ(read()->malformed, 1U) << length;
    EXPECT_TRUE(rows.empty());
  }
}

TEST_F(ProcTable, TakesEmptyFilesAndMissingIpv6AsNoSockets) {
  write("");
  EXPECT_TRUE(read());
  write(std::string(kTitle));
  EXPECT_EQ(read()->malformed, 0U);
  table.family = Family::inet6;
  EXPECT_TRUE(read());
  EXPECT_TRUE(rows.empty());
}

TEST_F(ProcTable, FailsWithoutTheIpv4FileAndNamesIt) {
  const auto report = read();
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().what.find("/tcp"), std::string::npos);
}

TEST_F(ProcTable, FailsWhenReadingFails) {
  std::filesystem::create_directory(table.proc_net + "/tcp");
  const auto report = read();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().sys_errno, EISDIR);
}

}  // namespace
}  // namespace conntrail::snapshot
