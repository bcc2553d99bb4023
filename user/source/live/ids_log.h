/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Follows the log of an intrusion detection system: Suricata's EVE, one JSON object a line (eve.h).
 * The log may be rotated by renaming or by truncating it.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_IDS_LOG_H
#define P2PSCOPE_SOURCE_LIVE_IDS_LOG_H

#include "engine/engine.h"

struct ids_log;

struct ids_log_counts {
	u64 alerts; /* read from the log */
	u64 tied; /* of those, the ones that belong to a session */
	u64 bad; /* lines that are no EVE event, or too long */
};

/*
 * Opens the log and skips what it already holds. `path` and `engine` must outlive the log. A file
 * that does not exist yet is waited for. Returns 0, or -errno after having logged the reason.
 */
int ids_log_open(struct ids_log **out, const char *path, struct engine *engine);

/* Frees the log; takes NULL too. */
void ids_log_close(struct ids_log *log);

/* Passes the alerts added since the last call to the engine; called once a second. Takes NULL. */
void ids_log_poll(struct ids_log *log);

/* Returns the counts since ids_log_open(); they belong to the log. */
const struct ids_log_counts *ids_log_counts(const struct ids_log *log);

#endif
