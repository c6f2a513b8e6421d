#include "names/host_lookup.h"

#include <algorithm>
#include <bit>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "conntrail/base/hash.h"
#include "conntrail/base/text.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kMostWorkers = 64;   // lookups under way at once; each waits, none computes
constexpr std::size_t kLongestName = 127;  // what netstat's buffer holds

// Once the resolver has let a whole time-out pass, new addresses (rounds of -c) wait this long for the local
// files.
constexpr std::chrono::milliseconds kShortPatience{250};

}  // namespace

std::size_t HostKeyHash::operator()(const HostKey& key) const noexcept {
  return combine_hash(hash_of(key.address), key.network ? 1U : 0U);
}

// Shared by the workers and the asking thread; the workers keep it alive when they outlast the HostLookup.
struct HostLookup::Shared {
  Resolver resolver;
  std::mutex mutex;
  std::condition_variable answered;
  std::deque<HostKey> queue;
  std::vector<std::pair<HostKey, HostAnswer>> answers;
  std::size_t workers = 0;
  std::size_t under_way = 0;
  std::uint64_t authoritative = 0;  // answers so far that show the resolver alive
};

HostLookup::HostLookup(Resolver resolver, std::chrono::milliseconds patience, AllAtOnce then)
    : shared_(std::make_shared<Shared>()), patience_(patience), then_(std::move(then)) {
  shared_->resolver = std::move(resolver);
}

HostLookup::~HostLookup() {
  const std::lock_guard lock(shared_->mutex);
  shared_->queue.clear();
}

void HostLookup::want(const HostKey& key, bool first) {
  if (!names_.try_emplace(key).second) return;
  const std::lock_guard lock(shared_->mutex);
  if (first) {
    shared_->queue.push_front(key);
  } else {
    shared_->queue.push_back(key);
  }
}

namespace {

// Takes one address after the other until none is left.
template <class Shared>
void work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (!shared->queue.empty()) {
    const HostKey key = shared->queue.front();
    shared->queue.pop_front();
    ++shared->under_way;
    lock.unlock();
    HostAnswer answer = shared->resolver(key);
    lock.lock();
    --shared->under_way;
    if (answer.authoritative) ++shared->authoritative;
    shared->answers.emplace_back(key, std::move(answer));
    shared->answered.notify_one();
  }
  --shared->workers;
  shared->answered.notify_one();
}

}  // namespace

void HostLookup::resolve() {
  ask_workers();
  if (!then_ || still_nameless_.empty()) return;
  const HostAnswers found = then_(still_nameless_, patience_);
  still_nameless_.clear();
  if (!found.complete) patience_ = std::min(patience_, kShortPatience);
  for (const auto& [key, answer] : found.answers) take(key, answer);
}

void HostLookup::ask_workers() {
  std::unique_lock lock(shared_->mutex);
  const std::size_t wanted = std::min(kMostWorkers, shared_->workers + shared_->queue.size());
  while (shared_->workers < wanted) {
    try {
      std::thread(work<Shared>, shared_).detach();
    } catch (const std::system_error&) {
      break;  // fewer threads than wished for; without any, addresses stay numeric
    }
    ++shared_->workers;
  }

  using Clock = std::chrono::steady_clock;
  std::uint64_t seen = shared_->authoritative;
  auto deadline = Clock::now() + patience_;
  while (shared_->workers != 0 && !(shared_->queue.empty() && shared_->under_way == 0)) {
    if (shared_->answered.wait_until(lock, deadline) == std::cv_status::timeout) break;
    if (shared_->authoritative != seen) {
      seen = shared_->authoritative;
      deadline = Clock::now() + patience_;
    }
  }
  if (!shared_->queue.empty() || shared_->under_way != 0) patience_ = std::min(patience_, kShortPatience);
  shared_->queue.clear();
  take_answers();
}

void HostLookup::take_answers() {
  for (const auto& [key, answer] : shared_->answers) {
    take(key, answer);
    if (then_ && answer.name.empty() && !key.network) still_nameless_.push_back(key);
  }
  shared_->answers.clear();
}

void HostLookup::take(const HostKey& key, const HostAnswer& answer) {
  std::string& name = names_[key];
  name = printable(answer.name);
  if (name.size() > kLongestName) name.resize(kLongestName);
}

std::string_view HostLookup::name(const HostKey& key) const {
  const auto found = names_.find(key);
  return found == names_.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace conntrail::netstat
