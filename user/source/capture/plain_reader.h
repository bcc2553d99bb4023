/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The records of a plain pcap file (draft-ietf-opsawg-pcap section 5), read where they lie in a
 * buffer:
 *
 *   | seconds 4 | microseconds or nanoseconds 4 | bytes in the file 4 | bytes on the wire 4 | packet
 *
 * libpcap reads these as well, and all else. But with two calls of stdio and a copy for each packet
 * it took up to a third of a replay's time, three times what it takes to read the bytes. So it
 * opens the file, and reads on from whatever is unusual.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_PLAIN_READER_H
#define P2PSCOPE_SOURCE_CAPTURE_PLAIN_READER_H

#include <pcap/pcap.h>

#include "source/capture/frame.h"

/* A buffer that stays in the processor's cache while its packets are looked at. */
#define PLAIN_READER_BUFFER (256 * 1024)

struct plain_reader {
	u64 offset; /* of the buffer's first byte in the file */
	int fd;
	bool swapped; /* the file's byte order is not this machine's */
	/* of the fraction of a second; bytes that a packet may have in the file */
	u32 unit_ns, most;
	u32 at, end; /* in `buffer`: the next record, and what was read */
	u8 *buffer;
};

/*
 * Begins at the first record of a file without compression that libpcap has opened. Gives false
 * when it is of another format or version, or memory is out. plain_reader_end() must follow when it
 * gives true.
 */
bool plain_reader_begin(struct plain_reader *p, pcap_t *pcap, int fd);
void plain_reader_end(struct plain_reader *p);

/*
 * The next packet: its bytes, which stay until the one after it is asked for, and its time. False:
 * none that it can read.
 */
bool plain_reader_next(struct plain_reader *p, struct capture_frame *frame, u64 *time_ns);

/* Where the next record begins in the file, also behind the end: libpcap is to go on there. */
u64 plain_reader_offset(const struct plain_reader *p);

#endif
