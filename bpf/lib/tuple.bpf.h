/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The addresses of a socket or a packet, in one shape that filters and events share. */
#ifndef CONNTRAIL_TUPLE_BPF_H
#define CONNTRAIL_TUPLE_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "lib/compat.bpf.h"

/* 16 bytes in network order; IPv4 in the first word, the rest zero. */
union ct_address {
	__u32 word[4];
	__u64 half[2];
};

struct ct_tuple {
	__u64 netns_cookie;
	__u32 netns;
	__u16 family;
	__u16 local_port; /* host order */
	__u16 remote_port;
	union ct_address local;
	union ct_address remote;
};

/*
 * From a pointer that the verifier trusts: a full socket's or a request's common part. `local_port` comes
 * from the caller, as inet_put_port() clears skc_num before a transition to CLOSE is reported.
 */
static __always_inline void ct_tuple_from_common(struct ct_tuple *t, const struct sock_common *c,
						 __u16 local_port)
{
	t->netns = c->skc_net.net->ns.inum;
	t->netns_cookie = ct_net_cookie(c->skc_net.net);
	t->family = c->skc_family;
	t->local_port = local_port;
	t->remote_port = bpf_ntohs(c->skc_dport);
	if (t->family == AF_INET6) {
		const __u64 *local = (const __u64 *)&c->skc_v6_rcv_saddr.in6_u.u6_addr32;
		const __u64 *remote = (const __u64 *)&c->skc_v6_daddr.in6_u.u6_addr32;

		t->local.half[0] = local[0];
		t->local.half[1] = local[1];
		t->remote.half[0] = remote[0];
		t->remote.half[1] = remote[1];
	} else {
		t->local.half[0] = t->local.half[1] = 0;
		t->remote.half[0] = t->remote.half[1] = 0;
		t->local.word[0] = c->skc_rcv_saddr;
		t->remote.word[0] = c->skc_daddr;
	}
}

/* From a pointer that the verifier does not trust. */
static __always_inline void ct_tuple_netns(struct ct_tuple *t, const struct net *net)
{
	t->netns = BPF_CORE_READ(net, ns.inum);
	t->netns_cookie = ct_net_cookie_of(net);
}

/* The namespace a received packet is in: of its device, or of its route once the device was taken off. */
static __always_inline void ct_tuple_netns_of_skb(struct ct_tuple *t, const struct sk_buff *skb)
{
	const struct net_device *dev = BPF_CORE_READ(skb, dev);

	if (!dev) {
		/* Bit 0 of _skb_refdst: the reference is not counted (SKB_DST_NOREF). */
		const struct dst_entry *dst = (const void *)(BPF_CORE_READ(skb, _skb_refdst) & ~1UL);

		dev = dst ? BPF_CORE_READ(dst, dev) : NULL;
	}
	t->netns = 0;
	t->netns_cookie = 0;
	if (dev)
		ct_tuple_netns(t, BPF_CORE_READ(dev, nd_net.net));
}

/* From the headers of a received packet, seen from this host: local is where it was sent to. False: not
 * TCP/IP. */
static __always_inline bool ct_tuple_from_skb(struct ct_tuple *t, const struct sk_buff *skb)
{
	const unsigned char *head = BPF_CORE_READ(skb, head);
	const void *network = head + BPF_CORE_READ(skb, network_header);
	const struct tcphdr *tcp = (const void *)(head + BPF_CORE_READ(skb, transport_header));
	__u16 protocol = bpf_ntohs(BPF_CORE_READ(skb, protocol));

	t->local.half[0] = t->local.half[1] = 0;
	t->remote.half[0] = t->remote.half[1] = 0;
	if (protocol == ETH_P_IP) {
		const struct iphdr *ip = network;

		t->family = AF_INET;
		t->local.word[0] = BPF_CORE_READ(ip, daddr);
		t->remote.word[0] = BPF_CORE_READ(ip, saddr);
	} else if (protocol == ETH_P_IPV6) {
		const struct ipv6hdr *ip = network;

		t->family = AF_INET6;
		BPF_CORE_READ_INTO(&t->local, ip, daddr);
		BPF_CORE_READ_INTO(&t->remote, ip, saddr);
	} else {
		return false;
	}
	ct_tuple_netns_of_skb(t, skb);
	t->local_port = bpf_ntohs(BPF_CORE_READ(tcp, dest));
	t->remote_port = bpf_ntohs(BPF_CORE_READ(tcp, source));
	return true;
}

#endif
