#include "conntrail/session/namespace_names.h"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <utility>

#include "conntrail/snapshot/snapshot.h"

namespace conntrail::session {
namespace {

using std::chrono::milliseconds;

// A name is there within milliseconds of its namespace, long before the first connection.
constexpr Nanoseconds kBetweenLooks = milliseconds(100);

// The labels of one moment, read again when they may have changed.
class Labels {
 public:
  std::string of(std::uint32_t inode) {
    const MonoTime now = mono_now();
    if (!read_.known() || now - read_ >= std::chrono::seconds(1)) read(now);
    const auto label = labels_.find(inode);
    return label != labels_.end() ? label->second : std::string();
  }

 private:
  void read(MonoTime now) {
    read_ = now;
    labels_.clear();
    const auto list = snapshot::list_namespaces();
    if (!list) return;
    for (const snapshot::NetworkNamespace& one : list->namespaces) {
      if (!one.name.empty()) {
        labels_[one.inode] = one.name;
      } else if (&one == &list->namespaces.front()) {
        labels_[one.inode] = "self";
      } else if (one.pid != 0) {
        std::ifstream file(fmt::format("/proc/{}/comm", one.pid));
        std::string comm;
        if (std::getline(file, comm)) labels_[one.inode] = fmt::format("of {}/{}", comm, one.pid);
      }
    }
  }

  std::unordered_map<std::uint32_t, std::string> labels_;
  MonoTime read_;
};

}  // namespace

void NamespaceNames::look(MonoTime time, TrackerInput& input) {
  next_ = time + kBetweenLooks;
  std::unordered_map<std::uint32_t, std::string> now;
  for (snapshot::NetworkNamespace& one : snapshot::named_namespaces()) now[one.inode] = std::move(one.name);
  if (now == told_) return;
  for (const auto& [inode, name] : told_) {
    if (!now.contains(inode)) input.name_namespace(inode, {});
  }
  for (const auto& [inode, name] : now) {
    const auto known = told_.find(inode);
    if (known == told_.end() || known->second != name) input.name_namespace(inode, name);
  }
  told_ = std::move(now);
}

NamespaceLabels host_namespace_labels() {
  return [labels = std::make_shared<Labels>()](std::uint32_t inode) { return labels->of(inode); };
}

}  // namespace conntrail::session
