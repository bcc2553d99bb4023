/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Child processes that talk with their parent over one socket and end with it: the daemon starts
 * the attribution helper so, and the helper its worker.
 */
#ifndef P2PSCOPE_SHADOW_PROCESS_H
#define P2PSCOPE_SHADOW_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Forks a process that runs `fn` and ends. It has its end of a socket for messages
 * (SOCK_SEQPACKET), standard error, and no other open file. Writes the other end to `socket`.
 * Returns the process id or -errno.
 */
pid_t process_start(int (*fn)(int socket, void *arg), void *arg, int *socket);

/* Closes the socket and kills the process. */
void process_end(pid_t pid, int socket);

/*
 * Waits up to `ms` milliseconds for a message of exactly `size` bytes. Returns 0, -ETIMEDOUT,
 * -EPIPE when the process has ended or sent another size, or another -errno.
 */
int process_receive(int socket, void *message, size_t size, int ms);

#endif
