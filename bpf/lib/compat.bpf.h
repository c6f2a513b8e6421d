/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Everything that differs between the kernels we run on, in one place, each with the commit that made the
 * difference. Decided when the program is loaded, from the kernel's BTF; the verifier then removes the other
 * branch.
 */
#ifndef CONNTRAIL_COMPAT_BPF_H
#define CONNTRAIL_COMPAT_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/*
 * bpf_get_socket_cookie() in tracing programs: c5dbb89fc2ac "bpf: Expose bpf_get_socket_cookie to tracing
 * programs", 5.12. The helper's number is older than that, so ask for bpf_check_mtu(), which came with the
 * same release. An older kernel yields what somebody else had generated, or 0. The helper touches the common
 * part only, so it is right for request and time-wait sockets too.
 */
static __always_inline __u64 ct_common_cookie(const struct sock_common *common)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_check_mtu))
		return bpf_get_socket_cookie((void *)common);
	return common->skc_cookie.counter;
}

static __always_inline __u64 ct_socket_cookie(const struct sock *sk)
{
	return ct_common_cookie(&sk->__sk_common);
}

/* Eight bytes at a time: a helper call would cost more than the whole copy. */
static __always_inline void ct_leader_comm(char *comm, const struct task_struct *task)
{
	const struct task_struct *leader = task->group_leader;

	((__u64 *)comm)[0] = ((const __u64 *)leader->comm)[0];
	((__u64 *)comm)[1] = ((const __u64 *)leader->comm)[1];
}

/*
 * bpf_get_current_task_btf(): 3ca1032ab7ab "bpf: Implement get_current_task_btf and RET_PTR_TO_BTF_ID", 5.11.
 * Before that the running thread's own name has to do.
 */
static __always_inline void ct_current_comm(char *comm)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		ct_leader_comm(comm, bpf_get_current_task_btf());
	else
		bpf_get_current_comm(comm, 16);
}

/* Whether the running task is the kernel's own. Its name is no evidence, any process may have it. */
static __always_inline bool ct_current_is_kernel(void)
{
	const struct task_struct *task;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		task = bpf_get_current_task_btf();
		return task->flags & PF_KTHREAD;
	}
	task = (const void *)bpf_get_current_task();
	return BPF_CORE_READ(task, flags) & PF_KTHREAD;
}

/*
 * Whether the namespace has a program that chooses the listener of a new connection (sk_lookup): then the
 * addresses do not tell whose child it is. e9ddbb7707ff "bpf: Introduce SK_LOOKUP program type with a
 * dedicated attach point", 5.9.
 */
static __always_inline bool ct_listener_is_chosen(const struct net *net)
{
	const struct bpf_prog_array *programs;

	if (!bpf_core_enum_value_exists(enum netns_bpf_attach_type, NETNS_BPF_SK_LOOKUP))
		return false;
	programs = BPF_CORE_READ(net, bpf.run_array[NETNS_BPF_SK_LOOKUP]);
	return programs != NULL;
}

/*
 * The socket's cgroup (v2). 8520e224f547 "bpf, cgroups: Fix cgroup v2 fallback on v1/v2 mixed mode", 5.15,
 * gave struct sock_cgroup_data a pointer of its own; before, one word held a pointer or, with bit 0 set, v1
 * data.
 */
static __always_inline __u64 ct_sock_cgroup_id(const struct sock *sk)
{
	const struct sock_cgroup_data *data = &sk->sk_cgrp_data;
	const struct sock_cgroup_data___value *old = (const void *)data;
	const struct cgroup *cgroup;

	if (bpf_core_field_exists(data->cgroup)) {
		cgroup = BPF_CORE_READ(data, cgroup);
	} else {
		__u64 value = BPF_CORE_READ(old, val);

		cgroup = value & 1 ? NULL : (const void *)value;
	}
	return cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
}

/*
 * The namespace's cookie, 0 where the kernel has none that tells: 3d368ab87cf6 "net: initialize
 * net->net_cookie at netns setup", 5.12. Before, the field was an atomic that stayed 0 until somebody asked
 * for it.
 */
