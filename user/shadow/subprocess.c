/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <cap-ng.h>
#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shadow/subprocess.h"
#include "shadow/text_file.h"

#define RUN_SECONDS 30
#define STANDARD 3 /* the standard descriptors */

static int find_program(const char *name, char *path, size_t size)
{
	static const char *const places[] = {"/usr/sbin", "/sbin"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, size, "%s/%s", places[i], name);
		if (!access(path, X_OK))
			return 0;
	}
	return -ENOENT;
}

/* The program has moved the offset that it shares with this process. */
static int read_output(int fd, char **text)
{
	size_t length;

	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : text_read(fd, text, &length);
}

bool subprocess_keeps(unsigned int capability)
{
	return capability == CAP_NET_ADMIN || capability == CAP_NET_RAW;
}

/* A process that is not root has nothing after an execve() but ambient capabilities. */
static int keep_capabilities(void)
{
	if (capng_get_caps_process())
		return -EPERM;
	for (unsigned int capability = 0; capability <= CAP_LAST_CAP; capability++)
		if (subprocess_keeps(capability) &&
		    capng_have_capability(CAPNG_PERMITTED, capability))
			capng_update(CAPNG_ADD, CAPNG_INHERITABLE | CAPNG_AMBIENT, capability);
	return capng_apply(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT) ? -EPERM : 0;
}

static void exec_child(const char *path, const char *const *argv, const int *files)
{
	static const char *const environment[] = {NULL};

	for (int i = 0; i < STANDARD; i++)
		if (dup2(files[i], i) < 0)
			_exit(EXIT_FAILURE);
	alarm(RUN_SECONDS);
	if (!close_range(STANDARD, ~0u, 0) && !keep_capabilities() &&
	    !prctl(PR_SET_PDEATHSIG, SIGKILL))
		execve(path, (char *const *)argv, (char *const *)environment);
	_exit(EXIT_FAILURE);
}

static int run_child(const char *path, const char *const *argv, const int *files)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		exec_child(path, argv, files);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ETIMEDOUT;
}

static int read_outputs(const int *files, char **out, char **error)
{
	int err = read_output(files[STDOUT_FILENO], out);

	if (!err) {
		err = read_output(files[STDERR_FILENO], error);
		if (err)
			free(*out);
	}
	return err;
}

int subprocess_run(const char *const *argv, struct span in, char **out, char **error)
{
	int files[STANDARD] = {-1, -1, -1}, status, err;
	char path[64];

	status = find_program(argv[0], path, sizeof(path));
	for (int i = 0; status >= 0 && i < STANDARD; i++) {
		/* files, unlike pipes, need no reader while the program writes */
		files[i] = memory_file(i ? (struct span){0} : in);
		if (files[i] < 0)
			status = files[i];
	}
	if (status >= 0)
		status = run_child(path, argv, files);
	if (status >= 0) {
		err = read_outputs(files, out, error);
		if (err)
			status = err;
	}
	for (int i = 0; i < STANDARD; i++)
		if (files[i] >= 0)
			close(files[i]);
	return status;
}
