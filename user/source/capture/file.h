/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A capture that can be read several times, packet by packet: a file or a pipe, pcap or pcapng,
 * gzipped or not.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_FILE_H
#define P2PSCOPE_SOURCE_CAPTURE_FILE_H

#include "source/capture/frame.h"
#include "source/capture/gzip.h"
#include "source/capture/plain_reader.h"
#include "source/capture/spool.h"

#define CAPTURE_FILE_TEXT 512

struct capture_file {
	const char *path; /* "-": standard input */
	/* the reason of an error, or why the end of the capture is missing, for people; or "" */
	char text[CAPTURE_FILE_TEXT];
	const struct capture_link *link;
	u64 packets; /* read in the current pass */
	/* the current packet */
	struct capture_frame frame;
	u64 time_ns;
	/* private to file.c */
	int fd;
	u64 size;
	struct gzip_reader *gz;
	void *pcap;
	struct plain_reader plain; /* with a buffer: it reads the file in place of libpcap */
};

/*
 * Opens `file->path`. A pipe is first copied to a temporary file as `spool` says. Returns 0, or
 * -errno with `file->text` set. capture_file_close() must follow in both cases.
 */
int capture_file_open(struct capture_file *file, const struct spool *spool);

/*
 * Begins a pass. Returns 0, or -errno with `file->text` set: -EPROTO when it is no capture, or
 * its link type is not supported.
 */
int capture_file_rewind(struct capture_file *file);

/*
 * Reads the next packet. Returns 1; 0 at the end, with `file->text` set if the rest of the
 * capture cannot be read; or -EPROTO with `file->text` set if its packets have several link
 * types.
 */
int capture_file_next(struct capture_file *file);

/* Returns the name of its link type for people: "Ethernet". */
const char *capture_file_link(const struct capture_file *file);

/* Sets `file->text` if the size of the file has changed since it was opened. */
void capture_file_note_change(struct capture_file *file);

/* Closes the capture; may be called twice. */
void capture_file_close(struct capture_file *file);

#endif
