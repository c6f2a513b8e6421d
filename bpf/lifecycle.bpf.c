// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The life of TCP sockets as the kernel's tracepoints tell it. One program per tracepoint; where a
 * tracepoint's arguments changed there is one program per shape, and user space loads the one whose shape the
 * kernel's BTF shows.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <conntrail/abi/event.h>
#include "lib/closed.bpf.h"
#include "lib/cause.bpf.h"
#include "lib/compat.bpf.h"
#include "lib/emit.bpf.h"
#include "lib/fill.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/nested.bpf.h"
#include "lib/pid_namespace.bpf.h"
#include "lib/tuple.bpf.h"

/* The BPF helpers that read kernel memory are open to GPL-compatible programs only. */
char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void tuple_from_tcp(struct ct_tuple *t, const struct sock *sk,
					   const struct tcp_sock *tp)
{
	ct_tuple_from_common(t, &sk->__sk_common, bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport));
}

/*
 * Is this LISTEN->SYN_RECV reported before the child has its own addresses and cookie? Before a3a128f611a9
 * "inet: consolidate inet_csk_clone_lock()" (6.15) it was the first thing done to the clone, which then still
 * is a copy of the listener: no peer. Told by the data, not by the version.
 */
static __always_inline bool clone_is_incomplete(const struct ct_tuple *t, int from, int to)
{
	return from == TCP_LISTEN && to == TCP_SYN_RECV && t->remote_port == 0;
}

static __always_inline enum ct_unknown unknown_part(const struct ct_tuple *t, int from, int to)
{
	if (clone_is_incomplete(t, from, to))
		return CT_UNKNOWN_ALL;
	/* A listener has no peer; its children take their owner from it, so it passes whatever peer is asked
	 * for. */
	if (to == TCP_LISTEN || (from == TCP_LISTEN && to == TCP_CLOSE))
		return CT_UNKNOWN_REMOTE;
	return CT_UNKNOWN_NOTHING;
}

static __always_inline void fill_state(struct ct_event *e, const struct sock *sk, const struct ct_tuple *t,
				       int from, int to)
{
	ct_fill_base(e, from);
	e->to = to;
	ct_fill_tuple(e, t);
	ct_fill_sock(e, sk);
	if (clone_is_incomplete(t, from, to)) {
		/* The listener's cookie, if it has one. Asking for it would give the child one that is lost
		 * at once. */
		e->cookie = sk->__sk_common.skc_cookie.counter;
		e->flags |= CT_FLAG_CLONE_INCOMPLETE;
	} else {
		e->cookie = ct_socket_cookie(sk);
	}
	if (from == TCP_LISTEN && to == TCP_SYN_RECV && ct_listener_is_chosen(sk->__sk_common.skc_net.net))
		e->flags |= CT_FLAG_STEERED;
	/* tcp_abort() (ss -K) holds the lock too, but in the name of whoever called it. */
	ct_fill_actor(e, ct_owned(sk) && !(to == TCP_CLOSE && e->sk_err == ECONNABORTED));
	if ((e->flags & CT_FLAG_OWNED) && (to == TCP_FIN_WAIT1 || to == TCP_LAST_ACK || to == TCP_CLOSE))
		e->exit_signal = ct_exit_signal();
}

static __always_inline void fill_close(struct ct_event_stats *e, const struct sock *sk,
				       const struct tcp_sock *tp, int from)
{
	e->event.flags |= CT_FLAG_HAS_STATS;
	ct_fill_stats(&e->stats, tp);
	if (ct_in_repair(tp))
		e->event.shutdown |= CT_SHUTDOWN_REPAIR;
	if (from == TCP_SYN_SENT && e->event.sk_err == 0)
		e->event.soft_err = ct_soft_error(sk);
	if ((from == TCP_FIN_WAIT2 || from == TCP_CLOSING) && e->event.sk_err == 0) {
		ct_time_wait_gauge(sk->__sk_common.skc_net.net, &e->event.tw_count, &e->event.tw_max);
		e->event.flags |= CT_FLAG_HAS_TW_COUNT;
	}
}

