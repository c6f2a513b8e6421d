/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a full TCP socket has counted of itself, as struct ct_stats. */
#ifndef CONNTRAIL_STATS_BPF_H
#define CONNTRAIL_STATS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <conntrail/abi/event.h>

static __always_inline bool ct_sock_flag(const struct sock *sk, __u32 bit)
{
	return (sk->__sk_common.skc_flags >> bit) & 1;
}
#define CT_SOCK_DEAD(sk) ct_sock_flag(sk, bpf_core_enum_value(enum sock_flags, SOCK_DEAD))
#define CT_SOCK_DONE(sk) ct_sock_flag(sk, bpf_core_enum_value(enum sock_flags, SOCK_DONE))

static __always_inline void ct_fill_stats(struct ct_stats *s, const struct tcp_sock *tp)
{
	__u64 received = tp->bytes_received;
	__u64 again = tp->bytes_retrans;

	/* tcp_rcv_nxt_update() counts the sequence number of the peer's FIN too; tcp_fin() sets SOCK_DONE. */
	if (received && CT_SOCK_DONE(&tp->inet_conn.icsk_inet.sk))
		received--;
	s->bytes_sent = tp->bytes_sent - again;
	s->bytes_received = received;
	s->bytes_retransmitted = again;
	s->segments_out = tp->segs_out;
	s->segments_in = tp->segs_in;
	s->retransmits = tp->total_retrans;
	s->srtt_us = tp->srtt_us >> 3;
	s->min_rtt_us = tp->rtt_min.s[0].v;
	s->pad = 0;
}

#endif
