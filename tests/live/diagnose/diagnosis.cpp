#include "diagnosis.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include "commands.h"
#include "netns.h"

namespace conntrail::live {

const Json* Diagnosis::find(std::string_view id) const {
  const auto found =
      std::ranges::find_if(findings, [&](const Json& finding) { return finding.value("id", "") == id; });
  return found == findings.end() ? nullptr : &*found;
}

void Diagnosis::expect_nothing_worse_but(const std::vector<std::string>& ids) const {
  for (const Json& finding : findings) {
    if (finding.value("severity", "") == "info") continue;
    EXPECT_TRUE(std::ranges::find(ids, finding.value("id", "")) != ids.end()) << finding;
  }
}

Json fact(const Json& finding, std::string_view key) {
  const auto facts = finding.find("facts");
  if (facts == finding.end()) return nullptr;
  return facts->value(std::string(key), Json());
}

void Diagnose::SetUp() {
  ASSERT_TRUE(test::is_root()) << "live tests need root";
  // Load and tool inherit it: a pace is to be kept beside whatever else the machine does.
  constexpr int kUrgent = -15;
  ::setpriority(PRIO_PROCESS, 0, kUrgent);
}

TemporaryFile::TemporaryFile() {
  const UniqueFd fd(::mkstemp(path_.data()));
  constexpr mode_t kForAll = 0644;
  if (!fd || ::fchmod(fd.get(), kForAll) != 0) throw std::runtime_error("mkstemp");
}

TemporaryFile::~TemporaryFile() { ::unlink(path_.c_str()); }

Diagnosis Diagnose::diagnose(const std::vector<const test::NamedNamespace*>& where,
                             std::vector<std::string> words, const std::function<void(Tool&)>& observing) {
  std::vector<std::string> arguments{"diagnose", "--json"};
  for (const test::NamedNamespace* one : where) {
    arguments.emplace_back("--netns");
    arguments.push_back(one->name());
  }
  arguments.insert(arguments.end(), words.begin(), words.end());
  Tool tool(arguments);
  EXPECT_TRUE(eventually([&] { return tool.err().find("observing") != std::string::npos || !tool.running(); },
                         std::chrono::seconds(10)))
      << tool.err();
  if (observing) observing(tool);
  const Finished finished = tool.wait(std::chrono::seconds(30));
  Diagnosis diagnosis;
  diagnosis.status = finished.status;
  diagnosis.err = finished.err;
  diagnosis.out = tool.out();
  for (const Json& line : tool.lines()) {
    if (line.value("type", "") == "evidence") diagnosis.evidence = line;
    if (line.value("type", "") == "finding") diagnosis.findings.push_back(line);
  }
  EXPECT_TRUE(diagnosis.evidence.is_object()) << finished.err;
  return diagnosis;
}

std::uint64_t Diagnose::counter(const test::NamedNamespace& where, std::string_view group,
                                std::string_view name) {
  std::uint64_t value = 0;
  test::in_namespace(where.path(), [&] { value = kernel_counter(group, name); });
  return value;
}

}  // namespace conntrail::live
