/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Filling struct ct_event and struct ct_stats. Every byte is written: ring buffer memory is not cleared. */
#ifndef CONNTRAIL_FILL_BPF_H
#define CONNTRAIL_FILL_BPF_H

#include "vmlinux.h"
#include "lib/compat.bpf.h"
#include "lib/pid_namespace.bpf.h"
#include "lib/stats.bpf.h"
#include "lib/tuple.bpf.h"
#include <conntrail/abi/event.h>

static __always_inline void ct_fill_tuple(struct ct_event *e, const struct ct_tuple *t)
{
	e->family = t->family;
	e->netns = t->netns;
	e->netns_cookie = t->netns_cookie;
	e->local_port = t->local_port;
	e->remote_port = t->remote_port;
	((__u64 *)e->local_addr)[0] = t->local.half[0];
	((__u64 *)e->local_addr)[1] = t->local.half[1];
	((__u64 *)e->remote_addr)[0] = t->remote.half[0];
	((__u64 *)e->remote_addr)[1] = t->remote.half[1];
}

static __always_inline void ct_fill_task(struct ct_event *e)
{
	e->tgid = ct_pid_namespace ? ct_inner_tgid((const void *)bpf_get_current_task())
				   : (__u32)(bpf_get_current_pid_tgid() >> 32);
	e->uid = (__u32)bpf_get_current_uid_gid();
	e->cgroup_id = bpf_get_current_cgroup_id();
	ct_current_comm(e->comm);
}

static __always_inline void ct_fill_no_task(struct ct_event *e)
{
	e->tgid = 0;
	e->uid = 0;
	e->cgroup_id = 0;
	((__u64 *)e->comm)[0] = 0;
	((__u64 *)e->comm)[1] = 0;
}

/*
 * The task, where it acts on the socket. Elsewhere it is whatever a softirq interrupted: that says nothing,
 * and asking would be a third of the whole cost. A kernel thread is nobody's process.
 */
static __always_inline void ct_fill_actor(struct ct_event *e, bool owned)
{
	if (owned)
		e->flags |= CT_FLAG_OWNED;
	if (owned && !ct_current_is_kernel())
		ct_fill_task(e);
	else
		ct_fill_no_task(e);
}

/* What an event has without a socket; the caller sets the rest of what it knows. */
static __always_inline void ct_fill_base(struct ct_event *e, __u8 state)
{
	e->flags = 0;
	e->from = state;
	e->to = state;
	e->shutdown = 0;
	e->exit_signal = 0;
	e->time_ns = bpf_ktime_get_ns();
	e->cookie = 0;
	e->sk = 0;
	e->sock_uid = 0;
	e->reset_reason = CT_RESET_REASON_UNKNOWN;
	e->sk_err = 0;
	e->soft_err = 0;
	e->tw_count = 0;
	e->tw_max = 0;
}

/*
 * CT_FLAG_OWNED: lock_sock() is held, and only its holder gets here: a softirq that finds it held leaves the
 * segment to the holder's backlog. A listener is the exception, its segments are handled without the lock, so
 * callers whose socket may be one do not ask.
 */
static __always_inline bool ct_owned(const struct sock *sk) { return sk->sk_lock.owned != 0; }

/* A full socket's own facts; flags are added to those already set. The cookie is the caller's matter. */
static __always_inline void ct_fill_sock(struct ct_event *e, const struct sock *sk)
{
	__u8 flags = e->flags;

	if (CT_SOCK_DEAD(sk))
		flags |= CT_FLAG_SOCK_DEAD;
	if (CT_SOCK_DONE(sk))
		flags |= CT_FLAG_SOCK_DONE;
	e->flags = flags;
	e->sk = (__u64)sk;
	e->sock_uid = sk->sk_uid.val;
	e->sk_err = sk->sk_err;
	e->shutdown = sk->sk_shutdown;
}

#endif
