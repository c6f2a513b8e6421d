// Connections that nobody holds yet: waiting for accept(), or half-open.
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "owners_scenario.h"

namespace conntrail::live {
namespace {

class Waiting : public Owners {
 protected:
  std::string listed_in(std::uint16_t port, std::string_view state, const std::string& source) {
    const ToolRun list =
        run_tool({"list", "--json", "--netns", "self", "--no-history", "--source", source}, true);
    for (const Json& row : list.lines)
      if (row.value("local_port", 0U) == port && row.value("state", "") == state) return owner_of(&row);
    return "no row in " + list.out;
  }
};

TEST_F(Waiting, ForAccept) {
  const int listening = server.listen(loopback(Flavour::v4));
  const Address address = server.facts(listening).local;
  const int fd = client.connect(address);
  for (const char* source : {"diag", "proc", "bpf"})
    EXPECT_EQ(listed_in(address.port(), "ESTABLISHED", source), owner(server.party(), "inherited")) << source;
  client.close(fd);
}

// A listener that wants data first keeps the connection half-open.
TEST_F(Waiting, HalfOpen) {
  const int listening = server.listen(loopback(Flavour::v4));
  server.set_option(listening, IPPROTO_TCP, TCP_DEFER_ACCEPT, 30);
  const Address address = server.facts(listening).local;
  const int fd = client.connect(address);
  for (const char* source : {"diag", "proc", "bpf"})
    EXPECT_EQ(listed_in(address.port(), "SYN_RECV", source), owner(server.party(), "inherited")) << source;
  client.close(fd);
}

}  // namespace
}  // namespace conntrail::live
