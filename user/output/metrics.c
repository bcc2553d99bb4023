/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The list of all metrics, in the order of the exposition. */
#include <assert.h>
#include <stddef.h>

#include "output/collect.h"
#include "snapshot/drop_counters.h"

/* --- labels and their bounds --- */

#define OPEN_LABEL(id, label, most, text)       \
	static const struct metric_label id = { \
		.name = label, .kind = LABEL_OPEN, .count = most, .note = text}
#define WORDS_LABEL(id, label, array)                               \
	static const struct metric_label id = {.name = label,       \
					       .kind = LABEL_WORDS, \
					       .words = array,      \
					       .count = sizeof(array) / sizeof(*(array))}
#define LIST_LABEL(id, label, closed, from, end)                   \
	static const struct metric_label id = {.name = label,      \
					       .kind = LABEL_LIST, \
					       .list = closed,     \
					       .first = from,      \
					       .count = (end) - (from)}

const char *const label_paths[2] = {"direct", "relayed"};
const char *const label_keyings[KEYING_COUNT] = {
	[KEYING_DTLS] = "dtls", [KEYING_NONE] = "none", [KEYING_UNKNOWN] = "unknown"};
const char *const label_transports[2] = {"udp", "tcp"};
const char *const label_sides[2] = {[SIDE_LAN] = "lan", [SIDE_WAN] = "wan"};
const char *const label_directions[DIR_MAX] = {[DIR_IN] = "in", [DIR_OUT] = "out"};
const char *const label_lookups[2] = {"none", "found"};
const char *const label_bounds[BOUND_COUNT] = {
	[BOUND_ASKED_REMOTES] = "asked-remotes", [BOUND_SOCKET_FLOWS] = "socket-flows",
	[BOUND_SAME_UFRAGS] = "same-ufrags",     [BOUND_STREAMS] = "streams",
	[BOUND_CLOSED_PEERS] = "closed-peers",
};
const char *const label_tables[LABEL_SETS_COUNT] = {
	[LABEL_SETS_SESSIONS] = "sessions_total",
	[LABEL_SETS_TURN] = "turn_responses_total",
};

/* A pending verdict is not counted as given. */
LIST_LABEL(verdict, "verdict", WORDS_VERDICTS, VERDICT_PENDING + 1, VERDICT_COUNT);
LIST_LABEL(failure, "verdict", WORDS_VERDICTS, VERDICT_FAILED, VERDICT_BLOCKED + 1);
LIST_LABEL(any_cause, "cause", WORDS_CAUSES, CAUSE_NONE + 1, CAUSE_COUNT);
LIST_LABEL(where, "where", WORDS_WHERES, 0, WHERE_COUNT);
LIST_LABEL(cause, "cause", WORDS_CAUSES, 0, CAUSE_COUNT);
OPEN_LABEL(session_path, "path", 3, "`direct`, `relayed`, `none` when no path was found");
OPEN_LABEL(session_transport, "transport", 4, "`udp`, `tcp`, `tls`, `none` when no path was found");
OPEN_LABEL(family, "family", 3, "`ipv4`, `ipv6`, `none` when not known");
LIST_LABEL(stage, "stage", WORDS_STAGES, 0, STAGE_COUNT);
WORDS_LABEL(side, "side", label_sides);
WORDS_LABEL(path, "path", label_paths);
WORDS_LABEL(keying, "encryption", label_keyings);
WORDS_LABEL(transport, "transport", label_transports);
OPEN_LABEL(method, "method", TURN_COUNTS, "the STUN or TURN method, `other` if unknown");
OPEN_LABEL(code, "code", TURN_COUNTS, "`0` for success, else the error code");

LIST_LABEL(kind, "kind", WORDS_MAPPING_KINDS, 0, MAPPING_KIND_COUNT);
LIST_LABEL(end, "cause", WORDS_MAPPING_ENDS, MAPPING_ALIVE + 1, MAPPING_END_COUNT);
LIST_LABEL(mapping, "mapping", WORDS_BEHAVIOURS, 0, BEHAVIOUR_PORT_DEPENDENT + 1);
LIST_LABEL(filtering, "filtering", WORDS_BEHAVIOURS, 0, BEHAVIOUR_PORT_DEPENDENT + 1);
WORDS_LABEL(lookup, "result", label_lookups);

