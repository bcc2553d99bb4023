/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "output/json_media.h"

/* null when it is not known */
static json_t *real_or_null(bool known, double value)
{
	return known ? json_real(value) : json_null();
}

static json_t *encrypted(const struct media_view *media)
{
	if (media->data || media->encryption == ENCRYPTION_SEEN)
		return json_true();
	return media->encryption == ENCRYPTION_NONE ? json_false() : json_null();
}

/* What only RTP tells: its numbers and its time stamps. */
static void add_rtp(json_t *object, const struct media_view *media)
{
	json_object_set_new(object, "bytes", json_integer((json_int_t)media->bytes));
	json_object_set_new(object, "lost", json_integer(media->lost));
	json_object_set_new(object, "duplicates", json_integer(media->duplicates));
	json_object_set_new(object, "reordered", json_integer(media->reordered));
	json_object_set_new(object, "one_way", json_boolean(media->one_way));
	json_object_set_new(object, "freezes", json_integer(media->freezes));
	json_object_set_new(object, "longest_gap_ms",
			    json_real((double)media->longest_gap_ns / 1e6));
	json_object_set_new(object, "jitter_ms",
			    real_or_null(media->jitter_known, (double)media->jitter_ns / 1e6));
	json_object_set_new(object, "clock_rate",
			    media->clock_rate ? json_integer(media->clock_rate) : json_null());
	json_object_set_new(object, "bitrate_kbps",
			    real_or_null(media->rate_ns,
					 (double)media->rate_bytes * 8e6 / (double)media->rate_ns));
}

/* What a data channel carries is not told apart from DTLS' own overhead. */
static void add_data(json_t *object)
{
	static const char *const unknown[] = {
		"bytes",   "lost",      "duplicates",     "reordered",  "one_way",
		"freezes", "jitter_ms", "longest_gap_ms", "clock_rate", "bitrate_kbps"};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		json_object_set_new(object, unknown[i], json_null());
}

static json_t *stream(const struct media_view *media)
{
	bool srtp =
		media->encryption == ENCRYPTION_SEEN || media->encryption == ENCRYPTION_EXPECTED;
	json_t *object =
		json_pack("{so ss ss so sI}", "ssrc",
			  media->data ? json_null() : json_sprintf("0x%08x", media->ssrc),
			  "direction", media->dir == MEDIA_OUT ? "out" : "in", "kind",
			  media->data ? "data"
			  : srtp      ? "srtp"
				      : "rtp",
			  "encrypted", encrypted(media), "packets", (json_int_t)media->packets);

	if (media->data)
		add_data(object);
	else
		add_rtp(object, media);
	return object;
}

json_t *json_media(const struct session *session)
{
	json_t *list = json_array();

	for (u32 i = 0; i < session->nmedia; i++)
		json_array_append_new(list, stream(&session->media[i]));
	return list;
}
