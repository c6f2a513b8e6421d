/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The records that conntrail's BPF iterators write, one per socket or descriptor; compiled by both sides.
 * Unlike events they carry no version: program and reader are always of one build, and an iterator's stream
 * has no other content.
 */
#ifndef CONNTRAIL_ABI_ROWS_H
#define CONNTRAIL_ABI_ROWS_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#include <conntrail/abi/event.h>

#define CT_ROW_COMM_LEN 16

enum ct_row_kind {
	CT_ROW_FULL = 0,
	CT_ROW_TIME_WAIT = 1,
	CT_ROW_REQUEST = 2,
};

struct ct_socket_row {
	__u64 cookie;
	__u64 inode;	     /* 0: no descriptor */
	__u64 cgroup_id;     /* of the socket; 0 for what is no full socket */
	__s64 timer_jiffies; /* time left, may be negative when the timer is late; 0 without a timer */
	__u64 netns_cookie;  /* 0 before Linux 5.12 */
	__u32 netns;
	__u32 interface; /* bound device index */
	__u32 uid;	 /* as /proc/net prints it, in the reader's user namespace */
	__u32 receive_queue;
	__u32 send_queue;
	__u32 backlog;	  /* sk_max_ack_backlog of a listener */
	__u16 local_port; /* host order */
	__u16 remote_port;
	__u8 kind;     /* enum ct_row_kind */
	__u8 protocol; /* IPPROTO_TCP or IPPROTO_UDP */
	__u8 family;
	__u8 state; /* tw_substate of a time-wait socket, SYN_RECV of a request */
	__u8 timer; /* as "tr" in /proc/net/tcp */
	__u8 retransmits;
	__u8 probes;
	__u8 shutdown;
	__u8 has_stats; /* a full TCP socket other than a listener */
	__u8 pad[3];
	__u8 local_addr[16]; /* network order; IPv4 in the first four, rest zero */
	__u8 remote_addr[16];
	struct ct_stats stats;
};

/* One descriptor of one process. */
struct ct_holder_row {
	__u64 cookie;
	__u64 inode;
	__u64 cgroup_id; /* of the process */
	__u32 tgid;
	__u32 tid; /* differs from tgid for a thread with a file table of its own */
	__s32 fd;
	__u32 uid;		    /* of the process, in the initial user namespace */
	char comm[CT_ROW_COMM_LEN]; /* of the thread group leader */
};

/* One descriptor of one process that refers to a socket of any kind. */
struct ct_socket_file {
	__u64 inode;
	__u32 pid; /* in the reader's pid namespace, as its /proc shows it */
	__s32 fd;
};

#ifdef __cplusplus
static_assert(sizeof(struct ct_socket_file) == 16, "struct ct_socket_file is part of the ABI");
static_assert(sizeof(struct ct_socket_row) == 160, "struct ct_socket_row is part of the ABI");
static_assert(sizeof(struct ct_holder_row) == 56, "struct ct_holder_row is part of the ABI");
#else
_Static_assert(sizeof(struct ct_socket_file) == 16, "struct ct_socket_file is part of the ABI");
_Static_assert(sizeof(struct ct_socket_row) == 160, "struct ct_socket_row is part of the ABI");
_Static_assert(sizeof(struct ct_holder_row) == 56, "struct ct_holder_row is part of the ABI");
#endif

#endif
