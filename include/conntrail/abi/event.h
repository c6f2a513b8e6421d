/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The event that conntrail's BPF programs put into the ring buffer: the one header that clang (BPF side) and
 * g++ (user side) both compile. Fixed-width fields, explicit padding, sizes asserted at the end by both.
 *
 * Every record begins with struct ct_event; its `kind` says whether more follows. Raise CT_EVENT_VERSION
 * whenever a field changes its place or meaning; the reader refuses records of another version.
 */
#ifndef CONNTRAIL_ABI_EVENT_H
#define CONNTRAIL_ABI_EVENT_H

/* The fields' comments stand in one column, as a table; clang-format would fold them. */
/* clang-format off */

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define CT_EVENT_VERSION 3
#define CT_COMM_LEN 16

/* What happened. The value indexes the per-kind loss counters, so it stays small and dense. */
enum ct_event_kind {
	CT_EVENT_STATE = 1,		/* inet_sock_set_state: ct_event; followed by ct_stats when to == TCP_CLOSE */
	CT_EVENT_RETRANSMIT = 2,	/* tcp_retransmit_skb that succeeded */
	CT_EVENT_SYNACK_RETRANSMIT = 3,	/* tcp_retransmit_synack: addresses and cookie of the request; sk of the listener */
	CT_EVENT_RESET_SENT = 4,	/* tcp_send_reset: cookie 0 where no socket sent it */
	CT_EVENT_RESET_RECEIVED = 5,	/* tcp_receive_reset */
	CT_EVENT_DESTROY = 6,		/* tcp_destroy_sock of a socket that went to CLOSE while a descriptor still held it; with ct_stats;
				   addresses may be gone (tcp_disconnect) */
	CT_EVENT_FORK = 7,		/* sched_process_fork of a followed process: tgid = parent, child_tgid = child */
	CT_EVENT_KIND_COUNT = 8,
};

/* struct ct_event.flags */
#define CT_FLAG_OWNED		0x01	/* the socket lock is held by the running task: pid and comm are a user of this socket */
#define CT_FLAG_SOCK_DONE	0x02	/* SOCK_DONE: the peer's FIN has been received */
#define CT_FLAG_SOCK_DEAD	0x04	/* SOCK_DEAD: no descriptor holds the socket any more (orphan) */
#define CT_FLAG_HAS_STATS	0x08	/* struct ct_event_stats, not only struct ct_event */
#define CT_FLAG_CLONE_INCOMPLETE 0x10	/* LISTEN->SYN_RECV before Linux 6.15: cookie is the listener's, addresses are not the child's;
					   only `sk` (the child) and the listener's cookie hold (kernel commit a3a128f611a9) */
#define CT_FLAG_HAS_TW_COUNT	0x20	/* tw_count and tw_max are set (hand-over to a time-wait socket) */
#define CT_FLAG_FINAL		0x40	/* this ->CLOSE ends the socket; no CT_EVENT_DESTROY will follow */
#define CT_FLAG_STEERED		0x80	/* LISTEN->SYN_RECV in a namespace where a BPF program (sk_lookup) may choose the listener: the
					   addresses do not tell which one it was */

/* struct ct_event.shutdown */
#define CT_SHUTDOWN_REPAIR	0x80	/* STATE ->CLOSE: under TCP_REPAIR, which sends neither FIN nor RST */

/* struct ct_event.reset_reason where the kernel gives none (before 6.10) */
#define CT_RESET_REASON_UNKNOWN 0xffffffffu

