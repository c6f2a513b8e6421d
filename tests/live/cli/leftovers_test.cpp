// Killed without a word, the tool leaves nothing in the kernel: no program, no map, no link, no pin.
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <csignal>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli_scenario.h"

namespace conntrail::live {
namespace {

// The kernel's numbers of the BPF objects that a process holds, read from what it says of each descriptor.
struct BpfObjects {
  std::set<std::uint32_t> programs;
  std::set<std::uint32_t> maps;
  std::set<std::uint32_t> links;
};

BpfObjects held_by(pid_t pid) {
  BpfObjects objects;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fdinfo")) {
    std::ifstream file(entry.path());
    std::string key;
    std::uint32_t id = 0;
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      if (!(words >> key >> id)) continue;
      if (key == "prog_id:") objects.programs.insert(id);
      if (key == "map_id:") objects.maps.insert(id);
      if (key == "link_id:") objects.links.insert(id);
    }
  }
  return objects;
}

bool lives(int command, std::uint32_t id) {
  bpf_attr attributes{};
  attributes.prog_id = id;  // the same place as map_id and link_id
  const long fd = ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
  if (fd < 0) return errno != ENOENT;
  ::close(static_cast<int>(fd));
  return true;
}

bool any_lives(const BpfObjects& objects) {
  const auto any = [](int command, const std::set<std::uint32_t>& ids) {
    return std::any_of(ids.begin(), ids.end(), [command](std::uint32_t id) { return lives(command, id); });
  };
  return any(BPF_PROG_GET_FD_BY_ID, objects.programs) || any(BPF_MAP_GET_FD_BY_ID, objects.maps) ||
         any(BPF_LINK_GET_FD_BY_ID, objects.links);
}

std::set<std::string> pins() {
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("/sys/fs/bpf", error))
    names.insert(entry.path());
  return names;
}

class Leftovers : public Cli {};

TEST_F(Leftovers, NoneAfterSigkill) {
  const std::set<std::string> pins_before = pins();
  trace();
  const BpfObjects objects = held_by(tool->pid());
  ASSERT_FALSE(objects.programs.empty()) << "the tool must have loaded something";
  ASSERT_FALSE(objects.maps.empty());
  ASSERT_FALSE(objects.links.empty());
  EXPECT_TRUE(any_lives(objects));
  (void)one_connection();
  EXPECT_EQ(tool->stop(SIGKILL).status, 128 + SIGKILL);
  // The kernel frees them after a grace period of its own.
  EXPECT_TRUE(eventually([&] { return !any_lives(objects); }, std::chrono::seconds(20)));
  for (const std::string& pin : pins()) EXPECT_TRUE(pins_before.contains(pin)) << pin;
}

}  // namespace
}  // namespace conntrail::live
