// The filter language: an expression, and connections made of the input's first bytes.
#include <array>
#include <cstring>
#include <string>

#include "check.h"
#include "conntrail/filter/filter.h"

namespace conntrail::fuzz {
namespace {

constexpr std::size_t kConnectionBytes = 12;

filter::Environment environment() {
  filter::Environment host;
  host.service_port = [](std::string_view name) -> std::optional<std::uint16_t> {
    return name == "https" ? std::optional<std::uint16_t>(443) : std::nullopt;
  };
  host.user_id = [](std::string_view name) -> std::optional<std::uint32_t> {
    return name == "www-data" ? std::optional<std::uint32_t>(33) : std::nullopt;
  };
  host.cgroup_id = [](std::string_view path) -> std::optional<std::uint64_t> {
    return path == "/system.slice" ? std::optional<std::uint64_t>(7) : std::nullopt;
  };
  host.network_namespace = [](std::string_view name) -> std::optional<NamespaceId> {
    return name == "red" ? std::optional<NamespaceId>({4026531999, 7}) : std::nullopt;
  };
  return host;
}

Connection connection_of(std::string_view bytes) {
  std::array<std::uint8_t, kConnectionBytes> b{};
  std::memcpy(b.data(), bytes.data(), std::min(bytes.size(), b.size()));
  Connection connection;
  connection.tuple.family = b[0] % 2 == 0 ? Family::inet : Family::inet6;
  connection.tuple.netns = b[0] % 4 < 2 ? 4026531999 : 1;
  connection.tuple.local = {connection.tuple.family == Family::inet ? IpAddress::v4({10, 0, 0, b[1]})
                                                                    : IpAddress::v6({0xfe, 0x80, b[2]}),
                            static_cast<std::uint16_t>(b[3] * 256 + b[4])};
  connection.tuple.remote = {
      connection.tuple.family == Family::inet ? IpAddress::v4({192, 168, b[5], b[6]}) : IpAddress::v6({b[7]}),
      static_cast<std::uint16_t>(b[8] % 2 == 0 ? 443 : b[9])};
  connection.state = static_cast<TcpState>(b[10] % kTcpStateCount);
  return connection;
}

void check(std::string_view connection_bytes, const std::string& expression) {
  static const filter::Environment kHost = environment();
  const auto parsed = filter::Filter::parse(expression, kHost);
  if (!parsed) {
    const std::string text = parsed.error().why + parsed.error().hint;
    require(!parsed.error().why.empty() && is_safe_for_terminal(text), "control characters in an error",
            text);
    constexpr std::size_t kLongest = 4096;
    require(text.size() <= kLongest, "an endless error", text);
    return;
  }
  // What the kernel checks is never narrower than the expression.
  const Connection connection = connection_of(connection_bytes);
  const bool matches = parsed->matches(connection, MonoTime());
  const filter::KernelCondition condition = parsed->kernel_condition();
  require(!matches || condition.admits(connection.tuple), "the kernel would drop what matches", expression);
  require(!parsed->matches_everything() || matches, "everything matches but this", expression);

  // The opposite; an expression that is as long as it may be has no room for it.
  const auto negated = filter::Filter::parse("not ( " + expression + " )", kHost);
  if (negated && !parsed->matches_everything()) {
    require(negated->matches(connection, MonoTime()) != matches, "neither it nor its opposite, or both",
            expression);
  }
}

}  // namespace
}  // namespace conntrail::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace conntrail::fuzz;
  if (size < kConnectionBytes) return 0;
  check(text_of(data, kConnectionBytes),
        std::string(text_of(data + kConnectionBytes, size - kConnectionBytes)));
  return 0;
}
