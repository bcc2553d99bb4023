/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads the records of a plain pcap file (draft-ietf-opsawg-pcap section 5) without copying:
 *
 *   | seconds 4 | micro- or nanoseconds 4 | bytes in the file 4 | bytes on the wire 4 | packet
 *
 * libpcap reads these as well. But with two calls of stdio and a copy for each packet it took up to
 * a third of the time of a replay, three times as long as reading the bytes takes. So libpcap opens
 * the file, and goes on from the first record that is unusual.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_PLAIN_READER_H
#define P2PSCOPE_SOURCE_CAPTURE_PLAIN_READER_H

#include <pcap/pcap.h>

#include "source/capture/frame.h"

/* The buffer's size: it stays in the processor's cache while its packets are analysed. */
#define PLAIN_READER_BUFFER (256 * 1024)

struct plain_reader {
	u64 offset; /* file offset of the buffer's first byte */
	int fd;
	bool swapped; /* the file's byte order is not this machine's */
	/* unit of timestamp fractions; the most bytes of a packet */
	u32 unit_ns, most;
	u32 at, end; /* offsets in `buffer` of the next record and of the end of the data */
	u8 *buffer;
};

/*
 * Begins at the first record of an uncompressed file that libpcap has opened. Returns false when
 * the format or version is not supported, or out of memory; plain_reader_end() must follow
 * otherwise.
 */
bool plain_reader_begin(struct plain_reader *p, pcap_t *pcap, int fd);
/* Frees the buffer; may be called twice. */
void plain_reader_end(struct plain_reader *p);

/*
 * Reads the next packet, whose bytes are valid until the next call, and its Unix time in ns.
 * Returns false when it cannot read one; libpcap must then go on at plain_reader_offset().
 */
bool plain_reader_next(struct plain_reader *p, struct capture_frame *frame, u64 *time_ns);

/* Returns the file offset of the next record, which may be past the end of the file. */
u64 plain_reader_offset(const struct plain_reader *p);

#endif
