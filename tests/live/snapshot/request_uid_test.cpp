// A request socket has its listener's user, whichever source is asked.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>

#include "child.h"
#include "command.h"
#include "conntrail/snapshot/snapshot.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::snapshot {
namespace {

using test::Flavour;

TEST(RequestSockets, BelongToTheListenersUser) {
  ASSERT_TRUE(test::is_root()) << "live tests need root";
  const test::PrivateNamespace net;
  test::must_run({"nft", "add", "table", "inet", "lost"});
  test::must_run({"nft", "add", "chain", "inet", "lost", "input", "{ type filter hook input priority 0 ; }"});
  test::must_run(
      {"nft", "add", "rule", "inet", "lost", "input", "tcp", "flags", "&", "(syn|ack)", "==", "ack", "drop"});
  for (const Flavour flavour : {Flavour::inet, Flavour::inet6, Flavour::mapped}) {
    const test::SleepingChild server([=] {
      test::become_nobody();
      static UniqueFd listener;
      listener = test::tcp_socket(flavour);
      test::bind_to(listener.get(), {{test::family_of(flavour), {}}, 4711});  // the wildcard address
      if (::listen(listener.get(), 3) != 0) throw std::runtime_error("listen");
    });
    const UniqueFd client = test::tcp_socket(flavour);
    test::connect_to(client.get(), {test::loopback_of(flavour), 4711}, true);
    test::wait_until("the SYN-ACK",
                     [&] { return test::tcp_state_of(client.get()) == TcpState::established; });
    for (const Source source : {Source::diag, Source::bpf, Source::proc}) {
      Request request;
      request.source = source;
      const auto taken = take(request);
      ASSERT_TRUE(taken) << format_error(taken.error());
      int requests = 0;
      for (const SocketRow& row : taken->rows) {
        if (row.kind != SocketKind::request || row.tuple.remote != test::local_endpoint(client.get()))
          continue;
        EXPECT_EQ(row.uid, 65534U) << source_name(source) << " " << test::flavour_name(flavour);
        ++requests;
      }
      EXPECT_EQ(requests, 1) << source_name(source) << " " << test::flavour_name(flavour);
    }
  }
}

}  // namespace
}  // namespace conntrail::snapshot
