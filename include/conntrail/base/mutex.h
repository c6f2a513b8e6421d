// Mutex, Lock: std::mutex and std::unique_lock, known to clang's thread-safety analysis
// (thread_annotations.h).
#pragma once

#include <mutex>

#include "conntrail/base/thread_annotations.h"

namespace conntrail {

class CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  ~Mutex() = default;

  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  friend class Lock;
  std::mutex mutex_;
};

// Holds a mutex to the end of a scope.
class SCOPED_CAPABILITY Lock {
 public:
  explicit Lock(Mutex& mutex) ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() RELEASE() {}

  void lock() ACQUIRE() { lock_.lock(); }
  void unlock() RELEASE() { lock_.unlock(); }
  // For a condition variable. Its predicate is a function of its own to the analysis: `[this]()
  // REQUIRES(mutex_) { … }`.
  [[nodiscard]] std::unique_lock<std::mutex>& native() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

// Gives a held mutex back to the end of a scope.
class SCOPED_CAPABILITY Unlocked {
 public:
  explicit Unlocked(Mutex& mutex) RELEASE(mutex) : mutex_(mutex) { mutex_.unlock(); }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;
  ~Unlocked() RELEASE() { mutex_.lock(); }

 private:
  Mutex& mutex_;
};

// What one thread alone uses while it runs is guarded by its role. Nothing is locked: the thread's first
// function takes the role, the others require it, and so no other function can touch those members by
// mistake.
class CAPABILITY("role") ThreadRole {
 public:
  void take() const ASSERT_CAPABILITY(this) {}
};

}  // namespace conntrail
