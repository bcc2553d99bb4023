/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Processes beside the daemon's: each alone with one socket, and ended with the process that
 * started it.
 */
#ifndef P2PSCOPE_SHADOW_PROCESS_H
#define P2PSCOPE_SHADOW_PROCESS_H
#include <stddef.h>
#include <sys/types.h>

/*
 * Forks a process that runs `fn`, with its end of a socket for messages and no other descriptor but
 * standard error, and ends. Gives the other end in `socket`, and its id; -errno.
 */
pid_t process_start(int (*fn)(int socket, void *arg), void *arg, int *socket);

/* Closes the socket and ends the process, whatever it is at. */
void process_end(pid_t pid, int socket);

/* Waits for a message of that size, `ms` at most. -ETIMEDOUT; -EPIPE when the process has ended. */
int process_receive(int socket, void *message, size_t size, int ms);

#endif
