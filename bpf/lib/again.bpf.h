/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel does not run a program on top of itself: when a softirq interrupts a task inside a program and
 * comes to the same tracepoint, that run is suppressed (__bpf_trace_run(), bpf_prog_info.recursion_misses). A
 * storm of delayed acknowledgements loses one event in some thousands so. A second program on the same
 * tracepoint does the same work, but only where the first is just running on this CPU, which then cannot be
 * the event's own run.
 *
 * Attach the second before the first: it then has counted its run before the kernel counts the suppressed
 * one, and suppressed - stepped_in never shows a loss that was none. What still is lost: the few instructions
 * between the kernel's own mark and ours.
 */
#ifndef CONNTRAIL_AGAIN_BPF_H
#define CONNTRAIL_AGAIN_BPF_H

#include "lib/emit.bpf.h"

/* Around the work of the first program. */
static __always_inline struct ct_cpu_slot *ct_first_begins(enum ct_backed which)
{
	struct ct_cpu_slot *slot = ct_this_cpu();

	if (slot)
		*(volatile __u64 *)&slot->running[which] = 1;
	return slot;
}

static __always_inline void ct_first_ends(struct ct_cpu_slot *slot, enum ct_backed which)
{
	if (slot)
		*(volatile __u64 *)&slot->running[which] = 0;
}

/* Has the second program to step in? */
static __always_inline bool ct_second_is_needed(enum ct_backed which)
{
	struct ct_cpu_slot *slot = ct_this_cpu();

	if (!slot || !*(volatile __u64 *)&slot->running[which])
		return false;
	__sync_fetch_and_add(&slot->counters.stepped_in[which], 1);
	return true;
}

#endif
