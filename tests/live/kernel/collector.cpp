#include "collector.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "must.h"

namespace conntrail::test {
namespace {

kernel::EventStream open(std::uint32_t netns, kernel::StreamOptions options) {
  options.filter.namespaces = {{.inode = netns}};
  return must(kernel::EventStream::open(options));
}

}  // namespace

Collector::Collector(std::uint32_t netns, kernel::StreamOptions options)
    : stream_(open(netns, std::move(options))) {}

bool Collector::wait(const std::function<bool()>& enough, std::chrono::milliseconds limit) {
  const MonoTime deadline = mono_now() + limit;
  while (!enough() && mono_now() < deadline) {
    give_clones_their_cookies();
    const auto got = stream_.poll(std::chrono::milliseconds(20), -1,
                                  [&](const SocketEvent& event) { events_.push_back(event); });
    if (!got) throw std::runtime_error(format_error(got.error()));
  }
  // Other CPUs' events may have been committed in another order than they happened.
  std::stable_sort(events_.begin(), events_.end(),
                   [](const SocketEvent& a, const SocketEvent& b) { return a.time < b.time; });
  give_clones_their_cookies();
  return enough();
}

void Collector::give_clones_their_cookies() {
  for (auto clone = events_.begin(); clone != events_.end(); ++clone) {
    if (!clone->clone_incomplete) continue;
    const bool known = std::any_of(clones_.begin(), clones_.end(),
                                   [&](const Clone& one) { return one.child == clone->cookie; });
    if (known) continue;
    const auto next = std::find_if(clone + 1, events_.end(),
                                   [&](const SocketEvent& event) { return event.sk == clone->sk; });
    // Any other: the address belongs to another socket by now, the child's own events were filtered out.
    if (next == events_.end() || next->kind != EventKind::state || next->from != TcpState::syn_recv) continue;
    clones_.push_back({.listener = clone->cookie, .child = next->cookie});
    clone->cookie = next->cookie;
  }
}

std::size_t Collector::complete_events() const {
  return static_cast<std::size_t>(std::count_if(
      events_.begin(), events_.end(), [](const SocketEvent& event) { return !event.clone_incomplete; }));
}

void Collector::settle(std::chrono::milliseconds time) {
  wait([] { return false; }, time);
}

std::vector<SocketEvent> Collector::of(std::uint64_t cookie) const {
  std::vector<SocketEvent> found;
  std::copy_if(events_.begin(), events_.end(), std::back_inserter(found),
               [&](const SocketEvent& event) { return event.cookie == cookie; });
  return found;
}

std::vector<SocketEvent> Collector::of(EventKind kind) const {
  std::vector<SocketEvent> found;
  std::copy_if(events_.begin(), events_.end(), std::back_inserter(found),
               [&](const SocketEvent& event) { return event.kind == kind; });
  return found;
}

std::string Collector::trail(std::uint64_t cookie) const {
  std::string text;
  for (const SocketEvent& event : of(cookie)) {
    std::string step;
    if (event.kind == EventKind::state)
      step = std::string(tcp_state_name(event.from)) + ">" + std::string(tcp_state_name(event.to));
    else if (event.kind == EventKind::destroy)
      step = "destroy";
    else
      continue;
    text += (text.empty() ? "" : " ") + step;
  }
  return text;
}

bool Collector::wait_trail(std::uint64_t cookie, const std::string& expected) {
  wait([&] { return trail(cookie) == expected; });
  settle();  // and nothing more
  return trail(cookie) == expected;
}

}  // namespace conntrail::test
