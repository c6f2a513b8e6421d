/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The filter of conntrail/abi/filter.h. It may let through more than was asked for (user space filters
 * again), never less: a criterion whose fact is not known yet is taken as met.
 */
#ifndef CONNTRAIL_FILTER_BPF_H
#define CONNTRAIL_FILTER_BPF_H

#include "vmlinux.h"
#include "lib/compat.bpf.h"
#include "lib/tuple.bpf.h"
#include <conntrail/abi/filter.h>

const volatile struct ct_filter ct_filter = {};

/* What is not known of the tuple, for ct_filter_pass(). */
enum ct_unknown {
	CT_UNKNOWN_NOTHING = 0,
	CT_UNKNOWN_REMOTE = 1,
	CT_UNKNOWN_ALL = 2,
};

static __always_inline bool ct_port_in(const volatile __u16 *ports, __u32 count, __u16 port)
{
	for (__u32 i = 0; i < CT_FILTER_MAX && i < count; i++)
		if (ports[i] == port)
			return true;
	return false;
}

static __always_inline bool ct_prefix_has(const volatile struct ct_prefix *prefix, __u16 family,
					  const union ct_address *a)
{
	if (prefix->family == AF_INET) {
		__u32 v4 = a->word[0];

		if (family == AF_INET6) {
			if (a->half[0] != 0 || a->word[2] != bpf_htonl(0xffff))
				return false;
			v4 = a->word[3];
		}
		return (v4 & prefix->mask[0]) == prefix->address[0];
	}
	return family == AF_INET6 && (a->word[0] & prefix->mask[0]) == prefix->address[0] &&
	       (a->word[1] & prefix->mask[1]) == prefix->address[1] &&
	       (a->word[2] & prefix->mask[2]) == prefix->address[2] &&
	       (a->word[3] & prefix->mask[3]) == prefix->address[3];
}

static __always_inline bool ct_prefixes_have(const volatile struct ct_prefix *prefixes, __u32 count,
					     __u16 family, const union ct_address *a)
{
	for (__u32 i = 0; i < CT_FILTER_MAX && i < count; i++)
		if (ct_prefix_has(&prefixes[i], family, a))
			return true;
	return false;
}

/* By inode number, which a namespace that is gone leaves to the next one; by the cookie where both have it.
 */
static __always_inline bool ct_namespace_pass(const struct ct_tuple *t)
{
	if (!ct_filter.namespace_count || !t->netns)
		return true;
	for (__u32 i = 0; i < CT_FILTER_MAX && i < ct_filter.namespace_count; i++) {
		__u64 cookie = ct_filter.namespace_cookies[i];

		if (ct_filter.namespaces[i] == t->netns &&
		    (!cookie || !t->netns_cookie || cookie == t->netns_cookie))
			return true;
	}
	return false;
}

/* `sk`: a full socket, or NULL where there is none; its cgroup is then unknown. */
static __always_inline bool ct_cgroup_pass(const struct sock *sk)
{
	__u64 id;

	if (!ct_filter.cgroup_count || !sk)
		return true;
	id = ct_sock_cgroup_id(sk);
	for (__u32 i = 0; i < CT_FILTER_MAX && i < ct_filter.cgroup_count; i++)
		if (ct_filter.cgroups[i] == id)
			return true;
	return false;
}

/*
 * For an RST that no connection's full socket sends: `sk` is the socket's address or NULL. A packet that met
 * no socket belongs to no cgroup. A request and a time-wait socket have none; user space knows whether their
 * connection is wanted.
 */
static __always_inline bool ct_cgroup_pass_packet(const struct sock *sk, __u8 state)
{
	if (!ct_filter.cgroup_count)
		return true;
	if (!sk)
		return false;
	return state != TCP_LISTEN || ct_cgroup_pass(sk);
}

/* One of the two ends is enough. An end that is not known yet may become the one. */
static __always_inline bool ct_either_pass(const struct ct_tuple *t)
{
	if (ct_filter.either_port_count && t->local_port &&
	    !ct_port_in(ct_filter.either_ports, ct_filter.either_port_count, t->local_port) &&
	    !ct_port_in(ct_filter.either_ports, ct_filter.either_port_count, t->remote_port))
		return false;
	return !ct_filter.either_prefix_count || !(t->local.half[0] | t->local.half[1]) ||
	       ct_prefixes_have(ct_filter.either_prefixes, ct_filter.either_prefix_count, t->family,
				&t->local) ||
	       ct_prefixes_have(ct_filter.either_prefixes, ct_filter.either_prefix_count, t->family,
				&t->remote);
}

static __always_inline bool ct_filter_pass(const struct ct_tuple *t, const struct sock *sk,
					   enum ct_unknown unknown)
{
	if (!ct_filter.active)
		return true;
	if (!ct_namespace_pass(t) || !ct_cgroup_pass(sk))
		return false;
	if (ct_filter.family && ct_filter.family != t->family)
		return false;
	if (unknown == CT_UNKNOWN_ALL)
		return true;
	if (ct_filter.local_port_count && t->local_port &&
	    !ct_port_in(ct_filter.local_ports, ct_filter.local_port_count, t->local_port))
		return false;
	/* A listener on any address stands for all of them. */
	if (ct_filter.local_prefix_count && (t->local.half[0] | t->local.half[1]) &&
	    !ct_prefixes_have(ct_filter.local_prefixes, ct_filter.local_prefix_count, t->family, &t->local))
		return false;
	if (unknown == CT_UNKNOWN_REMOTE)
		return true;
	if (ct_filter.remote_port_count &&
	    !ct_port_in(ct_filter.remote_ports, ct_filter.remote_port_count, t->remote_port))
		return false;
	if (ct_filter.remote_prefix_count &&
	    !ct_prefixes_have(ct_filter.remote_prefixes, ct_filter.remote_prefix_count, t->family,
			      &t->remote))
		return false;
	return ct_either_pass(t);
}

#endif
