/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel types and fields that conntrail's BPF programs read, and only those. Every struct carries
 * preserve_access_index, so libbpf finds the real offsets in the running kernel's BTF when it loads a program
 * (CO-RE): the order and the gaps here mean nothing, only names and kinds of types do. One header for all
 * architectures.
 *
 * A struct with a ___suffix is the shape that another range of kernels has (libbpf ignores what follows the
 * three underscores); bpf/lib/compat.bpf.h says which kernels and chooses.
 *
 * The guard is the one of bpftool's generated header: libbpf's own headers test for it.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
typedef unsigned int uid_t;

enum { false = 0, true = 1 };
#define NULL ((void *)0)

/* Constants of the user API: fixed by the kernel's ABI promise, so plain numbers. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum {
	BPF_ANY = 0,
	BPF_F_NO_PREALLOC = 1,
	BPF_F_MMAPABLE = 1024,
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};

/* Only to ask whether the running kernel has them (bpf/lib/compat.bpf.h). */
enum bpf_func_id {
	BPF_FUNC_get_current_task_btf = 158,
	BPF_FUNC_check_mtu = 163,
};

enum {
	AF_INET = 2,
	AF_INET6 = 10,
	IPPROTO_TCP = 6,
	IPPROTO_UDP = 17,
	IPPROTO_MPTCP = 262,
	PF_KTHREAD = 0x00200000, /* task_struct.flags: no process, whatever its name */
	ECONNABORTED = 103,
	ETH_P_IP = 0x0800,
	ETH_P_IPV6 = 0x86dd,
};
enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_FIN_WAIT1 = 4,
	TCP_FIN_WAIT2 = 5,
	TCP_TIME_WAIT = 6,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LAST_ACK = 9,
	TCP_LISTEN = 10,
	TCP_CLOSING = 11,
	TCP_NEW_SYN_RECV = 12,
};

/* include/net/inet_connection_sock.h: icsk_pending */
enum {
	ICSK_TIME_RETRANS = 1,
	ICSK_TIME_PROBE0 = 3,
	ICSK_TIME_LOSS_PROBE = 5,
	ICSK_TIME_REO_TIMEOUT = 6,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Bit numbers: read with bpf_core_enum_value(), they may move. */
enum sock_flags {
	SOCK_DEAD = 0,
	SOCK_DONE = 1,
};

typedef struct {
	int counter;
} atomic_t;
typedef struct {
	__s64 counter;
} atomic64_t;
typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;
typedef struct {
	uid_t val;
} kuid_t;

struct hlist_node {
	struct hlist_node *next, **pprev;
};
struct timer_list {
	struct hlist_node entry;
	unsigned long expires;
};

/* --- namespaces, cgroups, tasks --- */

struct ns_common {
	unsigned int inum;
};
struct kernfs_node {
	u64 id;
};
struct cgroup {
	struct kernfs_node *kn;
};
struct css_set {
	struct cgroup *dfl_cgrp;
};
struct cred {
	kuid_t uid;
};
struct signal_struct {
	atomic_t live;
};
struct pid_namespace {
	struct ns_common ns;
};
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	unsigned int level;
	struct upid numbers[1]; /* one per level of nested pid namespaces */
};
struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	const struct cred *cred;
	struct css_set *cgroups;
	struct signal_struct *signal;
	int exit_code;
	char comm[16];
};

struct inet_timewait_death_row {
	refcount_t tw_refcount;
	int sysctl_max_tw_buckets;
};
struct inet_timewait_death_row___counter {
	atomic_t tw_count;
};
struct netns_ipv4 {
	struct inet_timewait_death_row tcp_death_row;
};
struct netns_ipv4___pointer {
	struct inet_timewait_death_row *tcp_death_row;
};
struct bpf_prog_array;
/* The attach type's number is read with bpf_core_enum_value(). */
enum netns_bpf_attach_type {
	NETNS_BPF_FLOW_DISSECTOR = 0,
	NETNS_BPF_SK_LOOKUP = 1,
	MAX_NETNS_BPF_ATTACH_TYPE = 2,
};
struct netns_bpf {
	struct bpf_prog_array *run_array[MAX_NETNS_BPF_ATTACH_TYPE];
};
struct net {
	__u64 net_cookie;
	struct ns_common ns;
	struct netns_bpf bpf;
	struct netns_ipv4 ipv4;
};
typedef struct {
	struct net *net;
} possible_net_t;

