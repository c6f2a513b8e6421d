#include "lives.h"

namespace conntrail::track::script {

Life connects(const Socket& s, const Task& task, std::int64_t t) {
  return {Ev(s, close, syn_sent).at(t).by(task).unbound(), Ev(s, syn_sent, established).at(t + 100)};
}

Life is_accepted(const Socket& s, std::int64_t t) {
  return {Ev(s, listen, syn_recv).at(t), Ev(s, syn_recv, established).at(t + 10)};
}

Life is_accepted_incomplete(const Socket& s, const Socket& listener, std::int64_t t) {
  return {Ev(s, listen, syn_recv).at(t).incomplete_clone_of(listener),
          Ev(s, syn_recv, established).at(t + 10)};
}

Life listens(const Socket& s, const Task& task, std::int64_t t) {
  return {Ev(s, close, listen).at(t).by(task)};
}

Life closes_first(const Socket& s, const Task& task, std::int64_t t) {
  return {Ev(s, established, fin_wait1).at(t).by(task).shut(3),
          Ev(s, fin_wait1, fin_wait2).at(t + 20).dead().shut(3),
          Ev(s, fin_wait2, close).at(t + 22).dead().shut(3).final().bucket(1, 4096)};
}

Life half_closes(const Socket& s, const Task& task, std::int64_t t, std::int64_t fin, std::int64_t t_close) {
  return {Ev(s, established, fin_wait1).at(t).by(task).shut(2),
          Ev(s, fin_wait1, fin_wait2).at(t + 20).shut(2),
          Ev(s, fin_wait2, close).at(fin).done().shut(3).bucket(1, 4096),
          Ev(s, EventKind::destroy, close, close).at(t_close).by(task).shut(3).dead()};
}

Life closes_second(const Socket& s, const Task& task, std::int64_t fin, std::int64_t t) {
  return {Ev(s, established, close_wait).at(fin).done().shut(1),
          Ev(s, close_wait, last_ack).at(t).by(task).done().shut(3),
          Ev(s, last_ack, close).at(t + 20).done().dead().shut(3).final()};
}

Life closes_at_once(const Socket& s, const Task& task, std::int64_t t) {
  return {Ev(s, established, fin_wait1).at(t).by(task).shut(3),
          Ev(s, fin_wait1, closing).at(t + 15).done().dead().shut(3),
          Ev(s, closing, close).at(t + 30).done().dead().shut(3).final().bucket(1, 4096)};
}

Life operator+(Life a, const Life& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace conntrail::track::script