OPEN_LABEL(version, "version", 1, "the version of p2pscope");
OPEN_LABEL(interface, "interface", 0, "the name of an observed interface");
OPEN_LABEL(ingress, "ingress", 4, "`xdp`, `xdp-generic`, `tcx` or `clsact`");
OPEN_LABEL(egress, "egress", 2, "`tcx` or `clsact`");
WORDS_LABEL(direction, "direction", label_directions);
LIST_LABEL(class, "class", WORDS_CLASSES, 0, CLASS_MAX);
OPEN_LABEL(rule, "rule", RULES_MAX,
	   "made of the rule's place and text, and the same after a reload of the ruleset");
OPEN_LABEL(rule_family, "family", 6,
	   "of the rule's table: `ipv4`, `ipv6`, `inet` (both), `bridge`, `netdev` or `arp`");
OPEN_LABEL(table, "table", RULES_MAX, "the table of the rule");
OPEN_LABEL(chain, "chain", RULES_MAX, "the chain of the rule");
OPEN_LABEL(handle, "handle", RULES_MAX, "the handle of the rule, `0` for a chain's policy");
OPEN_LABEL(drop_reason, "reason", DROP_REASONS_MAX,
	   "the kernel's drop reason, `other` for those beyond the bound");
LIST_LABEL(skip_reason, "reason", WORDS_REASONS, REASON_SHORT_LINK, REASON_COUNT);
LIST_LABEL(map, "map", WORDS_MAPS, 0, MAP_COUNT);
WORDS_LABEL(bound, "bound", label_bounds);
WORDS_LABEL(full_metric, "metric", label_tables);
LIST_LABEL(lru_map, "map", WORDS_MAPS, MAP_PROBATION, MAP_COUNT);

const char *metric_word(enum words_list list, unsigned int value)
{
	const char *name = words_name(list, value);

	if (!name)
		return "other";
	return *name ? name : LABEL_NONE;
}

const char *metric_label_value(const struct metric_label *label, unsigned int index)
{
	assert(index < label->count || label->kind == LABEL_OPEN);
	switch (label->kind) {
	case LABEL_WORDS:
		return label->words[index];
	case LABEL_LIST:
		return metric_word(label->list, label->first + index);
	case LABEL_OPEN:
		break;
	}
	return NULL;
}

/* --- the list --- */