/* --- sockets --- */

struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__be32 u6_addr32[4];
	} in6_u;
};

struct sock_common {
	union {
		struct {
			__be32 skc_daddr;
			__be32 skc_rcv_saddr;
		};
	};
	union {
		struct {
			__be16 skc_dport;
			__u16 skc_num;
		};
	};
	unsigned short skc_family;
	volatile unsigned char skc_state;
	int skc_bound_dev_if;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	union {
		unsigned long skc_flags;
	};
};

typedef struct {
	int owned;
} socket_lock_t;

struct sock_cgroup_data {
	struct cgroup *cgroup;
};
struct sock_cgroup_data___value {
	u64 val;
};

struct sk_buff;
struct sk_buff_head {
	union {
		struct {
			struct sk_buff *next;
		};
	};
};

struct socket;
struct sock {
	struct sock_common __sk_common;
	struct {
		atomic_t rmem_alloc;
	} sk_backlog;
	int sk_err;
	int sk_err_soft;
	struct sk_buff_head sk_error_queue;
	struct socket *sk_socket;
	socket_lock_t sk_lock;
	refcount_t sk_wmem_alloc;
	struct timer_list sk_timer;
	kuid_t sk_uid;
	u16 sk_protocol;
	u8 sk_shutdown;
	u32 sk_ack_backlog;
	u32 sk_max_ack_backlog;
	struct sock_cgroup_data sk_cgrp_data;
};
struct sock___moved_timer {
	struct timer_list tcp_retransmit_timer;
};

struct inode {
	unsigned long i_ino;
};
struct socket {
	struct sock *sk;
};
struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	struct timer_list icsk_retransmit_timer;
	__u8 icsk_retransmits;
	__u8 icsk_pending;
	__u8 icsk_probes_out;
};
struct inet_connection_sock___timeout {
	unsigned long icsk_timeout;
};
struct inet_connection_sock___keepalive {
	struct timer_list icsk_keepalive_timer;
};

struct minmax_sample {
	u32 t;
	u32 v;
};
struct minmax {
	struct minmax_sample s[3];
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	u32 copied_seq;
	u32 rcv_nxt;
	u32 snd_una;
	u32 write_seq;
	u32 srtt_us;
	u32 segs_out;
	u32 segs_in;
	u32 total_retrans;
	u64 bytes_sent;
	u64 bytes_retrans;
	u64 bytes_received;
	u8 repair : 1;
	struct minmax rtt_min;
};

struct request_sock {
	struct sock_common __req_common;
	u8 num_retrans;
	u8 num_timeout : 7;
	struct timer_list rsk_timer;
};
struct inet_request_sock {
	struct request_sock req;
};
struct tcp_request_sock {
	struct inet_request_sock req;
	u64 snt_synack;
};

struct inet_timewait_sock {
	struct sock_common __tw_common;
	unsigned char tw_substate;
	__be16 tw_sport;
	struct timer_list tw_timer;
};
struct tcp_timewait_sock {
	struct inet_timewait_sock tw_sk;
};

struct udp_sock {
	struct inet_sock inet;
	int forward_deficit;
};

/* --- packets --- */

struct net_device {
	possible_net_t nd_net;
};
struct dst_entry {
	struct net_device *dev;
};
struct sk_buff {
	union {
		struct {
			struct net_device *dev;
		};
	};
	unsigned long _skb_refdst;
	char cb[48];
	__be16 protocol;
	__u16 transport_header;
	__u16 network_header;
	unsigned char *head;
};
struct sock_extended_err {
	__u32 ee_errno;
};
struct sock_exterr_skb {
	struct sock_extended_err ee;
};
struct iphdr {
	__be32 saddr;
	__be32 daddr;
};
struct ipv6hdr {
	struct in6_addr saddr;
	struct in6_addr daddr;
};
struct tcphdr {
	__be16 source;
	__be16 dest;
};

/* --- iterators --- */

struct file {
	struct inode *f_inode;
};
struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};
struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
	uid_t uid;
};
struct bpf_iter__udp {
	struct bpf_iter_meta *meta;
	struct udp_sock *udp_sk;
	uid_t uid;
	int bucket;
};
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

#pragma clang attribute pop

#endif
