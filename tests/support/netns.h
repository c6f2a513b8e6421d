// Network namespaces for tests. Everything here throws std::runtime_error when it cannot do its work.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "conntrail/base/unique_fd.h"
#include "conntrail/model/endpoint.h"

namespace conntrail::test {

// Root, as live tests need; lets a test say plainly what is missing.
[[nodiscard]] bool is_root();

// Inode of the calling thread's network namespace.
[[nodiscard]] std::uint32_t current_namespace();
// The same with its cookie, as the kernel tells it to a socket; 0 before Linux 5.14.
[[nodiscard]] NamespaceId current_namespace_id();

// A new network namespace with "lo" up: the calling thread is in it while the object lives, then back where
// it was. The kernel removes the namespace with the last process and socket in it, whatever happens to the
// test; what a test starts in it must therefore be started while the object lives, and by this thread.
class PrivateNamespace {
 public:
  PrivateNamespace();
  ~PrivateNamespace();
  PrivateNamespace(const PrivateNamespace&) = delete;
  PrivateNamespace& operator=(const PrivateNamespace&) = delete;
  // For a child that is forked only to be somewhere else: it never goes back.
  static void enter_for_good();

  [[nodiscard]] std::uint32_t inode() const { return inode_; }
  // Descriptor of the namespace that the test came from.
  [[nodiscard]] int outside() const { return outside_.get(); }

  // "net.ipv4.tcp_syn_retries" in this namespace only.
  void sysctl(std::string_view name, std::string_view value) const;
  [[nodiscard]] std::string sysctl(std::string_view name) const;

  // Runs `nft COMMAND` in the present namespace.
  static void nft(const std::string& command);
  // Drops, on their way in, the packets that match (nft syntax) until undrop().
  static void drop(const std::string& match);
  static void undrop();

 private:
  UniqueFd outside_;
  std::uint32_t inode_ = 0;
};

// A namespace mounted under /run/netns with a name no other test has; unmounted and removed at the end.
class NamedNamespace {
 public:
  NamedNamespace();
  NamedNamespace(const NamedNamespace&) = delete;
  NamedNamespace& operator=(const NamedNamespace&) = delete;
  ~NamedNamespace();
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string path() const { return "/run/netns/" + name_; }
  [[nodiscard]] std::uint32_t inode() const { return inode_; }

 private:
  std::string name_;
  std::uint32_t inode_ = 0;
};

// Runs `work` on a thread of its own inside the namespace that `path` opens; what it throws is thrown here.
void in_namespace(const std::string& path, const std::function<void()>& work);

// A forked child that does `start`, reports itself ready, and then sleeps until this object goes (or the
// thread that made it ends). What `start` throws is thrown here as a runtime_error.
class SleepingChild {
 public:
  explicit SleepingChild(const std::function<void()>& start);
  SleepingChild(const SleepingChild&) = delete;
  SleepingChild& operator=(const SleepingChild&) = delete;
  ~SleepingChild() { stop(); }
  [[nodiscard]] pid_t pid() const { return pid_; }
  void stop();  // kills it and waits for its end

 private:
  pid_t pid_ = -1;
};

}  // namespace conntrail::test
