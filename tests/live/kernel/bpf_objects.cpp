#include "bpf_objects.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace conntrail::test {

std::set<std::string> bpf_objects_of(pid_t process) {
  std::set<std::string> objects;
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/fdinfo", ignored)) {
    std::ifstream file(entry.path());
    // A link's fdinfo also names its program, which then has a descriptor of its own.
    for (std::string key, value; file >> key >> value;) {
      if (key == "prog_id:") objects.insert("prog " + value);
      if (key == "map_id:") objects.insert("map " + value);
      if (key == "link_id:") objects.insert("link " + value);
    }
  }
  return objects;
}

std::set<std::string> still_there(const std::set<std::string>& objects) {
  std::set<std::string> there;
  for (const std::string& object : objects) {
    const std::string kind = object.substr(0, object.find(' '));
    const std::string id = object.substr(object.find(' ') + 1);
    const std::string command = "bpftool " + kind + " show id " + id + " >/dev/null 2>&1";
    if (std::system(command.c_str()) == 0) there.insert(object);
  }
  return there;
}

std::set<std::string> left_behind(const std::set<std::string>& objects) {
  std::set<std::string> left = objects;
  for (int i = 0; i < 50 && !left.empty(); ++i) {
    left = still_there(left);
    if (!left.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return left;
}

}  // namespace conntrail::test
