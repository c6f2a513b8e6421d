#include "connection_digest.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "conntrail/base/hash.h"

namespace conntrail::recorder {
namespace {

// What every snapshot moves on, and what no row can change.
constexpr std::array<std::string_view, 3> kLeftOut{"id", "cookie", "last_event"};

class Digest {
 public:
  template <class Number>
  requires std::is_arithmetic_v<Number> || std::is_enum_v<Number>
  void add(Number value) {
    if constexpr (sizeof value == 1) {
      add_byte(static_cast<std::uint8_t>(value));
    } else {
      mix(static_cast<std::uint64_t>(value));
    }
  }
  void add(const std::string& text) { add(std::hash<std::string_view>()(text)); }
  void add(MonoTime time) { add(time.ns); }
  void add(const IpAddress& address) {
    std::array<std::uint64_t, 2> words{};
    static_assert(sizeof words == sizeof address.bytes);
    std::memcpy(words.data(), address.bytes.data(), sizeof words);
    mix(words[0]);
    if (address.family == Family::inet6) mix(words[1]);
  }
  void add(const FourTuple& tuple) {
    add(tuple.family);
    add(tuple.local.address);
    add(tuple.remote.address);
    add(tuple.netns_cookie);
    add(std::uint64_t{tuple.netns} << 32 | std::uint64_t{tuple.local.port} << 16 | tuple.remote.port);
  }
  void add(const Owner& owner) {
    add(std::uint64_t{owner.pid} << 32 | owner.uid);
    add(owner.cgroup_id);
    add(owner.comm);
    add(owner.source);
    add(owner.has_uid);
  }
  void add(const SocketStats& stats) {
    add(stats.bytes_sent);
    add(stats.bytes_received);
    add(stats.bytes_retransmitted);
    add(std::uint64_t{stats.segments_out} << 32 | stats.segments_in);
    add(std::uint64_t{stats.retransmits} << 32 | stats.srtt_us);
    add(stats.min_rtt_us);
  }
  template <class Value>
  void add(const std::optional<Value>& value) {
    add(value.has_value());
    if (value) add(*value);
  }
  void add(const std::vector<Holder>& holders) {
    for (const Holder& holder : holders)
      add(std::uint64_t{holder.pid} << 32 | static_cast<std::uint32_t>(holder.fd));
  }
  // These only grow, and what is let go is counted.
  void add(const std::vector<TrailStep>& trail) { add(trail.size()); }
  void add(const std::vector<Mark>& marks) { add(marks.size()); }

  [[nodiscard]] std::uint64_t value() {
    mix(bytes_);
    return hash_;
  }

 private:
  void mix(std::uint64_t value) { hash_ = combine_hash(hash_, value); }
  // Small values are many: eight of them are mixed in at once.
  void add_byte(std::uint8_t byte) {
    bytes_ = bytes_ << 8 | byte;
    if (++count_ % sizeof bytes_ == 0) mix(bytes_);
  }

  std::uint64_t hash_ = kHashSeed;
  std::uint64_t bytes_ = 0;
  unsigned count_ = 0;
};

template <std::size_t Index>
void add_field(Digest& digest, const Connection& connection) {
  constexpr auto field = std::get<Index>(kConnectionFields);
  constexpr bool left_out = std::ranges::find(kLeftOut, field.name) != kLeftOut.end();
  if constexpr (!left_out) digest.add(connection.*field.member);
}

template <std::size_t... Index>
void add_fields(Digest& digest, const Connection& connection, std::index_sequence<Index...> /*fields*/) {
  (add_field<Index>(digest, connection), ...);
}

}  // namespace

std::uint64_t digest_of(const Connection& connection) {
  Digest digest;
  add_fields(digest, connection, std::make_index_sequence<std::tuple_size_v<decltype(kConnectionFields)>>());
  return digest.value();
}

}  // namespace conntrail::recorder
