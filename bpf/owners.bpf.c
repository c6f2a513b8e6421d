// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * iter/task_file: every descriptor of every process that refers to a TCP, UDP or MPTCP socket, as struct
 * ct_holder_row. Behind an MPTCP socket are TCP sockets, its subflows, which have its inode number and
 * cookies of their own. The kernel passes over threads that share their leader's file table
 * (task_seq_get_next(), skip_if_dup_files).
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <conntrail/abi/rows.h>
#include "lib/compat.bpf.h"
#include "lib/pid_namespace.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline bool is_inet(const struct sock *sk)
{
	__u16 family = sk->__sk_common.skc_family;
	__u16 protocol = sk->sk_protocol;

	return (family == AF_INET || family == AF_INET6) &&
	       (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_MPTCP);
}

SEC("iter/task_file")
int socket_holders(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct ct_holder_row row = {};
	struct socket *socket;
	struct sock *sk;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || !is_inet(sk))
		return 0;
	row.cookie = ct_socket_cookie(sk);
	row.inode = file->f_inode->i_ino;
	/* Pointers under RCU: a kernel whose BTF says so would want each checked. */
	row.cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	row.tgid = ct_reported_tgid(task, task->tgid);
	row.tid = task->pid == task->tgid ? row.tgid : task->pid;
	row.fd = ctx->fd;
	row.uid = BPF_CORE_READ(task, cred, uid.val);
	ct_leader_comm(row.comm, task);
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}
