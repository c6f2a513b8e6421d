#include "process_tally.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "figures.h"

namespace conntrail::diagnose {

ProcessName process_of(const Connection& connection) {
  if (connection.owner.known()) return {connection.owner.pid, connection.owner.comm};
  if (!connection.holders.empty()) return {connection.holders.front().pid, connection.holders.front().comm};
  return {};
}

std::string Program::label() const {
  if (pid == 0) return "an unknown process";
  const std::string_view name = comm.empty() ? "?" : comm;
  if (pids.empty()) return fmt::format("{}/{}", name, pid);
  std::string out;
  for (const std::uint32_t one : pids) {
    if (!out.empty()) out += ", ";
    out += fmt::format("{}/{}", name, one);
  }
  if (processes > pids.size()) out += fmt::format(" and {} more", processes - pids.size());
  return out;
}

void ProcessTally::add(const Connection& connection) {
  const ProcessName process = process_of(connection);
  Count& entry = by_pid_[process.pid];
  if (entry.comm.empty()) entry.comm = process.comm;
  ++entry.count;
  ++total_;
}

std::size_t ProcessTally::known() const {
  const auto unknown = by_pid_.find(0);
  return total_ - (unknown == by_pid_.end() ? 0 : unknown->second.count);
}

std::vector<Program> ProcessTally::programs() const {
  struct Sum {
    Program program;
    std::vector<std::pair<std::size_t, std::uint32_t>> most;  // connections and pid, the most first
  };
  std::unordered_map<std::string_view, Sum> by_name;
  Program unknown;
  for (const auto& [pid, entry] : by_pid_) {
    if (pid == 0) {
      unknown = {{}, 0, 0, entry.count, {}};
      continue;
    }
    Sum& sum = by_name[entry.comm];
    sum.program.comm = entry.comm;
    sum.program.count += entry.count;
    ++sum.program.processes;
    const std::pair one(entry.count, pid);
    const auto more = [](const auto& a, const auto& b) {
      return std::tie(b.first, a.second) < std::tie(a.first, b.second);
    };
    sum.most.insert(std::ranges::upper_bound(sum.most, one, more), one);
    if (sum.most.size() > kMostPids) sum.most.pop_back();
  }
  std::vector<Program> out;
  out.reserve(by_name.size() + 1);
  for (auto& [name, sum] : by_name) {
    sum.program.pid = sum.most.front().second;
    for (const auto& [count, pid] : sum.most) sum.program.pids.push_back(pid);
    out.push_back(std::move(sum.program));
  }
  std::ranges::sort(out, [](const Program& a, const Program& b) {
    return std::tie(b.count, a.pid, a.comm) < std::tie(a.count, b.pid, b.comm);
  });
  if (unknown.count > 0) out.push_back(unknown);
  return out;
}

Program ProcessTally::most() const {
  const std::vector<Program> all = programs();
  return all.empty() ? Program{} : all.front();
}

std::string programs_text(const ProcessTally& tally) {
  std::vector<Program> all = tally.programs();
  if (all.empty()) return Program{}.label();
  if (all.size() > 1 && all.back().pid == 0) all.pop_back();
  if (all.size() == 1) return all.front().label();
  return fmt::format("{} and {}", all.front().label(), count_text(all.size() - 1, "other program"));
}

std::string programs_text(const ProcessTally& tally, std::string_view otherwise) {
  return tally.known() > 0 ? programs_text(tally) : std::string(otherwise);
}

}  // namespace conntrail::diagnose
