#include "history/write/checkpointer.h"

namespace conntrail::store {
namespace {

// The writer adds to the log during a copy; it can begin the log anew only when all of it was copied. The
// second copy has little left to do.
constexpr int kMostCopies = 3;

void copy_log(const Database& database) {
  for (int copy = 0; copy < kMostCopies; ++copy) {
    int pages = 0;
    int copied = 0;
    const int code =
        sqlite3_wal_checkpoint_v2(database.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
    if (code != SQLITE_OK || pages == copied) return;
  }
}

}  // namespace

Checkpointer::Checkpointer(std::string path) : path_(std::move(path)), thread_([this] { work(); }) {}

Checkpointer::~Checkpointer() {
  {
    const Lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Checkpointer::request() {
  {
    const Lock lock(mutex_);
    wanted_ = true;
  }
  wake_.notify_one();
}

void Checkpointer::work() {
  std::optional<Database> database;
  Lock lock(mutex_);
  for (;;) {
    wake_.wait(lock.native(), [this]() REQUIRES(mutex_) { return wanted_ || stopping_; });
    if (stopping_) return;
    wanted_ = false;
    lock.unlock();
    if (!database) {
      auto opened = Database::open(path_, SQLITE_OPEN_READWRITE, path_);
      if (opened) database.emplace(std::move(*opened));
    }
    if (database) copy_log(*database);
    lock.lock();
  }
}

}  // namespace conntrail::store