/* The bytes of a member, which has to be one of the numbers that metric_value() reads. */
#define NUMBER_SIZE(type, member)                                                             \
	sizeof(((type *)NULL)->member) +                                                      \
		0 * sizeof(struct {                                                           \
			char unused;                                                          \
			_Static_assert(sizeof(((type *)NULL)->member) == sizeof(u32) ||       \
					       sizeof(((type *)NULL)->member) == sizeof(u64), \
				       #member " is no number of 4 or 8 bytes");              \
		})
#define NUMBER(base, type, member) \
	.number = {base, offsetof(type, member), NUMBER_SIZE(type, member)}
#define IN_SNAPSHOT(member) NUMBER(BASE_SNAPSHOT, struct snapshot, member)
#define IN_VIEW(member) NUMBER(BASE_VIEW, struct engine_view, member)
#define IN_ENGINE(member) NUMBER(BASE_ENGINE, struct engine_metrics, member)

/*
 * Each cause with the verdict and place that come with it, and as blocked here; success; unknown.
 */
#define VERDICTS_MOST (2 * CAUSE_COUNT)

/* The function that writes the samples, and the labels that they have. */
#define SAMPLES(function, ...) .collect = collect_##function, .labels = {__VA_ARGS__}

const struct metric metrics[] = {
	{"build_info", METRIC_GAUGE, "The version of p2pscope; always 1.",
	 SAMPLES(build_info, &version)},
	{"sessions_total", METRIC_COUNTER,
	 "Sessions that are over, each once, with the verdict they had then; for ratios, as of "
	 "success.",
	 SAMPLES(sessions_total, &verdict, &where, &cause, &session_path, &session_transport,
		 &family),
	 .most = SESSIONS_COUNTS},
	{"verdicts_total", METRIC_COUNTER,
	 "Verdicts of sessions, each when it is given or turns into another; for alerts, which it "
	 "makes early. A session can count more than once.",
	 SAMPLES(verdicts_total, &verdict, &where, &cause), .most = VERDICTS_MOST},
	{"sessions_reopened_total", METRIC_COUNTER,
	 "Verdicts that were taken back, because more evidence came.", IN_ENGINE(reopened)},
	{"sessions_active", METRIC_GAUGE, "Sessions that are not over, by stage.",
	 SAMPLES(sessions_active, &stage)},
	{"sessions_outlook", METRIC_GAUGE,
	 "Sessions without a verdict, by what their evidence speaks for so far.",
	 SAMPLES(sessions_outlook, &where, &any_cause), .most = CAUSE_COUNT - 1},
	{"time_to_connect_seconds", METRIC_HISTOGRAM,
	 "Time from the first connectivity check of a session until it was connected, of sessions "
	 "that came to media; relayed where a TURN server of either side carries it then.",
	 SAMPLES(time_to_connect, &path)},
	{"time_to_verdict_seconds", METRIC_HISTOGRAM,
	 "Time until a session is first told as blocked or failed, from the first packet that this "
	 "kernel dropped or that never left, or from the refusal. Verdicts that rest on what never "
	 "came are not in it.",
	 SAMPLES(time_to_verdict, &failure, &any_cause), .most = VERDICTS_MOST},
	{"ice_rtt_seconds", METRIC_HISTOGRAM,
	 "Round-trip time of connectivity checks between this gateway and the host (lan) or the "
	 "peer (wan).",
	 SAMPLES(ice_rtt, &side)},
	{"path_rtt_seconds", METRIC_HISTOGRAM,
	 "Round-trip time of the first check of each candidate pair that the peer answered, where "
	 "the host is; relayed where a TURN server of either side is in between.",
	 SAMPLES(path_rtt, &path)},
	{"dtls_handshake_seconds", METRIC_HISTOGRAM,
	 "Time from the ClientHello to the end of the DTLS handshake.", SAMPLES(dtls_handshake)},
	{"interface_info", METRIC_GAUGE,
	 "Observed interfaces, with their side and the hooks in use; always 1.",
	 SAMPLES(interface_info, &interface, &side, &ingress, &egress), .most = 1},
	{"packets_total", METRIC_COUNTER, "Packets by interface, direction and class.",
	 SAMPLES(packets, &interface, &direction, &class)},
	{"media_bytes_total", METRIC_COUNTER,
	 "Bytes of RTP carried by sessions; relayed where a TURN server of either side carries "
	 "them.",
	 SAMPLES(media_bytes, &path, &transport)},
	{"relay_bytes_saved_total", METRIC_COUNTER,
	 "Bytes of RTP that direct paths carried for hosts that a TURN server had granted a relay: "
	 "without the direct path they would have come to the relay, and left it again.",
	 IN_ENGINE(relay_bytes_saved)},
	{"rtp_bytes_total", METRIC_COUNTER,
	 "Bytes of RTP carried by sessions, by how they are encrypted: with keys of a DTLS "
	 "handshake that was seen, not at all (bare codec frames, SRTP_NULL), or unknown. The "
	 "share of `dtls` is the share of media that is known to be encrypted.",
	 SAMPLES(rtp_bytes, &keying)},
	{"rtp_packets_total", METRIC_COUNTER, "RTP packets, by the side they came from.",
	 SAMPLES(rtp_packets, &side)},
	{"rtp_lost_packets_total", METRIC_COUNTER,
	 "RTP packets that never arrived, by gaps in their sequence numbers.",
	 SAMPLES(rtp_lost, &side)},
	{"rtp_duplicate_packets_total", METRIC_COUNTER,
	 "RTP packets whose sequence number had arrived before.", SAMPLES(rtp_duplicates, &side)},
	{"rtp_reordered_packets_total", METRIC_COUNTER,
	 "RTP packets that arrived after a later one.", SAMPLES(rtp_reordered, &side)},
	{"rtp_freezes_total", METRIC_COUNTER,
	 "Gaps of more than 500 ms in which media was missing, other than by silence.",
	 SAMPLES(rtp_freezes, &side)},
	{"rtp_jitter_seconds", METRIC_HISTOGRAM,
	 "Interarrival jitter (RFC 3550) of each stream, sampled once a second.",
	 SAMPLES(rtp_jitter, &side)},
	{"rtp_unencrypted_streams_total", METRIC_COUNTER,
	 "RTP streams that are not encrypted: their packets are bare codec frames.",
	 IN_ENGINE(rtp_unencrypted)},
	{"turn_responses_total", METRIC_COUNTER,
	 "Responses of TURN servers, by method and error code; code 0 is success.",
	 SAMPLES(turn_responses, &method, &code), .most = TURN_COUNTS},
	{"mappings", METRIC_GAUGE, "NAT mappings that are alive.", SAMPLES(mappings, &transport)},
	{"mappings_created_total", METRIC_COUNTER, "NAT mappings created, by kind.",
	 SAMPLES(mappings_created, &kind)},
	{"mappings_ended_total", METRIC_COUNTER, "NAT mappings ended, by cause.",
	 SAMPLES(mappings_ended, &end)},
	{"mappings_evicted_total", METRIC_COUNTER,
	 "NAT mappings forgotten while alive, because too many were known that nobody had "
	 "answered.",
	 IN_ENGINE(mappings_evicted)},
	{"mapping_remotes_lost_total", METRIC_COUNTER,
	 "Remote endpoints not recorded, because their NAT mapping has too many.",
	 IN_ENGINE(remotes_lost)},
	{"mapping_conflicts_total", METRIC_COUNTER,
	 "NAT mappings on which conntrack and the observed packets disagreed.",
	 IN_ENGINE(mapping_conflicts)},
	{"hosts", METRIC_GAUGE,
	 "Inside hosts, by the behaviour (RFC 4787) of the NATs on their path.",
	 SAMPLES(hosts, &mapping, &filtering)},
	{"outside_addresses", METRIC_GAUGE, "Outside addresses in use by NAT mappings.",
	 IN_ENGINE(outside_addresses)},
	{"outside_ports_used", METRIC_GAUGE,
	 "Ports in use on the outside address that uses the most.",
	 SAMPLES(ports_used, &transport)},
	{"outside_ports_used_ratio", METRIC_GAUGE,
	 "Ports in use on the outside address that uses the most, as a share of the ports 1024 to "
	 "65535.",
	 SAMPLES(ports_used_ratio, &transport)},
	{"conntrack_entries", METRIC_GAUGE, "Entries in the kernel's connection tracking table.",
	 IN_ENGINE(conntrack.entries)},
	{"conntrack_entries_limit", METRIC_GAUGE,
	 "Maximum number of entries in the kernel's connection tracking table.",
	 IN_ENGINE(conntrack.limit), .absent_if_zero = true},
	{"conntrack_early_drops_total", METRIC_COUNTER,
	 "Entries of the connection tracking table evicted to make room for others.",
	 IN_ENGINE(conntrack.early_drops)},
	{"conntrack_dropped_packets_total", METRIC_COUNTER,
	 "Packets dropped because the connection tracking table was full.",
	 IN_ENGINE(conntrack.drops)},
	{"rule_info", METRIC_GAUGE,
	 "Rules that dropped packets of sessions, with the handle each has now; always 1. Join it "
	 "with the next two on `rule`; `p2pscope rules` shows the texts.",
	 SAMPLES(rule_info, &rule, &rule_family, &table, &chain, &handle), .most = RULES_MAX},
	{"rule_blocked_sessions_total", METRIC_COUNTER,
	 "Sessions blocked by a firewall rule of this gateway.",
	 SAMPLES(rule_blocked, &rule, &rule_family, &table, &chain), .most = RULES_MAX},
	{"rule_degraded_sessions_total", METRIC_COUNTER,
	 "Sessions pushed to a relay or to TCP by a firewall rule of this gateway.",
	 SAMPLES(rule_degraded, &rule, &rule_family, &table, &chain), .most = RULES_MAX},
	{"rules_left_out", METRIC_GAUGE,
	 "Rules that can drop packets and are not listed, because there are too many.",
	 IN_VIEW(rules_left_out)},
	{"rule_found_seconds", METRIC_SUMMARY,
	 "Time from the drop of a packet until the rule that dropped it was identified.",
	 SAMPLES(rule_found)},
	{"rule_unknown_total", METRIC_COUNTER,
	 "Dropped packets whose rule was looked for and not found.",
	 IN_SNAPSHOT(attribution.unknown)},
	{"rule_put_off_total", METRIC_COUNTER,
	 "Dropped packets whose rule was not looked for, because too many others were pending.",
	 IN_SNAPSHOT(attribution.put_off)},
	{"dropped_packets_total", METRIC_COUNTER,
	 "Packets of known flows dropped by this kernel, by its drop reason.",
	 SAMPLES(dropped_packets, &drop_reason)},
	{"events_total", METRIC_COUNTER, "Events that the data plane sent.",
	 IN_SNAPSHOT(self.events)},
	{"events_lost_total", METRIC_COUNTER, "Events lost because the ring buffer was full.",
	 IN_SNAPSHOT(self.events_lost)},
	{"events_withheld_total", METRIC_COUNTER,
	 "First packets of flows not reported, because the ring buffer was half full.",
	 IN_SNAPSHOT(self.events_withheld)},
	{"events_taken_total", METRIC_COUNTER, "Events that the engine processed.",
	 IN_ENGINE(events)},
	{"sessions_lost_total", METRIC_COUNTER,
	 "Sessions not recorded, because the session table was full.", IN_ENGINE(sessions_lost)},
	{"session_changes_total", METRIC_COUNTER,
	 "Changes of sessions: of stage, verdict, cause or confidence, and their beginning and "
	 "end.",
	 IN_SNAPSHOT(changes)},
	{"session_changes_lost_total", METRIC_COUNTER,
	 "Changes of sessions that outputs could not follow, because too many came at once.",
	 IN_SNAPSHOT(changes_lost)},
	{"drops_seen_total", METRIC_COUNTER, "Dropped packets of known flows that were observed.",
	 IN_SNAPSHOT(self.drops_seen)},
	{"flows", METRIC_GAUGE, "Known flows.", IN_SNAPSHOT(flows)},
	{"packets_skipped_total", METRIC_COUNTER,
	 "Packets, or parts of packets, that could not be parsed, by reason.",
	 SAMPLES(skipped_packets, &skip_reason)},
	{"map_full_total", METRIC_COUNTER, "Entries not stored, because a BPF map was full.",
	 SAMPLES(map_full, &map)},
	{"map_evicted_total", METRIC_COUNTER,
	 "Lower bound of the entries that an LRU map evicted for newer ones: insertions less "
	 "capacity.",
	 SAMPLES(map_evicted, &lru_map)},
	{"bounds_reached_total", METRIC_COUNTER,
	 "Times that one sender had more than is kept or looked at for it: remote addresses that "
	 "it "
	 "asked in vain, flows of one socket, sessions of the same ufrags.",
	 SAMPLES(bounds_reached, &bound)},
	{"label_sets_full_total", METRIC_COUNTER,
	 "Increments left out of a metric, because it has as many label sets as it may have.",
	 SAMPLES(label_sets_full, &full_metric)},
	{"conntrack_lookups_total", METRIC_COUNTER,
	 "Conntrack lookups for flows that left this gateway, by result.",
	 SAMPLES(conntrack_lookups, &lookup)},
	{"ids_alerts_total", METRIC_COUNTER,
	 "Alerts and drops read from the log of an intrusion detection system.",
	 IN_SNAPSHOT(ids.alerts)},
	{"ids_alerts_tied_total", METRIC_COUNTER,
	 "Alerts and drops of that log that belong to a session.", IN_SNAPSHOT(ids.tied)},
	{"ids_lines_bad_total", METRIC_COUNTER, "Lines of that log that could not be parsed.",
	 IN_SNAPSHOT(ids.bad)},
};

const size_t metrics_count = sizeof(metrics) / sizeof(metrics[0]);

const char *metric_type_name(enum metric_type type)
{
	static const char *const names[] = {
		[METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_HISTOGRAM] = "histogram",
		[METRIC_SUMMARY] = "summary",
	};

	return names[type];
}

u64 metric_value(const struct metric *metric, const struct snapshot *snapshot)
{
	const void *bases[] = {
		[BASE_SNAPSHOT] = snapshot,
		[BASE_VIEW] = snapshot->view,
		[BASE_ENGINE] = &snapshot->view->metrics,
	};
	const struct metric_number *number = &metric->number;
	const void *at = (const char *)bases[number->base] + number->offset;

	return number->size == sizeof(u32) ? *(const u32 *)at : *(const u64 *)at;
}
