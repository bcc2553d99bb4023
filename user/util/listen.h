/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sockets on which the daemon serves HTTP. They are opened before anything else, so that a
 * second daemon ends early.
 */
#ifndef P2PSCOPE_UTIL_LISTEN_H
#define P2PSCOPE_UTIL_LISTEN_H

/*
 * Checks the text of an address and port, or the length of a socket's path, without opening
 * anything. Returns 0, or -EINVAL or -ENAMETOOLONG after having logged the reason.
 */
int listen_tcp_check(const char *where);
int listen_unix_check(const char *path);

/*
 * Opens a TCP socket that listens on "ADDR:PORT", "[ADDR]:PORT" or ":PORT", which stands for all
 * addresses. Returns the descriptor, or -errno after having logged the reason; -EINVAL for text
 * that is no address.
 */
int listen_tcp(const char *where);

/*
 * Opens a Unix socket that every user may connect to. The last directory of the path is created
 * if it is missing; a socket on which nobody listens is replaced. Returns the descriptor, or
 * -errno after having logged the reason.
 */
int listen_unix(const char *path);

#endif
