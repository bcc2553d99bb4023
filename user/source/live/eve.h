/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One line of the EVE log of Suricata, an intrusion detection system:
 * https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
 */
#ifndef P2PSCOPE_SOURCE_LIVE_EVE_H
#define P2PSCOPE_SOURCE_LIVE_EVE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"

/*
 * Parses one line, `length` bytes without its line end. Returns true and fills in `alert` for an
 * event of type "alert" or "drop" that names its time and two endpoints of TCP or UDP; returns
 * false for other events. `bad` is set when the line is no JSON object.
 */
bool eve_parse_line(const char *line, size_t length, struct ids_alert *alert, bool *bad);

#endif
