#include "random_source.h"

#include <array>

namespace conntrail::filter::test {
namespace {

constexpr std::array<std::uint16_t, 7> kPorts{0, 22, 80, 443, 1024, 1030, 65535};
constexpr std::array<std::string_view, 8> kAddresses{"0.0.0.0", "10.0.0.1",        "10.1.2.3", "192.168.0.1",
                                                     "::",      "::ffff:10.0.0.1", "fe80::1",  "2001:db8::5"};
// A prefix, and whether it holds each of the addresses above.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kPrefixes{
    {{"0.0.0.0/0", "11110100"},
     {"10.0.0.0/8", "01100100"},
     {"10.0.0.1", "01000100"},
     {"10.1.0.0/16", "00100000"},
     {"192.168.0.0/24", "00010000"},
     {"[::]/0", "00001111"},
     {"[::ffff:0:0]/96", "00000100"},
     {"[fe80::]/10", "00000010"},
     {"*", "11111111"}}};
constexpr std::array<std::uint32_t, 3> kNamespaces{4026532001U, 4026532002U, 4026532003U};

std::size_t index_of(const IpAddress& address) {
  for (std::size_t i = 0; i < kAddresses.size(); ++i) {
    if (IpAddress::parse(kAddresses[i]) == address) return i;
  }
  ADD_FAILURE() << "an address from outside the pool";
  return 0;
}

bool at(std::string_view side, const Connection& c, const std::function<bool(const Endpoint&)>& fits) {
  const bool local = side[0] == 's' && fits(c.tuple.local);
  const bool remote = side[0] == 'd' && fits(c.tuple.remote);
  const bool either = (side[0] == 'p' || side[0] == 'a') && (fits(c.tuple.local) || fits(c.tuple.remote));
  return local || remote || either;
}

}  // namespace

Meaning RandomSource::port_term() {
  const std::string word = pick(std::array{"sport", "dport", "port"});
  const std::string op = pick(std::array{"=", "!=", "<", "<=", ">", ">="});
  const int value = pick(kPorts) + below(3) - (below(2) == 0 ? 0 : 1);
  const int port = std::clamp(value, 0, 65535);
  return {word + " " + op + " :" + std::to_string(port), [=](const Connection& c) {
            const bool equal = at(word, c, [&](const Endpoint& end) { return end.port == port; });
            if (op == "=") return equal;
            if (op == "!=") return !equal;
            return at(word, c, [&](const Endpoint& end) {
              if (end.port == 0) return false;
              if (op == "<") return end.port < port;
              if (op == "<=") return end.port <= port;
              return op == ">" ? end.port > port : end.port >= port;
            });
          }};
}

Meaning RandomSource::address_term() {
  const std::string word = pick(std::array{"src", "dst", "addr"});
  const auto prefix = pick(kPrefixes);
  const int port = below(2) == 0 ? -1 : pick(kPorts);
  const bool negated = below(3) == 0;
  const std::string text = word + (negated ? " != " : " ") + std::string(prefix.first) +
                           (port < 0 ? "" : ":" + std::to_string(port));
  return {text, [=](const Connection& c) {
            return negated != at(word, c, [&](const Endpoint& end) {
                     return prefix.second[index_of(end.address)] == '1' && (port < 0 || end.port == port);
                   });
          }};
}

Meaning RandomSource::term() {
  switch (below(8)) {
    case 0:
    case 1:
    case 2:
      return port_term();
    case 3:
    case 4:
      return address_term();
    case 5: {
      const std::uint32_t inode = pick(kNamespaces);
      return {"netns = " + std::to_string(inode),
              [=](const Connection& c) { return c.tuple.netns == inode; }};
    }
    case 6: {
      const std::uint64_t id = static_cast<std::uint64_t>(1 + below(3));
      return {"cgroup " + std::to_string(id), [=](const Connection& c) { return c.owner.cgroup_id == id; }};
    }
    default:
      break;
  }
  switch (below(3)) {
    case 0: {
      const bool v6 = below(2) == 0;
      return {v6 ? "family inet6" : "family inet",
              [=](const Connection& c) { return c.tuple.family == (v6 ? Family::inet6 : Family::inet); }};
    }
    case 1:
      // In parentheses: side by side, state words accumulate.
      return {"( state established )", [](const Connection& c) { return c.state == TcpState::established; }};
    default:
      return {"pid 1", [](const Connection& c) { return c.owner.pid == 1; }};
  }
}

Meaning RandomSource::expression(int depth) {
  if (depth == 0 || below(4) == 0) return term();
  if (below(4) == 0) {
    Meaning inner = expression(depth - 1);
    return {pick(std::array{"not ", "! "}) + ("( " + inner.text + " )"),
            [inner](const Connection& c) { return !inner.holds(c); }};
  }
  const bool conjunction = below(2) == 0;
  Meaning a = expression(depth - 1);
  Meaning b = expression(depth - 1);
  const std::string op =
      conjunction ? pick(std::array{" and ", " & ", " && ", " "}) : pick(std::array{" or ", " | "});
  return {"( " + a.text + " )" + op + "( " + b.text + " )", [=](const Connection& c) {
            return conjunction ? a.holds(c) && b.holds(c) : a.holds(c) || b.holds(c);
          }};
}

Connection RandomSource::connection() {
  Connection c;
  const auto end = [&] { return endpoint(pick(kAddresses), pick(kPorts)); };
  c.tuple = {pick(kNamespaces), below(2) == 0 ? Family::inet : Family::inet6, end(), end()};
  c.state = static_cast<TcpState>(below(kTcpStateCount));
  c.owner.pid = static_cast<std::uint32_t>(below(3));
  c.owner.cgroup_id = static_cast<std::uint64_t>(below(4));
  return c;
}

FourTuple RandomSource::incomplete(const FourTuple& tuple) {
  FourTuple earlier = tuple;
  if (below(2) == 0) earlier.local.port = 0;
  if (below(4) == 0) earlier.remote.port = 0;
  if (below(4) == 0) earlier.local.address = IpAddress::v4({});
  if (below(4) == 0) earlier.remote.address = IpAddress{};
  if (below(8) == 0) earlier.netns = 0;
  if (below(8) == 0) earlier.family = Family::unspecified;
  return earlier;
}

}  // namespace conntrail::filter::test
