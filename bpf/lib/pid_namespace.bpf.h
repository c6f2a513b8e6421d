/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Process numbers. A task carries the initial pid namespace's; conntrail in a pid namespace of its own
 * reports those of the namespace that its /proc shows, so that one process has one number everywhere.
 */
#ifndef CONNTRAIL_PID_NAMESPACE_BPF_H
#define CONNTRAIL_PID_NAMESPACE_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* Inode of that namespace; 0 for the initial one: then the verifier removes all of this. Set before loading.
 */
const volatile __u32 ct_pid_namespace = 0;

/* The kernel allows 32 (MAX_PID_NS_LEVEL); containers in containers are 2 or 3. */
#define CT_PID_LEVELS 8

/* The number of the task's process in that namespace; 0 for one that is not in it. */
static __always_inline __u32 ct_inner_tgid(const struct task_struct *task)
{
	const struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	const char *numbers = (const char *)__builtin_preserve_access_index(&pid->numbers);
	/* The size of an element is the kernel's own, ours has not all of its fields. */
	const __u64 size = bpf_core_type_size(struct upid);
	unsigned int deepest = BPF_CORE_READ(pid, level);

	for (__u32 level = 1; level < CT_PID_LEVELS && level <= deepest; level++) {
		const struct upid *at = (const void *)(numbers + level * size);

		if (BPF_CORE_READ(at, ns, ns.inum) == ct_pid_namespace)
			return BPF_CORE_READ(at, nr);
	}
	return 0;
}

/* `tgid` is the task's own. */
static __always_inline __u32 ct_reported_tgid(const struct task_struct *task, __u32 tgid)
{
	return ct_pid_namespace ? ct_inner_tgid(task) : tgid;
}

#endif
