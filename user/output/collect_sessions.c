/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Metrics of sessions and of what they carry. */
#include "engine/verdict/texts.h"
#include "output/collect.h"

static const struct engine_metrics *metrics_of(const struct snapshot *snapshot)
{
	return &snapshot->view->metrics;
}

void collect_sessions_total(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct engine_metrics *metrics = metrics_of(snapshot);

	for (u32 i = 0; i < metrics->nverdicts; i++) {
		const struct verdict_count *count = &metrics->verdicts[i];
		const char *path = count->path_known ? label_paths[count->relayed] : "";
		const char *proto = words_transport(count->proto);
		const char *family = count->family == 4 ? "ipv4" : count->family == 6 ? "ipv6" : "";

		metric_sample(to,
			      LABELS(metric_word(WORDS_VERDICTS, count->verdict),
				     metric_word(WORDS_WHERES, count->where),
				     metric_word(WORDS_CAUSES, count->cause), path,
				     proto ? proto : "", family),
			      count->sessions);
	}
}

void collect_sessions(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (unsigned int i = 0; i < STAGE_COUNT; i++)
		metric_sample(to, LABELS(metric_word(WORDS_STAGES, i)),
			      metrics_of(snapshot)->stage[i]);
}

void collect_sessions_outlook(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (enum cause cause = CAUSE_NONE + 1; cause < CAUSE_COUNT; cause++)
		metric_sample(to,
			      LABELS(metric_word(WORDS_WHERES, cause_where(cause)),
				     metric_word(WORDS_CAUSES, cause)),
			      metrics_of(snapshot)->outlook[cause]);
}

void collect_time_to_connect(const struct metric_writer *to, const struct snapshot *snapshot)
{
	metric_histogram(to, NO_LABELS, engine_bounds, &metrics_of(snapshot)->time_to_connect);
}

void collect_ice_rtt(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct histogram *rtt = metrics_of(snapshot)->rtt;

	metric_histogram(to, LABELS(label_sides[SIDE_LAN]), engine_bounds, &rtt[SIDE_LAN]);
	metric_histogram(to, LABELS(label_sides[SIDE_WAN]), engine_bounds, &rtt[SIDE_WAN]);
}

void collect_dtls_handshake(const struct metric_writer *to, const struct snapshot *snapshot)
{
	metric_histogram(to, NO_LABELS, engine_bounds, &metrics_of(snapshot)->dtls_handshake);
}

void collect_media_bytes(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (int i = 0; i < 4; i++)
		metric_sample(to, LABELS(label_paths[i / 2], label_protos[i % 2]),
			      metrics_of(snapshot)->media_bytes[i / 2][i % 2]);
}

/*
 * The side says where what is missing was lost: between the host and this gateway, or between the
 * peer and this gateway.
 */
static void sample_sides(const struct metric_writer *to, u64 lan, u64 wan)
{
	metric_sample(to, LABELS(label_sides[SIDE_LAN]), lan);
	metric_sample(to, LABELS(label_sides[SIDE_WAN]), wan);
}

void collect_rtp_packets(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct rtp_metrics *rtp = metrics_of(snapshot)->rtp;

	sample_sides(to, rtp[SIDE_LAN].packets, rtp[SIDE_WAN].packets);
}

void collect_rtp_lost(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct rtp_metrics *rtp = metrics_of(snapshot)->rtp;

	sample_sides(to, rtp[SIDE_LAN].lost, rtp[SIDE_WAN].lost);
}

void collect_rtp_duplicates(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct rtp_metrics *rtp = metrics_of(snapshot)->rtp;

	sample_sides(to, rtp[SIDE_LAN].duplicates, rtp[SIDE_WAN].duplicates);
}

void collect_rtp_reordered(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct rtp_metrics *rtp = metrics_of(snapshot)->rtp;

	sample_sides(to, rtp[SIDE_LAN].reordered, rtp[SIDE_WAN].reordered);
}

void collect_rtp_freezes(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct rtp_metrics *rtp = metrics_of(snapshot)->rtp;

	sample_sides(to, rtp[SIDE_LAN].freezes, rtp[SIDE_WAN].freezes);
}

void collect_rtp_jitter(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct rtp_metrics *rtp = metrics_of(snapshot)->rtp;

	metric_histogram(to, LABELS(label_sides[SIDE_LAN]), jitter_bounds, &rtp[SIDE_LAN].jitter);
	metric_histogram(to, LABELS(label_sides[SIDE_WAN]), jitter_bounds, &rtp[SIDE_WAN].jitter);
}

void collect_turn_responses(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct engine_metrics *metrics = metrics_of(snapshot);

	for (u32 i = 0; i < metrics->nturn; i++) {
		const struct turn_count *count = &metrics->turn[i];
		char code[8];

		snprintf(code, sizeof(code), "%hu", count->code);
		metric_sample(to, LABELS(words_method(count->method), code), count->responses);
	}
}