struct ct_event {
	__u8 version;		/* CT_EVENT_VERSION */
	__u8 kind;		/* enum ct_event_kind */
	__u8 family;		/* AF_INET or AF_INET6: the socket's family */
	__u8 flags;		/* CT_FLAG_* */
	__u8 from;		/* TCP state before; for other kinds than STATE the state now */
	__u8 to;		/* TCP state after; equals from for other kinds */
	__u8 shutdown;		/* sk_shutdown: 1 receive, 2 send; CT_SHUTDOWN_REPAIR */
	__u8 exit_signal;	/* the running task is dying of this signal while it closes the socket, 0 none; with CT_FLAG_OWNED */
	__u64 seq;		/* per CPU, from 1, counts every event tried, also those that found no room */
	__u64 time_ns;		/* CLOCK_MONOTONIC */
	__u64 cookie;		/* socket cookie; 0 where there is no socket */
	__u64 sk;		/* kernel address, only ever compared, never shown; 0 where there is none */
	__u64 cgroup_id;	/* of the running task, like tgid, uid and comm: only with CT_FLAG_OWNED (FORK: always), else 0 */
	__u64 netns_cookie;	/* of the network namespace (SO_NETNS_COOKIE); 0 before Linux 5.12 */
	__u32 cpu;
	__u32 netns;		/* network namespace inode (/proc/PID/ns/net) */
	__u32 tgid;		/* of the task that acts on the socket; 0: a thread of the kernel (PF_KTHREAD) */
	__u32 uid;		/* of that task, in the initial user namespace */
	__u32 sock_uid;		/* sk_uid: who created the socket, right in any context */
	__u32 reset_reason;	/* enum sk_rst_reason of RESET_SENT */
	__u16 local_port;	/* host order; 0 while not bound yet */
	__u16 remote_port;	/* host order */
	__u16 sk_err;		/* errno the socket will report, 0 none */
	__u16 soft_err;		/* SYN_SENT->CLOSE without sk_err: errno that an ICMP message or a failing route told the socket, 0 none */
	__u8 local_addr[16];	/* network order; IPv4 in the first four, rest zero */
	__u8 remote_addr[16];
	char comm[CT_COMM_LEN];	/* of that task's thread group leader where it can be read, else of the task */
	union {
		__u32 tw_count;		/* with CT_FLAG_HAS_TW_COUNT: time-wait sockets of the namespace, this one included if it got one */
		__u32 total_retrans;	/* RETRANSMIT, and STATE SYN_RECV->ESTABLISHED: segments the connection has sent again, the
					   request's SYN-ACKs included; SYNACK_RETRANSMIT: SYN-ACKs, this one included */
	};
	union {
		__u32 tw_max;		/* with CT_FLAG_HAS_TW_COUNT: tcp_max_tw_buckets */
		__u32 child_tgid;	/* FORK: the child's thread group id */
		__u32 handshake_us;	/* microseconds since the first SYN-ACK. STATE SYN_RECV->ESTABLISHED: the first round trip measured,
					   0 none (a SYN-ACK sent again, SYN cookies); SYNACK_RETRANSMIT: 0 where it is not known */
	};
};

/* The socket's own statistics at its end (struct tcp_sock). */
struct ct_stats {
	__u64 bytes_sent;	/* octets of data sent, retransmissions not counted */
	__u64 bytes_received;	/* octets received and acknowledged, SYN and FIN not counted */
	__u64 bytes_retransmitted;
	__u32 segments_out;
	__u32 segments_in;
	__u32 retransmits;	/* total_retrans: segments sent again, SYN included */
	__u32 srtt_us;		/* smoothed round trip, microseconds */
	__u32 min_rtt_us;	/* ~0 when never measured */
	__u32 pad;
};

struct ct_event_stats {
	struct ct_event event;
	struct ct_stats stats;
};

/* Programs with others around them that step in where the kernel suppresses a run (bpf/lib/nested.bpf.h). */
enum ct_backed {
	CT_BACKED_STATE = 0,
	CT_BACKED_DESTROY = 1,
	CT_BACKED_COUNT = 2,
};

/* One per CPU: what that CPU tried to send and what found no room. tried == received + sum(lost), always. */
struct ct_counters {
	__u64 tried;				/* the seq of the last event tried */
	__u64 lost[CT_EVENT_KIND_COUNT];	/* by kind */
	__u64 stepped_in[CT_BACKED_COUNT];	/* suppressed runs of the program that another one made up for */
};

#ifdef __cplusplus
#define CT_STATIC_ASSERT static_assert
#else
#define CT_STATIC_ASSERT _Static_assert
#endif
CT_STATIC_ASSERT(sizeof(struct ct_event) == 144, "struct ct_event is part of the ABI");
CT_STATIC_ASSERT(sizeof(struct ct_stats) == 48, "struct ct_stats is part of the ABI");
CT_STATIC_ASSERT(sizeof(struct ct_event_stats) == 192, "struct ct_event_stats is part of the ABI");
CT_STATIC_ASSERT(sizeof(struct ct_counters) == 88, "struct ct_counters is part of the ABI");

/* clang-format on */

#endif
