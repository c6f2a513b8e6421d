// Actor: a process of the test's own that does what the test tells it, one step at a time, so that a test
// reads as the sequence of what which process did, and the owner of every socket is known beforehand.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "conntrail/base/unique_fd.h"

namespace conntrail::live {

// Who owns a socket: what conntrail must say.
struct Party {
  std::uint32_t pid = 0;
  std::string comm;
};

class Actor {
 public:
  // Forks a process named `comm` into the present namespace. Of the test's descriptors it keeps only `keep`.
  explicit Actor(std::string comm, std::initializer_list<int> keep = {});
  ~Actor();  // SIGKILL and reap
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  [[nodiscard]] Party party() const { return {static_cast<std::uint32_t>(pid_), comm_}; }
  [[nodiscard]] pid_t pid() const { return pid_; }

  // Runs `function` there and waits for its answer. The process was forked from this one, so a function's
  // address is the same in both; arguments and result travel as bytes.
  template <class R, class... P, class... A>
  R call(R (*function)(P...), A&&... arguments) {
    start(function, std::forward<A>(arguments)...);
    return finish<R>();
  }

  // The same in two halves, for steps of two actors that have to overlap.
  template <class R, class... P, class... A>
  void start(R (*function)(P...), A&&... arguments) {
    static_assert((std::is_trivially_copyable_v<P> && ...) && std::is_trivially_copyable_v<R>);
    Message message{};
    message.invoke = &invoke<R, P...>;
    message.function = reinterpret_cast<void (*)()>(function);
    std::size_t at = 0;
    const auto put = [&]<class T>(T value) {
      static_assert(sizeof(value) <= kBytes);
      if (at + sizeof value > kBytes) std::abort();
      std::memcpy(message.bytes.data() + at, &value, sizeof value);
      at += sizeof value;
    };
    (put(static_cast<P>(arguments)), ...);
    send(message);
  }

  template <class R>
  R finish() {
    const Message answer = receive();
    R result{};
    std::memcpy(&result, answer.bytes.data(), sizeof result);
    return result;
  }

  void die(int signal);    // is killed by `signal`; returns when it is gone
  void leave(int status);  // calls exit(status) with whatever it has open; returns when it is gone

 private:
  static constexpr std::size_t kBytes = 768;
  using Bytes = std::array<std::byte, kBytes>;
  struct Message {
    void (*invoke)(void (*)(), Bytes&) = nullptr;
    void (*function)() = nullptr;
    Bytes bytes{};
  };

  template <class R, class... P>
  static void invoke(void (*function)(), Bytes& bytes) {
    std::size_t at = 0;
    const auto take = [&]<class T>(std::type_identity<T>) {
      T value{};
      std::memcpy(&value, bytes.data() + at, sizeof value);
      at += sizeof value;
      return value;
    };
    std::tuple<P...> arguments{take(std::type_identity<P>{})...};
    const R result = std::apply(reinterpret_cast<R (*)(P...)>(function), arguments);
    std::memcpy(bytes.data(), &result, sizeof result);
  }

  [[noreturn]] static void serve(int control);
  void send(const Message& message);
  Message receive();
  void reap();

  std::string comm_;
  pid_t pid_ = -1;
  UniqueFd control_;
};

}  // namespace conntrail::live
