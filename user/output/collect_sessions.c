/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Metrics of sessions and of what they carry. */
#include "engine/verdict/texts.h"
#include "output/collect.h"

static const struct engine_metrics *metrics_of(const struct snapshot *snapshot)
{
	return &snapshot->view->metrics;
}

static const char *family_label(u8 family)
{
	return family == 4 ? "ipv4" : family == 6 ? "ipv6" : LABEL_NONE;
}

void collect_sessions_total(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct engine_metrics *metrics = metrics_of(snapshot);

	for (u32 i = 0; i < metrics->nsessions; i++) {
		const struct sessions_count *count = &metrics->sessions[i];
		const char *path = count->path_known ? label_paths[count->relayed] : LABEL_NONE;
		const char *proto = words_transport(count->proto);

		metric_sample(to,
			      LABELS(metric_word(WORDS_VERDICTS, count->verdict),
				     metric_word(WORDS_WHERES, count->where),
				     metric_word(WORDS_CAUSES, count->cause), path,
				     proto ? proto : LABEL_NONE, family_label(count->family)),
			      count->sessions);
	}
}

static void sample_verdict(const struct metric_writer *to, const struct engine_metrics *metrics,
			   enum verdict verdict, enum where where, enum cause cause)
{
	u64 given = metrics->verdicts[verdict][where][cause];

	if (given || verdict_is_listed(verdict, where, cause))
		metric_sample(to,
			      LABELS(metric_word(WORDS_VERDICTS, verdict),
				     metric_word(WORDS_WHERES, where),
				     metric_word(WORDS_CAUSES, cause)),
			      given);
}

void collect_verdicts_total(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (unsigned int v = VERDICT_PENDING + 1; v < VERDICT_COUNT; v++)
		for (unsigned int w = 0; w < WHERE_COUNT; w++)
			for (unsigned int c = 0; c < CAUSE_COUNT; c++)
				sample_verdict(to, metrics_of(snapshot), v, w, c);
}

void collect_sessions_active(const struct metric_writer *to, const struct snapshot *snapshot)
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
	const struct histogram *time = metrics_of(snapshot)->time_to_connect;

	for (int relayed = 0; relayed < 2; relayed++)
		metric_histogram(to, LABELS(label_paths[relayed]), engine_bounds, &time[relayed]);
}

void collect_path_rtt(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct histogram *rtt = metrics_of(snapshot)->path_rtt;

	for (int relayed = 0; relayed < 2; relayed++)
		metric_histogram(to, LABELS(label_paths[relayed]), engine_bounds, &rtt[relayed]);
}

void collect_rtp_bytes(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (int i = 0; i < KEYING_COUNT; i++)
		metric_sample(to, LABELS(label_keyings[i]), metrics_of(snapshot)->rtp_bytes[i]);
}

/* Can the verdict come with the cause, wherever it is? */
static bool verdict_has_cause(enum verdict verdict, enum cause cause)
{
	for (unsigned int w = 0; w < WHERE_COUNT; w++)
		if (verdict_is_listed(verdict, w, cause))
			return true;
	return false;
}

static void sample_time_to_verdict(const struct metric_writer *to, enum verdict verdict,
				   enum cause cause, const struct histogram *time)
{
	bool usual = verdict_has_cause(verdict, cause) && !cause_is_absence(cause);

	if (time->count || usual)
		metric_histogram(to,
				 LABELS(metric_word(WORDS_VERDICTS, verdict),
					metric_word(WORDS_CAUSES, cause)),
				 engine_bounds, time);
}

void collect_time_to_verdict(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct engine_metrics *metrics = metrics_of(snapshot);

	for (unsigned int c = CAUSE_NONE + 1; c < CAUSE_COUNT; c++) {
		sample_time_to_verdict(to, VERDICT_BLOCKED, c, &metrics->time_to_verdict[1][c]);
		sample_time_to_verdict(to, VERDICT_FAILED, c, &metrics->time_to_verdict[0][c]);
	}
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
		metric_sample(to, LABELS(label_paths[i / 2], label_transports[i % 2]),
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
