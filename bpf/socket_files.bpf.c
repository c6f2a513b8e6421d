// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * iter/task_file: every descriptor that /proc/PID/fd would show as "socket:[N]", as struct ct_socket_file.
 * Sockets of every kind, and no more about them than that: this is the quick answer for a million of them.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <conntrail/abi/rows.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The process whose descriptors are coming, and its number. An iterator has one reader, so one of each. */
static int present_tgid;
static __u32 present_pid;

/* The number of a task in the pid namespace of the reader, who is the running task. */
static __always_inline __u32 pid_for_reader(struct task_struct *task)
{
	const struct task_struct *reader = (const void *)bpf_get_current_task();
	unsigned int level = BPF_CORE_READ(reader, thread_pid, level);
	const struct pid *pid = BPF_CORE_READ(task, thread_pid);
	const char *numbers = (const char *)__builtin_preserve_access_index(&pid->numbers);
	struct upid number = {};

	/* The size of an element is the kernel's own, ours has but one of its fields. */
	bpf_probe_read_kernel(&number.nr, sizeof(number.nr),
			      numbers + (__u64)level * bpf_core_type_size(struct upid) +
				  bpf_core_field_offset(struct upid, nr));
	return number.nr;
}

SEC("iter/task_file")
int socket_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct ct_socket_file row = {};

	if (!task || !file)
		return 0;
	/* A thread with a table of its own is not in /proc/PID/fd. */
	if (task->pid != task->tgid)
		return 0;
	if (!bpf_sock_from_file(file))
		return 0;
	if (present_tgid != task->tgid) {
		present_pid = pid_for_reader(task);
		present_tgid = task->tgid;
	}
	row.inode = file->f_inode->i_ino;
	row.pid = present_pid;
	row.fd = ctx->fd;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}
