/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The metrics with labels: each function writes the samples of one metric, in the order of the list
 * in metrics.c.
 */
#ifndef P2PSCOPE_COLLECT_H
#define P2PSCOPE_COLLECT_H

#include "output/metric_writer.h"

/* --- metrics.c: values of labels that are in no closed list --- */

extern const char *const label_paths[2]; /* by "relayed" */
extern const char *const label_keyings[KEYING_COUNT]; /* of enum keying */
extern const char *const label_transports[2]; /* UDP, TCP */
extern const char *const label_sides[2]; /* by enum side */
extern const char *const label_directions[DIR_MAX]; /* by enum direction */
extern const char *const label_lookups[2]; /* by "found" */
extern const char *const label_bounds[BOUND_COUNT]; /* of enum sender_bound */
extern const char *const label_tables[LABEL_SETS_COUNT]; /* names of metrics */

/* --- collect_sessions.c --- */

void collect_sessions_total(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_verdicts_total(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_sessions_active(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_sessions_outlook(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_time_to_connect(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_time_to_verdict(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_path_rtt(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_rtp_bytes(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_ice_rtt(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_dtls_handshake(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_media_bytes(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_rtp_packets(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_rtp_lost(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_rtp_duplicates(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_rtp_reordered(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_rtp_freezes(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_rtp_jitter(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_turn_responses(const struct metric_writer *to, const struct snapshot *snapshot);

/* --- collect_nat.c --- */

void collect_mappings(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_mappings_created(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_mappings_ended(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_hosts(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_ports_used(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_ports_used_ratio(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_conntrack_lookups(const struct metric_writer *to, const struct snapshot *snapshot);

/* --- collect_gateway.c --- */

void collect_build_info(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_interface_info(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_packets(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_rule_info(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_rule_blocked(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_rule_degraded(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_rule_found(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_dropped_packets(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_skipped_packets(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_map_full(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_map_evicted(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_bounds_reached(const struct metric_writer *to, const struct snapshot *snapshot);
void collect_label_sets_full(const struct metric_writer *to, const struct snapshot *snapshot);

#endif
