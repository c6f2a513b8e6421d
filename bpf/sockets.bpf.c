// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * iter/tcp and iter/udp: the socket tables of a network namespace as struct ct_socket_row. What is computed,
 * and how, follows get_tcp4_sock(), get_timewait4_sock() and get_openreq4() in net/ipv4/tcp_ipv4.c and
 * udp4_format_sock() in net/ipv4/udp.c, so that a row says what /proc/net says.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <conntrail/abi/rows.h>
#include "lib/compat.bpf.h"
#include "lib/stats.bpf.h"
#include "lib/tuple.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum { TIMER_OFF = 0, TIMER_RETRANSMIT = 1, TIMER_KEEPALIVE = 2, TIMER_TIME_WAIT = 3, TIMER_PROBE = 4 };

static __always_inline __s64 jiffies_until(unsigned long due)
{
	return (__s64)(due - (unsigned long)bpf_jiffies64());
}

static __always_inline void fill_common(struct ct_socket_row *row, const struct sock_common *common,
					__u16 local_port)
{
	struct ct_tuple t;

	ct_tuple_from_common(&t, common, local_port);
	row->netns = t.netns;
	row->netns_cookie = t.netns_cookie;
	row->family = t.family;
	row->local_port = t.local_port;
	row->remote_port = t.remote_port;
	__builtin_memcpy(row->local_addr, &t.local, sizeof(row->local_addr));
	__builtin_memcpy(row->remote_addr, &t.remote, sizeof(row->remote_addr));
	row->interface = common->skc_bound_dev_if;
	row->state = common->skc_state;
}

/* SOCK_INODE(): the inode lies behind the socket in one allocation. */
static __always_inline __u64 inode_of(const struct sock *sk)
{
	const struct socket_alloc *both = (const void *)sk->sk_socket;

	return both ? BPF_CORE_READ(both, vfs_inode.i_ino) : 0;
}

static __always_inline void fill_full(struct ct_socket_row *row, const struct sock *sk)
{
	row->inode = inode_of(sk);
	row->cgroup_id = ct_sock_cgroup_id(sk);
	row->shutdown = sk->sk_shutdown;
}

static __always_inline void fill_tcp_timer(struct ct_socket_row *row, const struct inet_connection_sock *icsk)
{
	__u8 pending = icsk->icsk_pending;
	unsigned long due;

	row->retransmits = icsk->icsk_retransmits;
	row->probes = icsk->icsk_probes_out;
	if (pending == ICSK_TIME_RETRANS || pending == ICSK_TIME_REO_TIMEOUT ||
	    pending == ICSK_TIME_LOSS_PROBE) {
		row->timer = TIMER_RETRANSMIT;
		row->timer_jiffies = jiffies_until(ct_retransmit_due(icsk));
	} else if (pending == ICSK_TIME_PROBE0) {
		row->timer = TIMER_PROBE;
		row->timer_jiffies = jiffies_until(ct_retransmit_due(icsk));
	} else if (ct_keepalive_due(icsk, &due)) {
		row->timer = TIMER_KEEPALIVE;
		row->timer_jiffies = jiffies_until(due);
	}
}

static __always_inline void fill_tcp_sock(struct ct_socket_row *row, const struct tcp_sock *tp)
{
	const struct sock *sk = &tp->inet_conn.icsk_inet.sk;
	__s32 unread;

	fill_common(row, &sk->__sk_common, bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport));
	fill_full(row, sk);
	fill_tcp_timer(row, &tp->inet_conn);
	if (row->state == TCP_LISTEN) {
		row->receive_queue = sk->sk_ack_backlog;
		row->backlog = sk->sk_max_ack_backlog;
		return;
	}
	ct_fill_stats(&row->stats, tp);
	row->has_stats = 1;
	unread = (__s32)(tp->rcv_nxt - tp->copied_seq);
	row->receive_queue = unread > 0 ? unread : 0;
	row->send_queue = tp->write_seq - tp->snd_una;
}

static __always_inline void fill_time_wait(struct ct_socket_row *row, const struct tcp_timewait_sock *tcptw)
{
	const struct inet_timewait_sock *tw = &tcptw->tw_sk;

	fill_common(row, &tw->__tw_common, bpf_ntohs(tw->tw_sport));
	row->kind = CT_ROW_TIME_WAIT;
	row->state = tw->tw_substate;
	row->timer = TIMER_TIME_WAIT;
	row->timer_jiffies = jiffies_until(tw->tw_timer.expires);
}

static __always_inline void fill_request(struct ct_socket_row *row, const struct tcp_request_sock *treq)
{
	const struct request_sock *req = &treq->req.req;

	fill_common(row, &req->__req_common, req->__req_common.skc_num);
	row->kind = CT_ROW_REQUEST;
	row->state = TCP_SYN_RECV;
	row->timer = TIMER_RETRANSMIT;
	row->timer_jiffies = jiffies_until(req->rsk_timer.expires);
	row->retransmits = BPF_CORE_READ_BITFIELD_PROBED(req, num_timeout);
}

SEC("iter/tcp")
int tcp_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct ct_socket_row row = {};
	struct tcp_timewait_sock *tw;
	struct tcp_request_sock *req;
	struct tcp_sock *tp;

	if (!common)
		return 0;
	row.protocol = IPPROTO_TCP;
	row.uid = ctx->uid;
	/* Of the common part only, so all three kinds of socket have one. */
	row.cookie = ct_common_cookie(common);
	if ((tp = bpf_skc_to_tcp_sock(common)))
		fill_tcp_sock(&row, tp);
	else if ((tw = bpf_skc_to_tcp_timewait_sock(common)))
		fill_time_wait(&row, tw);
	else if ((req = bpf_skc_to_tcp_request_sock(common)))
		fill_request(&row, req);
	else
		return 0;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

SEC("iter/udp")
int udp_sockets(struct bpf_iter__udp *ctx)
{
	struct udp_sock *udp = ctx->udp_sk;
	struct ct_socket_row row = {};
	const struct sock *sk;

	if (!udp)
		return 0;
	sk = &udp->inet.sk;
	row.protocol = IPPROTO_UDP;
	row.uid = ctx->uid;
	row.cookie = ct_socket_cookie(sk);
	fill_common(&row, &sk->__sk_common, bpf_ntohs(udp->inet.inet_sport));
	fill_full(&row, sk);
	row.receive_queue = sk->sk_backlog.rmem_alloc.counter - udp->forward_deficit;
	row.send_queue = sk->sk_wmem_alloc.refs.counter - 1;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}
