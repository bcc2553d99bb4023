/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One capture of a replay. It is read twice: first to learn which addresses are inside, then to
 * feed its packets to the pipeline.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_CAPTURE_H
#define P2PSCOPE_SOURCE_CAPTURE_CAPTURE_H

#include "source/capture/capture_options.h"
#include "source/capture/duplicates.h"
#include "source/capture/file.h"
#include "source/capture/native.h"

struct table;

struct capture {
	struct capture_file file; /* the caller sets its path; its text is the reason of an error */
	struct capture_summary *summary; /* filled in; belongs to the caller */
	struct direction_finder *directions;
	bool lan;
	bool cooked_out; /* some packets were sent by the capturing machine */
	bool forwards; /* it passes packets on: both sides of a gateway are in one capture */
	bool over; /* there is no current packet */
	u64 packets; /* number found by the first pass, as the file may grow meanwhile */
	u64 first_ns, last_ns; /* the earliest and the latest of their times */
	/* the first packet from a public address; only of one side of a gateway; 0: none */
	u64 outside_ns;
	struct duplicates duplicates;
};

/* Returns whether a signal has asked to stop the replay. */
static inline bool capture_stopped(const struct capture_options *options)
{
	return options->stop && *options->stop;
}

/* Opens the capture; a pipe is read to its end. Returns 0, or -errno with `file.text` set. */
int capture_open(struct capture *c, const struct capture_options *options);
void capture_close(struct capture *c);

/*
 * Does the first pass, until its end or until the replay is stopped. `transactions` is shared by
 * the captures of both sides, of which that of the LAN learns first; a capture alone uses it for
 * itself. Returns 0, or -errno with `file.text` set.
 */
int capture_learn(struct capture *c, struct table *transactions,
		  const struct capture_options *options);

/*
 * Reads the next packet of the second pass, no further than the first pass came, or sets `over`.
 * Returns 0, or -errno with `file.text` set.
 */
int capture_advance(struct capture *c);

/* Feeds the current packet to the pipeline. */
void capture_feed(struct capture *c, struct native *native);

#endif
