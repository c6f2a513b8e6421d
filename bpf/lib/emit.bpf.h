/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way out of the kernel: ring buffer, per-CPU counters that make every loss visible, and the wake-up of a
 * waiting consumer.
 */
#ifndef CONNTRAIL_EMIT_BPF_H
#define CONNTRAIL_EMIT_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <conntrail/abi/event.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20); /* set by user space before loading */
} events SEC(".maps");

/* One cache line pair per CPU. An array, not a per-CPU map: its look-up is inlined and user space can map it.
 */
struct ct_cpu_slot {
	struct ct_counters counters;
	__u64 open[CT_BACKED_COUNT]; /* see nested.bpf.h */
	__u64 taken[CT_BACKED_COUNT];
	__u64 pad[1];
};
_Static_assert(sizeof(struct ct_cpu_slot) == 128, "no two CPUs share a cache line");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set by user space: the number of possible CPUs */
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct ct_cpu_slot);
} cpu_slots SEC(".maps");

/* Set by the consumer just before it blocks; whoever sees it wakes the consumer up, once. */
__u32 consumer_waiting __attribute__((aligned(128))) = 0;

static __always_inline struct ct_cpu_slot *ct_this_cpu(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpu_slots, &cpu);
}

/*
 * A record with its sequence number, or NULL; then the loss has been counted. Atomics, as a softirq may run
 * the same program on top of this one. Of the two fetching ones the first is also the full barrier between
 * the ring's producer position (moved by the reservation) and the look at consumer_waiting: the consumer sets
 * that flag before it looks at the producer position for the last time, so one of the two sees the other.
 */
static __always_inline struct ct_event *ct_reserve(enum ct_event_kind kind, __u64 size)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct ct_cpu_slot *slot = bpf_map_lookup_elem(&cpu_slots, &cpu);
	struct ct_event *event;
	__u64 before;

	if (!slot)
		return NULL;
	event = bpf_ringbuf_reserve(&events, size, 0);
	before = __sync_fetch_and_add(&slot->counters.tried, 1);
	if (!event) {
		__sync_fetch_and_add(&slot->counters.lost[kind], 1);
		return NULL;
	}
	event->version = CT_EVENT_VERSION;
	event->kind = kind;
	event->cpu = cpu;
	event->seq = before + 1;
	return event;
}

static __always_inline void ct_submit(void *event)
{
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (*(volatile __u32 *)&consumer_waiting) {
		*(volatile __u32 *)&consumer_waiting = 0;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(event, flags);
}

#endif
