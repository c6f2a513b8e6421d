/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which sockets' ->CLOSE was reported as final, so that the tcp_destroy_sock that follows at once is not
 * reported too.
 *
 * A slot by cookie, overwritten freely: a cookie is never used twice, so a stale slot can never hide another
 * socket, and two sockets that meet in one slot within the few microseconds between the two events cost no
 * more than one CT_EVENT_DESTROY too many.
 */
#ifndef CONNTRAIL_CLOSED_BPF_H
#define CONNTRAIL_CLOSED_BPF_H

#include "vmlinux.h"
#include "lib/fill.bpf.h"

#define CT_CLOSED_SLOTS 4096
__u64 closed_cookies[CT_CLOSED_SLOTS] __attribute__((aligned(128))) = {};

static __always_inline void ct_remember_closed(__u64 cookie)
{
	closed_cookies[cookie & (CT_CLOSED_SLOTS - 1)] = cookie;
}

static __always_inline bool ct_was_closed(__u64 cookie)
{
	return closed_cookies[cookie & (CT_CLOSED_SLOTS - 1)] == cookie;
}

/*
 * Whether a transition to CLOSE ends the socket, i.e. inet_csk_destroy_sock() follows in the same call
 * (net/ipv4/tcp.c):
 *
 *  - SOCK_DEAD: no descriptor is left; tcp_done() and the tail of __tcp_close() destroy it.
 *  - __tcp_close() itself sets CLOSE before it has orphaned the socket (listener, unread data, linger 0,
 * SYN_SENT): it holds the lock, has set sk_shutdown to 3 and no error is there. From LAST_ACK, FIN_WAIT2 and
 * CLOSING the same three hold when a task that did shutdown() works off the backlog with the socket still
 * open; those are left to CT_EVENT_DESTROY.
 *
 * In all other cases a descriptor still holds the socket (reset by the peer, time-out, ICMP error, disconnect
 * by connect(AF_UNSPEC), shutdown() of a listener, ss -K), and close() will destroy it later.
 */
static __always_inline bool ct_close_is_final(const struct sock *sk, int from)
{
	if (CT_SOCK_DEAD(sk))
		return true;
	if (from == TCP_LAST_ACK || from == TCP_FIN_WAIT2 || from == TCP_CLOSING)
		return false;
	return ct_owned(sk) && sk->sk_err == 0 && sk->sk_shutdown == 3;
}

#endif
