/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shadow/process.h"

/*
 * Standard input and output become /dev/null rather than stay unused: the next file opened must not
 * be taken for them.
 */
static int keep_one(int socket)
{
	int fd = fcntl(socket, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0 || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
	    dup2(nothing, STDOUT_FILENO) < 0)
		return -errno;
	if (fd > STDERR_FILENO + 1 && close_range(STDERR_FILENO + 1, (unsigned int)fd - 1, 0))
		return -errno;
	return close_range((unsigned int)fd + 1, ~0u, 0) ? -errno : fd;
}

static void run_child_process(int (*fn)(int socket, void *arg), void *arg, int socket)
{
	socket = keep_one(socket);
	_exit(socket < 0 || fn(socket, arg) ? 1 : 0);
}

pid_t process_start(int (*fn)(int socket, void *arg), void *arg, int *socket)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork();
	if (!pid)
		run_child_process(fn, arg, ends[1]);
	if (pid < 0) {
		pid = -errno;
		close(ends[0]);
	} else {
		*socket = ends[0];
	}
	close(ends[1]);
	return pid;
}

void process_end(pid_t pid, int socket)
{
	close(socket);
	/*
	 * a process that has changed its user cannot be killed, but ends when it finds its socket
	 * closed
	 */
	waitpid(pid, NULL, kill(pid, SIGKILL) ? WNOHANG : 0);
}

int process_receive(int socket, void *message, size_t size, int ms)
{
	struct pollfd fd = {.fd = socket, .events = POLLIN};
	int ready = poll(&fd, 1, ms);
	ssize_t length;

	if (ready <= 0)
		return ready ? -errno : -ETIMEDOUT;
	length = recv(socket, message, size, 0);
	if (length < 0)
		return -errno;
	return (size_t)length == size ? 0 : -EPIPE;
}
