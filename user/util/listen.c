/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/listen.h"
#include "util/log.h"

#define BACKLOG 64

/* Splits "[host]:port" or "host:port"; returns false when it is neither. */
static bool split_address(const char *where, char *host, size_t size, const char **port)
{
	const char *colon = strrchr(where, ':');
	const char *from = where;
	size_t length;

	if (!colon || !colon[1])
		return false;
	length = (size_t)(colon - where);
	if (length >= 2 && where[0] == '[' && colon[-1] == ']') {
		from++;
		length -= 2;
	} else if (memchr(where, ':', length)) {
		return false;
	}
	if (length >= size)
		return false;
	memcpy(host, from, length);
	host[length] = '\0';
	*port = colon + 1;
	return true;
}

/* getaddrinfo() accepts 70000 and uses its lower 16 bits. */
static bool is_port(const char *text)
{
	size_t length = strlen(text);

	return length <= 5 && strspn(text, "0123456789") == length && atoi(text) <= 65535;
}

static int resolve_address(const char *where, struct addrinfo **out)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
	};
	char host[128];
	const char *port;

	if (split_address(where, host, sizeof(host), &port) && is_port(port) &&
	    !getaddrinfo(*host ? host : NULL, port, &hints, out))
		return 0;
	log_error(
		"--listen %s: expected an address and a port, such as 127.0.0.1:9810 or [::1]:9810",
		where);
	return -EINVAL;
}

int listen_tcp_check(const char *where)
{
	struct addrinfo *at;
	int err = resolve_address(where, &at);

	if (!err)
		freeaddrinfo(at);
	return err;
}

static int open_tcp(const struct addrinfo *at)
{
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int yes = 1, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (!bind(fd, at->ai_addr, at->ai_addrlen) && !listen(fd, BACKLOG))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int listen_tcp(const char *where)
{
	struct addrinfo *at;
	int fd = resolve_address(where, &at);

	if (fd)
		return fd;
	fd = open_tcp(at);
	freeaddrinfo(at);
	if (fd == -EADDRINUSE)
		log_error("%s is in use: stop the program that listens there or choose another "
			  "with --listen ADDR:PORT",
			  where);
	else if (fd < 0)
		log_error("cannot listen on %s: %s; --listen ADDR:PORT chooses another address",
			  where, strerror(-fd));
	return fd;
}

static bool daemon_answers(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes;

	if (fd < 0)
		return true;
	yes = !connect(fd, (const struct sockaddr *)at, sizeof(*at));
	close(fd);
	return yes;
}

/* Removes the socket that a killed daemon left. Returns 0 when the path is free, or -errno. */
static int clear_path(const struct sockaddr_un *at)
{
	struct stat info;

	if (lstat(at->sun_path, &info))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(info.st_mode)) {
		log_error("%s exists and is not a socket: remove it or choose another with "
			  "--socket PATH",
			  at->sun_path);
		return -EEXIST;
	}
	if (daemon_answers(at)) {
		log_error("%s is in use by a running daemon: stop it or choose another with "
			  "--socket PATH",
			  at->sun_path);
		return -EADDRINUSE;
	}
	return unlink(at->sun_path) ? -errno : 0;
}

static void make_parent_directory(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return;
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	mkdir(folder, 0755);
}

/* Nobody can connect before listen(), so the mode may be changed after bind(). */
static int open_unix(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (const struct sockaddr *)at, sizeof(*at)) && !chmod(at->sun_path, 0666) &&
	    !listen(fd, BACKLOG))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int listen_unix_check(const char *path)
{
	size_t room = sizeof(((struct sockaddr_un *)0)->sun_path);

	if (strlen(path) < room)
		return 0;
	log_error("--socket: the path is longer than %zu bytes", room - 1);
	return -ENAMETOOLONG;
}

int listen_unix(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = listen_unix_check(path);

	if (fd)
		return fd;
	strcpy(at.sun_path, path);
	make_parent_directory(path);
	fd = clear_path(&at);
	if (!fd)
		fd = open_unix(&at);
	if (fd < 0 && fd != -EEXIST && fd != -EADDRINUSE)
		log_error("cannot create the socket %s: %s; --socket PATH chooses another", path,
			  strerror(-fd));
	return fd;
}
