// One run of `conntrail diagnose` on two namespaces joined by a cable, and its findings.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tcp_load.h"
#include "tool.h"

namespace conntrail::live {

struct Diagnosis {
  int status = -1;
  std::string out;
  std::string err;
  Json evidence;  // the line about what it rests on
  std::vector<Json> findings;

  // Null when there is none.
  [[nodiscard]] const Json* find(std::string_view id) const;
  // Fails the test for each finding that says more than "info" and whose id is not among these.
  void expect_nothing_worse_but(const std::vector<std::string>& ids) const;
};

// A fact of a finding; null when it is not there.
[[nodiscard]] Json fact(const Json& finding, std::string_view key);

// Any user may read it; gone with this object.
class TemporaryFile {
 public:
  TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/conntrail-diagnose-XXXXXX";
};

class Diagnose : public ::testing::Test {
 protected:
  void SetUp() override;

  // Runs `conntrail diagnose --json` with these words on the namespaces, and `observing` as soon as it
  // watches.
  static Diagnosis diagnose(const std::vector<const test::NamedNamespace*>& where,
                            std::vector<std::string> words, const std::function<void(Tool&)>& observing = {});
  // Both ends of the cable.
  Diagnosis diagnose_both(std::vector<std::string> words, const std::function<void(Tool&)>& observing = {}) {
    return diagnose({&cable.client(), &cable.server()}, std::move(words), observing);
  }

  // A counter of TcpExt or Tcp in one of the namespaces.
  static std::uint64_t counter(const test::NamedNamespace& where, std::string_view group,
                               std::string_view name);

  test::Cable cable;
};

}  // namespace conntrail::live
