/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "source/live/eve.h"
#include "util/address.h"
#include "util/text.h"
#include "util/time.h"

/* What a time in signed nanoseconds has room for: the year 2262. */
#define SECONDS_END ((s64)(INT64_MAX / NS_PER_S))

static const char *member_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool parse_endpoint(const json_t *event, const char *ip, const char *port,
			   struct endpoint *to)
{
	json_int_t number = json_integer_value(json_object_get(event, port));

	to->port = (u16)number;
	return number > 0 && number <= 65535 && addr_parse(member_text(event, ip), &to->ip);
}

/*
 * Returns the nanoseconds of ".123456", a fraction with any number of digits, or 0 when there is
 * none; `rest` is moved past it.
 */
static u64 parse_fraction(const char **rest)
{
	u64 ns = 0, unit = NS_PER_S;

	if (**rest != '.')
		return 0;
	for (++*rest; isdigit((unsigned char)**rest); ++*rest)
		ns += (u64)(**rest - '0') * (unit /= 10);
	return ns;
}

/* Returns the Unix time of "2026-11-22T12:47:24.123456+0000" in ns, 0 when it is none. */
static u64 parse_time(const char *text)
{
	struct tm parts = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
	u64 ns = rest ? parse_fraction(&rest) : 0;
	s64 seconds, east;

	if (!rest || !strptime(rest, "%z", &parts))
		return 0;
	east = parts.tm_gmtoff; /* timegm() clears it */
	seconds = timegm(&parts) - east;
	return seconds > 0 && seconds < SECONDS_END ? (u64)seconds * NS_PER_S + ns : 0;
}

static u8 parse_proto(const char *text)
{
	return !strcmp(text, "UDP") ? PROTO_UDP : !strcmp(text, "TCP") ? PROTO_TCP : 0;
}

/* A drop may have no signature, for instance when the stream engine found a stream invalid. */
static void parse_signature(const json_t *event, bool is_drop, struct ids_alert *alert)
{
	const json_t *signature = json_object_get(event, "alert");
	const char *text = member_text(signature, "signature");

	if (!*text && is_drop)
		text = member_text(json_object_get(event, "drop"), "reason");
	alert->signature = (u64)json_integer_value(json_object_get(signature, "signature_id"));
	alert->dropped = is_drop || !strcmp(member_text(signature, "action"), "blocked");
	text_bytes(alert->text, sizeof(alert->text), (const u8 *)text, strlen(text));
}

static bool parse_event(const json_t *event, struct ids_alert *alert)
{
	const char *type = member_text(event, "event_type");
	bool is_drop = !strcmp(type, "drop");

	if (!is_drop && strcmp(type, "alert"))
		return false;
	memset(alert, 0, sizeof(*alert));
	alert->proto = parse_proto(member_text(event, "proto"));
	alert->time_ns = parse_time(member_text(event, "timestamp"));
	parse_signature(event, is_drop, alert);
	return alert->proto && alert->time_ns &&
	       parse_endpoint(event, "src_ip", "src_port", &alert->src) &&
	       parse_endpoint(event, "dest_ip", "dest_port", &alert->dst);
}

bool eve_parse_line(const char *line, size_t length, struct ids_alert *alert, bool *bad)
{
	json_t *event = json_loadb(line, length, 0, NULL);
	bool found = json_is_object(event) && parse_event(event, alert);

	*bad = !json_is_object(event);
	json_decref(event);
	return found;
}
