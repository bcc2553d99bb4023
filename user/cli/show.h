/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Prints what the daemon and replay output in JSON for people: sessions, mappings, NATs, audits. */
#ifndef P2PSCOPE_SHOW_H
#define P2PSCOPE_SHOW_H

#include <jansson.h>

#include "engine/verdict/texts.h"

struct engine_view;

/*
 * Prints a table of the sessions of a view; ages are relative to `now`, in Unix seconds. Returns
 * 0 or -ENOMEM.
 */
int show_sessions(const struct engine_view *view, double now);

/* The same for the mappings of a document. */
int show_mappings(const json_t *document, double now);

/*
 * Prints the behaviour of the NATs on the path, for all hosts together, and a table of the hosts.
 * `now` is not used. Returns 0 or -ENOMEM.
 */
int show_nat(const json_t *document, double now);

/*
 * Prints a JSON document with these flags of jansson. Returns 0, -ENOMEM, or -EIO where standard
 * output has failed, which main() reports.
 */
int show_json(const json_t *document, size_t flags);

/* Prints the result of an audit. Returns 0 or -ENOMEM. */
int show_audit(const json_t *document);

/* Draws the path of a session: host, gateway, relay and peer with their addresses. */
void show_picture(const json_t *session);

/* Prints the media of a session, stream by stream, and its round-trip times. */
void show_media(const json_t *session);

/*
 * Takes the words of a session's verdict and cause, "" for none. Returns what the cause means and
 * what to do about it, or the verdict where there is no cause that is known here; NULL when neither
 * is.
 */
const struct verdict_text *advice_for(const char *verdict, const char *cause);

/*
 * Return the text or number at a path of keys ("path.local"); "" or 0 when it is null or does not
 * exist.
 */
const char *show_text(const json_t *object, const char *path);
double show_number(const json_t *object, const char *path);

/* Joins the texts of a list with `between`, truncated to the `size` of `out`. Returns `out`. */
const char *show_joined(char *out, size_t size, const json_t *list, const char *between);

/* Writes "3 s", "12 min", "5 h" or "2 d" to `out`, which has 16 bytes. Returns `out`. */
const char *show_age(char *out, double seconds);

/*
 * Writes Unix seconds as "2026-11-22 09:46:10 +0000" in the local time zone to `out`, of `size`
 * bytes. Returns `out`.
 */
const char *show_moment(char *out, size_t size, double seconds);

#endif
