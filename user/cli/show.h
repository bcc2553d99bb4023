/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sessions, mappings and NATs, as the daemon or replay give them in JSON, for people. */
#ifndef P2PSCOPE_SHOW_H
#define P2PSCOPE_SHOW_H

#include <jansson.h>

#include "engine/verdict/texts.h"

struct engine_view;

/*
 * Prints a table of the sessions of a view; `now` is what ages count from, in Unix seconds.
 * -ENOMEM.
 */
int show_sessions(const struct engine_view *view, double now);

/* The same of a document's mappings. */
int show_mappings(const json_t *document, double now);

/*
 * What the NATs on the way do: of all hosts together, and a table of the hosts. No ages are in it.
 * -ENOMEM.
 */
int show_nat(const json_t *document, double now);

/* What an audit found. -ENOMEM. */
int show_audit(const json_t *document);

/* The picture of a session: host – gateway – NAT – peer, with the addresses. */
void show_picture(const json_t *session);

/* Its media, stream by stream, and how long its packets take. */
void show_media(const json_t *session);

/*
 * Takes the words of a session's verdict and cause, "" for none. Returns what the cause means and
 * what to do about it, or the verdict where there is no cause that is known here; NULL when neither
 * is.
 */
const struct verdict_text *advice_for(const char *verdict, const char *cause);

/*
 * The text or number behind a path of keys ("path.local"), "" for null and for what is not there.
 */
const char *show_text(const json_t *object, const char *path);
double show_number(const json_t *object, const char *path);

/* The texts of a list with `between` in between, cut to what fits into `out`; gives it back. */
const char *show_joined(char *out, size_t size, const json_t *list, const char *between);

/* "3 s", "12 min", "5 h", "2 d" into `out` (16 bytes); gives it back. */
const char *show_age(char *out, double seconds);

/* Unix seconds as "2026-11-22 09:46:10 +0000", in the local time zone; gives `out` back. */
const char *show_moment(char *out, size_t size, double seconds);

#endif
