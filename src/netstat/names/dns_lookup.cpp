#include "names/dns_lookup.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "names/dns_answer.h"

namespace conntrail::netstat {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// A reply must have room in the socket's buffer, and a question in the server's, or it is lost and costs a
// time-out. So questions go out in bursts, and a channel, which has a socket of its own, takes only so many.
constexpr std::size_t kBurst = 64;
constexpr milliseconds kBetweenBursts{2};
constexpr std::size_t kQuestionsPerChannel = 256;
constexpr std::size_t kMostConnections = 64;

// resolv.conf as the C library reads it.
struct Configuration {
  std::deque<ares_addr_port_node> servers;  // linked; does not move
  int timeout_ms = 5000;
  int attempts = 2;
  int flags = 0;
  bool rotate = false;
};

bool add_server(Configuration& configuration, const struct __res_state& state, int index) {
  ares_addr_port_node node{};
  const sockaddr_in& v4 = state.nsaddr_list[index];
  const sockaddr_in6* v6 = state._u._ext.nsaddrs[index];
  if (v4.sin_family == AF_INET) {
    node.family = AF_INET;
    std::memcpy(&node.addr.addr4, &v4.sin_addr, sizeof v4.sin_addr);
    node.udp_port = node.tcp_port = ntohs(v4.sin_port);
  } else if (v6 != nullptr && v6->sin6_scope_id == 0) {
    node.family = AF_INET6;
    std::memcpy(&node.addr.addr6, &v6->sin6_addr, sizeof v6->sin6_addr);
    node.udp_port = node.tcp_port = ntohs(v6->sin6_port);
  } else {
    return false;
  }
  configuration.servers.push_back(node);
  return true;
}

std::optional<Configuration> read_configuration() {
  struct __res_state state {};
  if (::res_ninit(&state) != 0) return std::nullopt;
  Configuration configuration;
  configuration.timeout_ms = state.retrans * 1000;
  configuration.attempts = std::max<int>(1, state.retry);
  configuration.rotate = (state.options & RES_ROTATE) != 0;
  if ((state.options & RES_USE_EDNS0) != 0) configuration.flags |= ARES_FLAG_EDNS;
  if ((state.options & RES_USEVC) != 0) configuration.flags |= ARES_FLAG_USEVC;
  bool usable = state.nscount > 0;
  for (int i = 0; usable && i < state.nscount; ++i) usable = add_server(configuration, state, i);
  ::res_nclose(&state);
  if (!usable) return std::nullopt;
  for (std::size_t i = 1; i < configuration.servers.size(); ++i) {
    configuration.servers[i - 1].next = &configuration.servers[i];
  }
  return configuration;
}

struct DestroyChannel {
  void operator()(ares_channel channel) const { ::ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, DestroyChannel>;

// The questions of one call and their answers.
class Questions {
 public:
  Questions(const Configuration& configuration, std::span<const HostKey> keys, milliseconds patience)
      : configuration_(configuration), keys_(keys), patience_(patience) {}
  Questions(const Questions&) = delete;
  Questions& operator=(const Questions&) = delete;
  // Ends what is under way: its callbacks come now and say so.
  ~Questions() { channels_.clear(); }

  HostAnswers ask() {
    heard_ = Clock::now();
    while (next_ < keys_.size() || under_way_ != 0 || !truncated_.empty()) {
      if (!send_burst() || !send_truncated()) break;
      const auto burst_end = Clock::now() + kBetweenBursts;
      while (next_ < keys_.size() && under_way_ > kBurst / 2 && Clock::now() < burst_end)
        wait_until(burst_end);
      const auto deadline = heard_ + patience_;
      if (next_ == keys_.size() && under_way_ != 0) wait_until(deadline);
      if (Clock::now() >= heard_ + patience_) break;
    }
    answers_.complete = next_ == keys_.size() && under_way_ == 0;
    finished_ = true;
    return std::move(answers_);
  }

 private:
  struct Question {
    Questions* owner;
    HostKey key;
    std::string name;
    bool connected;  // over a connection of its own
  };
  struct Socket {
    ares_channel channel;
    pollfd wanted;
  };
  struct ChannelData {
    Questions* owner;
    ares_channel channel;
  };

  bool send_burst() {
    for (std::size_t i = 0; i < kBurst && next_ < keys_.size(); ++i, ++next_) {
      if (next_ % kQuestionsPerChannel == 0) {
        datagrams_ = open_channel(ARES_FLAG_IGNTC);
        if (datagrams_ == nullptr) return false;
      }
      send(datagrams_, keys_[next_], false);
    }
    return true;
  }

  // Replies too long for a datagram, each over a connection of its own: when the server closes a channel's
  // connection, c-ares gives up everything else that is asked in the channel.
  bool send_truncated() {
    while (!truncated_.empty() && connections_ < kMostConnections) {
      ares_channel channel = open_channel(ARES_FLAG_USEVC);
      if (channel == nullptr) return false;
      const HostKey key = truncated_.back();
      truncated_.pop_back();
      ++connections_;
      send(channel, key, true);
    }
    return true;
  }

  void send(ares_channel channel, const HostKey& key, bool connected) {
    Question& question = questions_.emplace_back(Question{this, key, reverse_name(key), connected});
    ++under_way_;
    ::ares_query(channel, question.name.c_str(), ns_c_in, ns_t_ptr, answered, &question);
  }

  // Null: it cannot be done.
  ares_channel open_channel(int more_flags) {
    ares_options options{};
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    mask |= configuration_.rotate ? ARES_OPT_ROTATE : ARES_OPT_NOROTATE;
    options.flags = configuration_.flags | more_flags;
    options.timeout = configuration_.timeout_ms;
    options.tries = configuration_.attempts;
    ChannelData& data = channel_data_.emplace_back(ChannelData{this, nullptr});
    options.sock_state_cb = socket_changed;
    options.sock_state_cb_data = &data;
    if (::ares_init_options(&data.channel, &options, mask) != ARES_SUCCESS) return nullptr;
    channels_.emplace_back(data.channel);
    // c-ares copies the list and does not write to it.
    auto* servers = const_cast<ares_addr_port_node*>(&configuration_.servers.front());  // NOLINT
    return ::ares_set_servers_ports(data.channel, servers) == ARES_SUCCESS ? data.channel : nullptr;
  }

  static void socket_changed(void* data, ares_socket_t fd, int readable, int writable) {
    const auto& [owner, channel] = *static_cast<ChannelData*>(data);
    std::erase_if(owner->sockets_, [fd](const Socket& socket) { return socket.wanted.fd == fd; });
    const int events = (readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0);
    if (events != 0) owner->sockets_.push_back({channel, {fd, static_cast<short>(events), 0}});
  }

  static void answered(void* data, int status, int /*timeouts*/, unsigned char* reply, int length) {
    const Question& question = *static_cast<Question*>(data);
    question.owner->take(question, status, {reply, static_cast<std::size_t>(std::max(0, length))});
  }

  void take(const Question& question, int status, std::span<const unsigned char> reply) {
    --under_way_;
    if (finished_) return;
    if (question.connected) --connections_;
    if (is_truncated(reply) && !question.connected) {
      heard_ = Clock::now();
      truncated_.push_back(question.key);
      return;
    }
    HostAnswer answer;
    answer.authoritative = status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND;
    if (status == ARES_SUCCESS) answer.name = name_in_reply(reply, question.name).value_or("");
    if (answer.authoritative) heard_ = Clock::now();
    answers_.answers.emplace_back(question.key, std::move(answer));
  }

  // The TC bit.
  static bool is_truncated(std::span<const unsigned char> reply) {
    static constexpr unsigned kTruncated = 0x02;
    return reply.size() > 2 && (reply[2] & kTruncated) != 0;
  }

  // Until something arrives or runs out, `until` at the latest.
  void wait_until(Clock::time_point until) {
    auto wait = std::chrono::ceil<milliseconds>(until - Clock::now());
    for (const Channel& channel : channels_) {
      timeval space{};
      const timeval* left = ::ares_timeout(channel.get(), nullptr, &space);
      if (left == nullptr) continue;
      wait = std::min(wait, milliseconds(left->tv_sec * 1000 + left->tv_usec / 1000 + 1));
    }
    const std::vector<Socket> sockets = sockets_;  // callbacks change the list
    std::vector<pollfd> waiting;
    waiting.reserve(sockets.size());
    for (const Socket& socket : sockets) waiting.push_back(socket.wanted);
    ::poll(waiting.data(), waiting.size(), static_cast<int>(std::max<milliseconds::rep>(0, wait.count())));
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      const bool writable = (waiting[i].revents & POLLOUT) != 0;
      const bool readable = (waiting[i].revents & ~POLLOUT) != 0;  // errors, too, are found by reading
      if (!readable && !writable) continue;
      ::ares_process_fd(sockets[i].channel, readable ? waiting[i].fd : ARES_SOCKET_BAD,
                        writable ? waiting[i].fd : ARES_SOCKET_BAD);
    }
    for (const Channel& channel : channels_) {
      ::ares_process_fd(channel.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // questions whose time is over
    }
  }

  const Configuration& configuration_;
  std::span<const HostKey> keys_;
  milliseconds patience_;
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;
  std::size_t connections_ = 0;  // of these over a connection
  bool finished_ = false;
  Clock::time_point heard_;  // when a server last answered
  HostAnswers answers_;
  std::deque<Question> questions_;  // c-ares keeps their addresses
  std::vector<HostKey> truncated_;
  std::vector<Socket> sockets_;
  std::deque<ChannelData> channel_data_;
  std::vector<Channel> channels_;
  ares_channel datagrams_ = nullptr;  // takes the next questions
};

}  // namespace

AllAtOnce dns_all_at_once() {
  static const bool ready = ::ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
  if (!ready) return {};
  if (!read_configuration()) return {};
  return [](std::span<const HostKey> keys, milliseconds patience) {
    // Read again each time: between two rounds of -c the host may have moved to another network.
    const auto configuration = read_configuration();
    return configuration ? Questions(*configuration, keys, patience).ask() : HostAnswers{};
  };
}

}  // namespace conntrail::netstat
