/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Follows the log of an intrusion detection system: Suricata's EVE, a JSON object a line, of which
 * events "alert" and "drop" are read. Rotation by renaming and by truncating is followed.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_IDS_LOG_H
#define P2PSCOPE_SOURCE_LIVE_IDS_LOG_H

#include "engine/engine.h"

struct ids_log;

struct ids_log_counts {
	u64 alerts; /* read */
	u64 tied; /* of them to a session */
	u64 bad; /* lines that are no EVE */
};

/*
 * Opens the log, and reads from its end on. The string must stay. Gives -errno after having said
 * what is wrong; a file that is not there yet is waited for.
 */
int ids_log_open(struct ids_log **out, const char *path, struct engine *engine);
void ids_log_close(struct ids_log *log);

/* Reads what is new: about once a second. */
void ids_log_poll(struct ids_log *log);

const struct ids_log_counts *ids_log_counts(const struct ids_log *log);

/*
 * Reads one line of a log, without its end. Gives false when it is no alert and no drop; `bad`
 * tells that it is no EVE.
 */
bool eve_parse_line(const char *line, size_t length, struct ids_alert *alert, bool *bad);

#endif
