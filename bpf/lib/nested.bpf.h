/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Events that interrupt the report of another.
 *
 * The kernel does not run a program on top of itself: when a softirq interrupts a task inside a program and
 * comes to the same tracepoint, that run is suppressed (__bpf_trace_run(), bpf_prog_info.recursion_misses). A
 * storm of delayed acknowledgements brings a thousand transitions in one such softirq, and all would be lost.
 *
 * So two more programs stand on the tracepoint, one attached before and one after the one that reports. The
 * first opens a bracket around the event; finding one open it knows that its event interrupts another, whose
 * report may be just running, and reports the event itself. The program in the middle does nothing about an
 * event that was taken so. The last one closes the bracket, or tells who has reported an event within. A run
 * of the first or last one that is suppressed in turn leaves a state that the next event sets right:
 *
 *  - interrupted in the first: the middle one is not running, so it reports the inner event as usual;
 *  - interrupted in the last: the same, or the first finds the bracket still open and reports it.
 */
#ifndef CONNTRAIL_NESTED_BPF_H
#define CONNTRAIL_NESTED_BPF_H

#include "lib/emit.bpf.h"

enum ct_taken {
	CT_TAKEN_NOT = 0,
	CT_TAKEN_SEEN = 1,   /* and the program in the middle ran, and left the event alone */
	CT_TAKEN_UNSEEN = 2, /* so far without a run of the program in the middle */
};

/* The first program: has it to report the event? */
static __always_inline bool ct_nested_begin(enum ct_backed which)
{
	volatile struct ct_cpu_slot *slot = ct_this_cpu();

	if (!slot)
		return false;
	if (slot->open[which]) {
		slot->taken[which] = CT_TAKEN_UNSEEN;
		return true;
	}
	slot->taken[which] = CT_TAKEN_NOT;
	slot->open[which] = 1;
	return false;
}

/* The program in the middle: has the first one reported the event? */
static __always_inline bool ct_nested_taken(enum ct_backed which)
{
	volatile struct ct_cpu_slot *slot = ct_this_cpu();

	if (!slot || slot->taken[which] == CT_TAKEN_NOT)
		return false;
	slot->taken[which] = CT_TAKEN_SEEN;
	return true;
}

/* The last program. */
static __always_inline void ct_nested_end(enum ct_backed which)
{
	struct ct_cpu_slot *cpu_slot = ct_this_cpu();
	volatile struct ct_cpu_slot *slot = cpu_slot;

	if (!slot)
		return;
	if (slot->taken[which] == CT_TAKEN_NOT) {
		slot->open[which] = 0;
		return;
	}
	if (slot->taken[which] == CT_TAKEN_UNSEEN)
		__sync_fetch_and_add(&cpu_slot->counters.stepped_in[which], 1);
	slot->taken[which] = CT_TAKEN_NOT;
}

#endif
