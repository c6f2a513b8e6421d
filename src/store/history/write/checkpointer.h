// Copies the write-ahead log into the database from a thread and a connection of its own: that waits for the
// disk, sometimes for seconds, and commits must not.
#pragma once

#include <condition_variable>
#include <optional>
#include <string>
#include <thread>

#include "conntrail/base/mutex.h"
#include "history/sqlite.h"

namespace conntrail::store {

class Checkpointer {
 public:
  explicit Checkpointer(std::string path);
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;
  ~Checkpointer();  // waits for a copy under way

  // Returns at once. What goes wrong shows in the log's length: the writer then copies it itself.
  void request();

 private:
  void work();

  std::string path_;
  Mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace conntrail::store
