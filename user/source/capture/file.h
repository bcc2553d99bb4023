/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One capture to be read several times, packet by packet: a file, or what comes through a pipe;
 * pcap or pcapng, gzipped or not.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_FILE_H
#define P2PSCOPE_SOURCE_CAPTURE_FILE_H

#include "source/capture/frame.h"
#include "source/capture/plain_reader.h"
#include "source/capture/spool.h"

#define CAPTURE_FILE_TEXT 512

struct capture_file {
	const char *path; /* "-": standard input */
	char text
		[CAPTURE_FILE_TEXT]; /* of an error: what is wrong, in a sentence. Of a capture: why its end is not there, or "" */
	const struct capture_link *link;
	u64 packets; /* read in the pass at hand */
	/* the packet at hand */
	struct capture_frame frame;
	u64 time_ns;
	/* its own business */
	int fd;
	u64 size;
	void *gz, *pcap;
	struct plain_reader plain; /* with its buffer: what reads it, in place of libpcap */
};

/*
 * Opens `file->path`; what comes through a pipe is taken in first, `spool` says how. Gives 0, or
 * -errno with `file->text` saying what to do. In both cases capture_file_close() must follow.
 */
int capture_file_open(struct capture_file *file, const struct spool *spool);

/*
 * Begins a pass. -errno with `file->text`: -EPROTO when it is no capture, or its link type is not
 * known.
 */
int capture_file_rewind(struct capture_file *file);

/*
 * Reads the next packet, as it is in the capture. Gives 1, 0 at the end, and then `file->text` if
 * the capture goes on but cannot be read, or -EPROTO with `file->text` if it has packets of several
 * link types.
 */
int capture_file_next(struct capture_file *file);

/* Its link type, for people: "Ethernet". */
const char *capture_file_link(const struct capture_file *file);

/* Puts it into `file->text` if there is more or less of the file now than when it was opened. */
void capture_file_note_change(struct capture_file *file);

void capture_file_close(struct capture_file *file);

#endif
