/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/plain_reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/time.h"

#define FILE_HEADER 24
#define RECORD_HEADER 16

enum { MAGIC_MICROSECONDS = 0xa1b2c3d4, MAGIC_NANOSECONDS = 0xa1b23c4d };

static u32 record_number(const struct plain_reader *p, const u8 *at)
{
	u32 n;

	memcpy(&n, at, sizeof(n));
	return p->swapped ? __builtin_bswap32(n) : n;
}

/*
 * Returns the unit of timestamp fractions in ns, 0 for a format that is left to libpcap: old
 * versions sometimes have swapped lengths, and variants have longer records.
 */
static u32 timestamp_unit(const struct plain_reader *p, pcap_t *pcap)
{
	u8 magic[4];

	if (pread(p->fd, magic, sizeof(magic), 0) != sizeof(magic) ||
	    pcap_major_version(pcap) != 2 || pcap_minor_version(pcap) != 4)
		return 0;
	switch (record_number(p, magic)) {
	case MAGIC_MICROSECONDS:
		return 1000;
	case MAGIC_NANOSECONDS:
		return 1;
	}
	return 0;
}

bool plain_reader_begin(struct plain_reader *p, pcap_t *pcap, int fd)
{
	u32 snapshot = (u32)pcap_snapshot(pcap), room = PLAIN_READER_BUFFER - RECORD_HEADER;

	*p = (struct plain_reader){
		.fd = fd, .swapped = pcap_is_swapped(pcap), .offset = FILE_HEADER};
	p->most = snapshot < room ? snapshot : room;
	p->unit_ns = timestamp_unit(p, pcap);
	if (p->unit_ns)
		p->buffer = malloc(PLAIN_READER_BUFFER);
	return p->buffer != NULL;
}

void plain_reader_end(struct plain_reader *p)
{
	free(p->buffer);
	p->buffer = NULL;
}

/*
 * Moves the rest of the buffer to its beginning and reads on until it holds `bytes` of the
 * current record. Returns false at the end of the file.
 */
static bool buffer_fill(struct plain_reader *p, u32 bytes)
{
	u32 left = p->end - p->at;
	ssize_t n = 1;

	p->offset += p->at;
	memmove(p->buffer, p->buffer + p->at, left);
	for (p->at = 0; left < bytes && n > 0; left += n > 0 ? (u32)n : 0)
		n = pread(p->fd, p->buffer + left, PLAIN_READER_BUFFER - left,
			  (off_t)(p->offset + left));
	p->end = left;
	return left >= bytes;
}

static bool buffer_has(struct plain_reader *p, u32 bytes)
{
	return p->end - p->at >= bytes || buffer_fill(p, bytes);
}

u64 plain_reader_offset(const struct plain_reader *p)
{
	return p->offset + p->at;
}

bool plain_reader_next(struct plain_reader *p, struct capture_frame *frame, u64 *time_ns)
{
	u32 seconds, fraction, have;
	const u8 *record;

	if (!buffer_has(p, RECORD_HEADER))
		return false;
	have = record_number(p, p->buffer + p->at + 8);
	if (have > p->most || !buffer_has(p, RECORD_HEADER + have))
		return false;
	record = p->buffer + p->at;
	seconds = record_number(p, record);
	fraction = record_number(p, record + 4);
	if ((seconds | fraction) >> 31) /* left to libpcap, which treats them specially */
		return false;
	*time_ns = seconds * NS_PER_S + (u64)fraction * p->unit_ns;
	frame->wire = record_number(p, record + 12);
	frame->have = have;
	frame->data = record + RECORD_HEADER;
	p->at += RECORD_HEADER + have;
	return true;
}
