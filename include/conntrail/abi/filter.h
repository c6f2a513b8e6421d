/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the lifecycle programs let through: constants of the loaded object (.rodata), so that the verifier
 * removes the code of every criterion that is not used. Compiled by both sides, like event.h.
 */
#ifndef CONNTRAIL_ABI_FILTER_H
#define CONNTRAIL_ABI_FILTER_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define CT_FILTER_MAX 16

/* An address range; words in network order, host bits zero. */
struct ct_prefix {
	__u32 address[4];
	__u32 mask[4];
	__u32 family; /* AF_INET also matches the v4-mapped form on an AF_INET6 socket */
};

/* A count of 0 means "any". All criteria must hold; within a list one match is enough. */
struct ct_filter {
	__u32 active; /* 0: nothing below is looked at */
	__u32 family; /* 0, AF_INET or AF_INET6 */
	__u32 namespace_count;
	__u32 cgroup_count;
	__u32 local_port_count;
	__u32 remote_port_count;
	__u32 either_port_count;
	__u32 local_prefix_count;
	__u32 remote_prefix_count;
	__u32 either_prefix_count;
	__u64 cgroups[CT_FILTER_MAX];		/* cgroup v2 ids */
	__u64 namespace_cookies[CT_FILTER_MAX]; /* of `namespaces`, 0 = not known */
	__u32 namespaces[CT_FILTER_MAX];	/* inode numbers */
	__u16 local_ports[CT_FILTER_MAX];	/* host order */
	__u16 remote_ports[CT_FILTER_MAX];
	__u16 either_ports[CT_FILTER_MAX]; /* of one of the two ends */
	struct ct_prefix local_prefixes[CT_FILTER_MAX];
	struct ct_prefix remote_prefixes[CT_FILTER_MAX];
	struct ct_prefix either_prefixes[CT_FILTER_MAX];
};

#endif