static __always_inline void emit_state(const struct sock *sk, int from, int to)
{
	const struct tcp_sock *tp;
	struct ct_tuple t;

	if (sk->sk_protocol != IPPROTO_TCP)
		return;
	tp = bpf_skc_to_tcp_sock((void *)sk);
	if (!tp)
		return;
	tuple_from_tcp(&t, sk, tp);
	/* connect() changes the state before it has a port; until then inet_sport is that of the connection
	 * which the socket had before. The same where it failed before a SYN was sent. */
	if (to == TCP_SYN_SENT || (from == TCP_SYN_SENT && to == TCP_CLOSE && tp->segs_out == 0))
		t.local_port = sk->__sk_common.skc_num;
	if (!ct_filter_pass(&t, sk, unknown_part(&t, from, to)))
		return;

	if (to == TCP_CLOSE) {
		bool final = ct_close_is_final(sk, from);
		struct ct_event_stats *e;

		/* Also when the event finds no room: what belongs to a lost event must not come either. */
		if (final)
			ct_remember_closed(ct_socket_cookie(sk));
		e = (void *)ct_reserve(CT_EVENT_STATE, sizeof(*e));
		if (!e)
			return;
		fill_state(&e->event, sk, &t, from, to);
		fill_close(e, sk, tp, from);
		if (final)
			e->event.flags |= CT_FLAG_FINAL;
		ct_submit(e);
	} else {
		struct ct_event *e = ct_reserve(CT_EVENT_STATE, sizeof(*e));

		if (!e)
			return;
		fill_state(e, sk, &t, from, to);
		if (from == TCP_SYN_RECV && to == TCP_ESTABLISHED) {
			e->total_retrans = tp->total_retrans;
			e->handshake_us = tp->srtt_us >> 3;
		}
		ct_submit(e);
	}
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(inet_sock_set_state_before, const struct sock *sk, int from, int to)
{
	if (ct_nested_begin(CT_BACKED_STATE))
		emit_state(sk, from, to);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(inet_sock_set_state, const struct sock *sk, int from, int to)
{
	if (!ct_nested_taken(CT_BACKED_STATE))
		emit_state(sk, from, to);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(inet_sock_set_state_after)
{
	ct_nested_end(CT_BACKED_STATE);
	return 0;
}

/* An event of a full socket other than a transition. */
static __always_inline void emit_socket_event(enum ct_event_kind kind, const struct sock *sk)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct ct_event *e;
	struct ct_tuple t;

	if (!tp)
		return;
	tuple_from_tcp(&t, sk, tp);
	if (!ct_filter_pass(&t, sk, CT_UNKNOWN_NOTHING))
		return;
	e = ct_reserve(kind, sizeof(*e));
	if (!e)
		return;
	ct_fill_base(e, sk->__sk_common.skc_state);
	ct_fill_tuple(e, &t);
	ct_fill_sock(e, sk);
	e->cookie = ct_socket_cookie(sk);
	ct_fill_actor(e, ct_owned(sk));
	/* One call may have sent many segments; the kernel has counted this one before the tracepoint. */
	if (kind == CT_EVENT_RETRANSMIT)
		e->total_retrans = tp->total_retrans;
	ct_submit(e);
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(tcp_retransmit_skb, const struct sock *sk)
{
	emit_socket_event(CT_EVENT_RETRANSMIT, sk);
	return 0;
}

/*
 * ad892e912b84 "tcp: trace retransmit failures in tcp_retransmit_skb" (6.17) added `err` and fires also when
 * nothing was sent.
 */
SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(tcp_retransmit_skb_err, const struct sock *sk, const struct sk_buff *skb, int err)
{
	if (err == 0)
		emit_socket_event(CT_EVENT_RETRANSMIT, sk);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(tcp_receive_reset, const struct sock *sk)
{
	emit_socket_event(CT_EVENT_RESET_RECEIVED, sk);
	return 0;
}

/* The listener is `sk`; addresses and cookie are the request's, which the connection will inherit. */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(tcp_retransmit_synack, const struct sock *sk, const struct request_sock *req)
{
	struct ct_event *e;
	struct ct_tuple t;

	ct_tuple_from_common(&t, &req->__req_common, req->__req_common.skc_num);
	if (!ct_filter_pass(&t, sk, CT_UNKNOWN_NOTHING))
		return 0;
	e = ct_reserve(CT_EVENT_SYNACK_RETRANSMIT, sizeof(*e));
	if (!e)
		return 0;
	ct_fill_base(e, TCP_NEW_SYN_RECV);
	ct_fill_tuple(e, &t);
	ct_fill_no_task(e);
	e->sk = (__u64)sk;
	e->sock_uid = sk->sk_uid.val;
	e->cookie = ct_common_cookie(&req->__req_common);
	e->total_retrans = req->num_retrans + 1; /* the kernel counts it after the tracepoint */
	e->handshake_us = ct_since_first_synack(req, e->time_ns);
	ct_submit(e);
	return 0;
}

/* An RST that a connection's full socket sends. */
static __always_inline void emit_reset_of_socket(const struct sock *sk, __u32 reason)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct ct_event *e;
	struct ct_tuple t;

	if (!tp)
		return;
	tuple_from_tcp(&t, sk, tp);
	if (!ct_filter_pass(&t, sk, CT_UNKNOWN_NOTHING))
		return;
	e = ct_reserve(CT_EVENT_RESET_SENT, sizeof(*e));
	if (!e)
		return;
	ct_fill_base(e, sk->__sk_common.skc_state);
	ct_fill_tuple(e, &t);
	ct_fill_sock(e, sk);
	e->cookie = ct_socket_cookie(sk);
	e->reset_reason = reason;
	ct_fill_actor(e, ct_owned(sk));
	ct_submit(e);
}

/*
 * An RST that answers a packet in the name of no connection's full socket: of none at all, of a listener, a
 * time-wait or a request socket. `common` is that socket's address or NULL, nothing the verifier would trust.
 */
static __always_inline void emit_reset_of_packet(const struct sock_common *common,
						 const struct sk_buff *packet, __u8 state, __u32 reason)
{
	struct ct_event *e;
	struct ct_tuple t;

	if (!ct_tuple_from_skb(&t, packet))
		return;
	if (common)
		ct_tuple_netns(&t, BPF_CORE_READ(common, skc_net.net));
	if (!ct_cgroup_pass_packet((const void *)common, state) ||
	    !ct_filter_pass(&t, NULL, CT_UNKNOWN_NOTHING))
		return;
	e = ct_reserve(CT_EVENT_RESET_SENT, sizeof(*e));
	if (!e)
		return;
	ct_fill_base(e, state);
	ct_fill_tuple(e, &t);
	ct_fill_no_task(e);
	e->reset_reason = reason;
	/* A listener's cookie would say that it was the listener that was reset. */
	if (common && state != TCP_LISTEN) {
		e->sk = (__u64)common;
		e->cookie = BPF_CORE_READ(common, skc_cookie.counter);
	}
	ct_submit(e);
}

/*
 * `sk` and `skb` may be NULL whatever the verifier believes, see ct_address_of(); where it knows, it wants
 * the plain check as well.
 */
static __always_inline void emit_reset_sent(const struct sock *sk, const struct sk_buff *skb, __u32 reason)
{
	const struct sock_common *common = (const void *)ct_address_of(sk);
	const struct sk_buff *packet = (const void *)ct_address_of(skb);
	__u8 state = 0;

	if (common) {
		state = BPF_CORE_READ(common, skc_state);
		if (state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV && state != TCP_LISTEN) {
			if (sk)
				emit_reset_of_socket(sk, reason);
			return;
		}
	}
	if (packet)
		emit_reset_of_packet(common, packet, state, reason);
}

SEC("tp_btf/tcp_send_reset")
int BPF_PROG(tcp_send_reset, const struct sock *sk, const struct sk_buff *skb)
{
	emit_reset_sent(sk, skb, CT_RESET_REASON_UNKNOWN);
	return 0;
}

/* 6.10 added `reason` and sockets that are no full ones: b533fb9cf4f7, 22a32557758a "trace: tcp: fully
 * support trace_tcp_send_reset". */
SEC("tp_btf/tcp_send_reset")
int BPF_PROG(tcp_send_reset_reason, const struct sock *sk, const struct sk_buff *skb, __u32 reason)
{
	emit_reset_sent(sk, skb, reason);
	return 0;
}

/*
 * The socket goes. Reported only for one that had gone to CLOSE while a descriptor still held it: who closes
 * that one is known only now. A socket without a cookie never had an event.
 */
static __always_inline void emit_destroy(const struct sock *sk)
{
	__u64 cookie = sk->__sk_common.skc_cookie.counter;
	const struct tcp_sock *tp;
	struct ct_event_stats *e;
	struct ct_tuple t;

	if (!cookie || ct_was_closed(cookie))
		return;
	tp = bpf_skc_to_tcp_sock((void *)sk);
	if (!tp)
		return;
	tuple_from_tcp(&t, sk, tp);
	/* tcp_disconnect() has forgotten the peer. */
	if (!ct_filter_pass(&t, sk, t.remote_port ? CT_UNKNOWN_NOTHING : CT_UNKNOWN_REMOTE))
		return;
	e = (void *)ct_reserve(CT_EVENT_DESTROY, sizeof(*e));
	if (!e)
		return;
	ct_fill_base(&e->event, sk->__sk_common.skc_state);
	ct_fill_tuple(&e->event, &t);
	ct_fill_sock(&e->event, sk);
	e->event.cookie = cookie;
	e->event.flags |= CT_FLAG_HAS_STATS;
	ct_fill_actor(&e->event, ct_owned(sk));
	ct_fill_stats(&e->stats, tp);
	ct_submit(e);
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(tcp_destroy_sock_before, const struct sock *sk)
{
	if (ct_nested_begin(CT_BACKED_DESTROY))
		emit_destroy(sk);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(tcp_destroy_sock, const struct sock *sk)
{
	if (!ct_nested_taken(CT_BACKED_DESTROY))
		emit_destroy(sk);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(tcp_destroy_sock_after)
{
	ct_nested_end(CT_BACKED_DESTROY);
	return 0;
}

/* Thread group ids whose descendants are followed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
} followed SEC(".maps");

SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_process_fork, const struct task_struct *parent, const struct task_struct *child)
{
	__u32 parent_tgid = ct_reported_tgid(parent, parent->tgid);
	__u32 child_tgid = ct_reported_tgid(child, child->tgid);
	struct ct_event *e;
	__u8 yes = 1;

	if (child_tgid == parent_tgid || !bpf_map_lookup_elem(&followed, &parent_tgid))
		return 0;
	bpf_map_update_elem(&followed, &child_tgid, &yes, BPF_ANY);
	e = ct_reserve(CT_EVENT_FORK, sizeof(*e));
	if (!e)
		return 0;
	ct_fill_base(e, 0);
	e->family = 0;
	e->netns = 0;
	e->netns_cookie = 0;
	e->local_port = 0;
	e->remote_port = 0;
	__builtin_memset(e->local_addr, 0, sizeof(e->local_addr));
	__builtin_memset(e->remote_addr, 0, sizeof(e->remote_addr));
	ct_fill_task(e);
	e->tgid = parent_tgid;
	e->child_tgid = child_tgid;
	ct_submit(e);
	return 0;
}

/* A process id is free for anybody once its last thread is gone (trace_sched_process_exit comes after the
 * count). */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(sched_process_exit, const struct task_struct *task)
{
	__u32 tgid = ct_reported_tgid(task, task->tgid);

	if (task->signal->live.counter == 0)
		bpf_map_delete_elem(&followed, &tgid);
	return 0;
}
