/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sockets on which the daemon answers. They are made before anything else, so that a second
 * daemon ends early.
 */
#ifndef P2PSCOPE_UTIL_LISTEN_H
#define P2PSCOPE_UTIL_LISTEN_H

/*
 * Opens a TCP socket that listens on "ADDR:PORT", "[ADDR]:PORT" or ":PORT" (then on all addresses).
 * Gives the descriptor, or -errno after having said what is wrong; -EINVAL for a text that is no
 * address.
 */
int listen_tcp(const char *where);

/*
 * Opens a Unix socket that everybody may connect to. Makes the last folder of the path if it is
 * missing. A socket on which nobody answers is replaced. Gives the descriptor, or -errno after
 * having said what is wrong.
 */
int listen_unix(const char *path);

#endif
