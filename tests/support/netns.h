// Network namespaces for tests. Everything here throws std::runtime_error when it cannot do its work.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

namespace conntrail::test {

// Root, as live tests need; lets a test say plainly what is missing.
[[nodiscard]] bool is_root();

// Moves the calling thread (call it before others are started) into a new network namespace with "lo" up. The
// namespace goes with the last process and socket in it: nothing to clean up, whatever happens to the test.
// May be called again for a fresh one.
void enter_private_namespace();

// Inode of the calling thread's network namespace.
[[nodiscard]] std::uint32_t current_namespace();

// Sets up "lo" in the calling thread's namespace.
void bring_loopback_up();

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
