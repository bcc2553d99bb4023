/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The records of a plain pcap file (draft-ietf-opsawg-pcap section 5), read where they lie in a buffer:
 *
 *   | seconds 4 | microseconds or nanoseconds 4 | bytes in the file 4 | bytes on the wire 4 | packet
 *
 * libpcap reads these as well, and all else. But with two calls of stdio and a copy for each packet it took up to a third of a
 * replay's time, three times what it takes to read the bytes. So it opens the file, and reads on from whatever is unusual.
 */
#ifndef P2PSCOPE_SOURCE_PCAP_PLAIN_H
#define P2PSCOPE_SOURCE_PCAP_PLAIN_H

#include <pcap/pcap.h>

#include "p2pscope/types.h"

/* A buffer that stays in the processor's cache while its packets are looked at. */
#define PCAP_PLAIN_BUFFER (256 * 1024)

struct pcap_plain {
	u64 offset; /* of the next record in the file */
	/* its own business */
	int fd;
	bool swapped; /* the file's byte order is not this machine's */
	u32 unit_ns, most; /* of the fraction of a second; bytes that a packet may have in the file */
	u32 at, end; /* in `buffer`: the next record, and what was read */
	u8 *buffer;
};

struct pcap_plain_packet {
	const u8 *data; /* until the next one is asked for */
	u32 have, wire; /* bytes at `data`, and on the wire */
	u64 time_ns;
};

/*
 * Begins at the first record of a file without compression that libpcap has opened. Gives false when it is of another format
 * or version, or memory is out. pcap_plain_end() must follow when it gives true.
 */
bool pcap_plain_begin(struct pcap_plain *p, pcap_t *pcap, int fd);
void pcap_plain_end(struct pcap_plain *p);

/* Gives false at the end, or where libpcap is to go on: at `offset`. */
bool pcap_plain_next(struct pcap_plain *p, struct pcap_plain_packet *packet);

#endif