static __always_inline __u64 ct_net_cookie(const struct net *net)
{
	return bpf_core_field_exists(net->net_cookie) ? net->net_cookie : 0;
}

/* The same of a pointer that the verifier does not trust. */
static __always_inline __u64 ct_net_cookie_of(const struct net *net)
{
	return bpf_core_field_exists(net->net_cookie) ? BPF_CORE_READ(net, net_cookie) : 0;
}

/*
 * How many time-wait sockets the namespace has, and how many it may have.
 *  - fbb8295248e1 "tcp: allocate tcp_death_row outside of struct netns_ipv4", 5.18: a pointer;
 *    e9bd0cca09d1 "tcp: Don't allocate tcp_death_row outside of struct netns_ipv4", 6.1: embedded again.
 *  - fbb8295248e1 also turned the atomic tw_count into a refcount that starts at 1.
 */
static __always_inline void ct_time_wait_gauge(const struct net *net, __u32 *count, __u32 *max)
{
	const struct netns_ipv4___pointer *outside = (const void *)&net->ipv4;
	const struct inet_timewait_death_row___counter *counter;
	const struct inet_timewait_death_row *row;

	if (bpf_core_field_exists(outside->tcp_death_row))
		row = BPF_CORE_READ(outside, tcp_death_row);
	else
		row = &net->ipv4.tcp_death_row;
	if (bpf_core_field_exists(row->tw_refcount)) {
		*count = BPF_CORE_READ(row, tw_refcount.refs.counter) - 1;
	} else {
		counter = (const void *)row;
		*count = BPF_CORE_READ(counter, tw_count.counter);
	}
	*max = BPF_CORE_READ(row, sysctl_max_tw_buckets);
}

/*
 * When the retransmission timer (also loss probe, zero-window probe) is due, in jiffies.
 *  - icsk_timeout until a7c428ee8f59 "tcp/dccp: remove icsk->icsk_timeout", 6.15; then the timer itself;
 *  - in struct sock since 08dfe370239e "tcp: move icsk_retransmit_timer to sk->sk_timer" (6.19).
 */
static __always_inline unsigned long ct_retransmit_due(const struct inet_connection_sock *icsk)
{
	const struct inet_connection_sock___timeout *old = (const void *)icsk;
	const struct sock___moved_timer *moved = (const void *)icsk;

	if (bpf_core_field_exists(old->icsk_timeout))
		return BPF_CORE_READ(old, icsk_timeout);
	if (bpf_core_field_exists(icsk->icsk_retransmit_timer))
		return BPF_CORE_READ(icsk, icsk_retransmit_timer.expires);
	return BPF_CORE_READ(moved, tcp_retransmit_timer.expires);
}

/*
 * The keepalive timer's due time, or false when it is not running: sk_timer, until the same series gave it a
 * place of its own, icsk_keepalive_timer (6.19 and stable kernels from 6.1.192 on).
 */
static __always_inline bool ct_keepalive_due(const struct inet_connection_sock *icsk, unsigned long *due)
{
	const struct inet_connection_sock___keepalive *own = (const void *)icsk;
	const struct sock *sk = (const void *)icsk;

	if (bpf_core_field_exists(own->icsk_keepalive_timer)) {
		if (!BPF_CORE_READ(own, icsk_keepalive_timer.entry.pprev))
			return false;
		*due = BPF_CORE_READ(own, icsk_keepalive_timer.expires);
		return true;
	}
	if (!BPF_CORE_READ(sk, sk_timer.entry.pprev))
		return false;
	*due = BPF_CORE_READ(sk, sk_timer.expires);
	return true;
}

/*
 * A tracepoint argument that may be NULL although the verifier takes it for a valid pointer (tcp_send_reset's
 * sk, and its skb before 6.12): the verifier would remove a plain NULL check as dead code, and a direct load
 * would fault. Its value as a plain number can be tested, and read from with bpf_probe_read_kernel().
 */
static __always_inline __u64 ct_address_of(const void *pointer)
{
	__u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &pointer);
	return address;
}

#endif
