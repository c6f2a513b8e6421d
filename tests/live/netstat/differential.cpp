#include "differential.h"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace conntrail::test {

namespace {

constexpr int kAttempts = 10;
constexpr double kTimerSlack = 2.0;  // seconds

// Figures of running timers taken out of `text`, in order; in their place stands "#".
std::vector<double> take_timers(std::string& text) {
  static const std::regex kRunning(R"(((?:on[12]?|keepalive|timewait|probe|unkn-\d+) \()(\d+\.\d\d)/)");
  std::vector<double> seconds;
  std::string rest;
  auto from = text.cbegin();
  for (auto match = std::sregex_iterator(text.cbegin(), text.cend(), kRunning);
       match != std::sregex_iterator(); ++match) {
    seconds.push_back(std::stod((*match)[2]));
    rest.append(from, (*match)[1].second).append("#/");
    from = (*match)[0].second;
  }
  rest.append(from, text.cend());
  text = rest;
  return seconds;
}

bool near(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::abs(a[i] - b[i]) > kTimerSlack) return false;
  }
  return true;
}

bool equal(BothResults both, Tolerance tolerance) {
  if (tolerance == Tolerance::running_timers &&
      !near(take_timers(both.real.out), take_timers(both.ours.out))) {
    return false;
  }
  return both.real.status == both.ours.status && both.real.out == both.ours.out &&
         both.real.err == both.ours.err;
}

std::vector<std::string> command(const std::vector<std::string>& prefix, const std::string& program,
                                 const std::vector<std::string>& options,
                                 const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = prefix;
  words.push_back(program);
  // In front: "--" among the options ends them.
  words.insert(words.end(), more.begin(), more.end());
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

// The lines of both side by side where they differ.
std::string difference(const std::string& real, const std::string& ours) {
  std::istringstream a(real);
  std::istringstream b(ours);
  std::string text;
  for (int number = 1;; ++number) {
    std::string x;
    std::string y;
    const bool has_x = static_cast<bool>(std::getline(a, x));
    const bool has_y = static_cast<bool>(std::getline(b, y));
    if (!has_x && !has_y) return text;
    if (x == y && has_x == has_y) continue;
    text += "  line " + std::to_string(number) + "\n    real: |" + x + "|\n    ours: |" + y + "|\n";
  }
}

}  // namespace

std::vector<std::string> words_of(std::string_view line) {
  std::istringstream in{std::string(line)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

BothResults run_both(std::string_view options, const std::vector<std::string>& own_options,
                     const std::vector<std::string>& prefix) {
  const auto words = words_of(options);
  return {run_command(command(prefix, kRealNetstat, words)),
          run_command(command(prefix, NETSTAT_UNDER_TEST, words, own_options))};
}

testing::AssertionResult same_as_netstat(std::string_view options, Tolerance tolerance,
                                         const std::vector<std::string>& own_options,
                                         const std::vector<std::string>& prefix) {
  BothResults both;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    both = run_both(options, own_options, prefix);
    // The real one is called by its path, which getopt puts in front of its messages.
    const std::string path(kRealNetstat);
    if (both.real.err.starts_with(path + ": ")) both.real.err.replace(0, path.size(), "netstat");
    if (equal(both, tolerance)) return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "netstat " << options << "\n status " << both.real.status << " and "
                                     << both.ours.status << "\n stdout\n"
                                     << difference(both.real.out, both.ours.out) << " stderr\n"
                                     << difference(both.real.err, both.ours.err);
}

ProcFixture::ProcFixture() {
  std::string name = (std::filesystem::temp_directory_path() / "conntrail-proc-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory for a fixture");
  directory_ = name;
  std::filesystem::create_directories(directory_ + "/net");
}

ProcFixture::~ProcFixture() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void ProcFixture::file(const std::string& path, std::string_view text) {
  const std::filesystem::path full = directory_ + "/" + path;
  std::filesystem::create_directories(full.parent_path());
  std::ofstream out(full, std::ios::binary);
  out << text << std::flush;
  if (!out) throw std::runtime_error("cannot write " + full.string());
}

void ProcFixture::link(const std::string& path, const std::string& target) {
  const std::filesystem::path full = directory_ + "/" + path;
  std::filesystem::create_directories(full.parent_path());
  std::filesystem::create_symlink(target, full);
}

std::vector<std::string> ProcFixture::prefix() const {
  return {"unshare", "-m", "sh", "-c", "mount -t tmpfs fixture /proc && cp -a \"$0\"/. /proc && exec \"$@\"",
          directory_};
}

}  // namespace conntrail::test
