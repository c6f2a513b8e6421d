/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why a connection ends and how long its handshake took, where the kernel knows more than the transition
 * says. */
#ifndef CONNTRAIL_CAUSE_BPF_H
#define CONNTRAIL_CAUSE_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define CT_PF_EXITING 0x00000004 /* include/linux/sched.h */
#define CT_SIGNAL_MASK                                                                                       \
	0x7f /* of an exit code, as wait() has it: do_exit() sets it before the files are closed */

/* The signal that the running task is dying of, or 0. */
static __always_inline __u8 ct_exit_signal(void)
{
	const struct task_struct *task;

	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		return 0;
	task = bpf_get_current_task_btf();
	return task->flags & CT_PF_EXITING ? task->exit_code & CT_SIGNAL_MASK : 0;
}

static __always_inline bool ct_in_repair(const struct tcp_sock *tp)
{
	return BPF_CORE_READ_BITFIELD(tp, repair);
}

/*
 * What rejected a connect() whose caller then closed the socket. An ICMP error that finds the socket in its
 * caller's hands only leaves sk_err_soft (tcp_v4_err(), tcp_v6_err()); getsockopt(SO_ERROR), with which the
 * caller learns of it, clears that. Over IPv4 the error queue keeps it until the socket goes
 * (ip_icmp_error()); over IPv6 nothing is left then.
 */
static __always_inline __u16 ct_soft_error(const struct sock *sk)
{
	const struct sk_buff *first;
	const struct sock_exterr_skb *error;

	if (sk->sk_err_soft)
		return sk->sk_err_soft;
	first = BPF_CORE_READ(sk, sk_error_queue.next);
	if (!first || (const void *)first == (const void *)&sk->sk_error_queue)
		return 0;
	/* SKB_EXT_ERR() of include/linux/errqueue.h */
	error = (const void *)first->cb;
	return BPF_CORE_READ(error, ee.ee_errno);
}

/* `now` as bpf_ktime_get_ns(); snt_synack is tcp_clock_us() of the first SYN-ACK (tcp_make_synack()). */
static __always_inline __u32 ct_since_first_synack(const struct request_sock *req, __u64 now)
{
	const struct tcp_request_sock *tcp_request = (const void *)req;
	__u64 first = BPF_CORE_READ(tcp_request, snt_synack);
	__u64 elapsed = now / 1000 - first;

	return first && elapsed <= 0xffffffffULL ? elapsed : 0;
}

#endif
