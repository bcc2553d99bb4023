/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One capture of a replay: read once to learn who lies where, and once more to be judged. */
#ifndef P2PSCOPE_SOURCE_CAPTURE_CAPTURE_H
#define P2PSCOPE_SOURCE_CAPTURE_CAPTURE_H

#include "source/capture/capture_source.h"
#include "source/capture/file.h"

struct capture {
	struct capture_file file; /* its path is the caller's to set; its text says what is wrong */
	struct capture_summary *summary; /* filled in, the caller's */
	struct direction_finder *directions;
	bool lan;
	bool over; /* there is no packet at hand */
	u64 packets; /* as many as the first pass found: the file may be written to meanwhile */
};

/* Was the run told to stop? */
static inline bool capture_stopped(const struct capture_options *options)
{
	return options->stop && *options->stop;
}

/* Opens it, with all that comes through if it is a pipe. -errno. */
int capture_open(struct capture *c, const struct capture_options *options);
void capture_close(struct capture *c);

/* The first pass, as far as it gets until the run is stopped. -errno. */
int capture_learn(struct capture *c, const struct capture_options *options);

/* Reads the next packet, no further than the first pass came. -errno. */
int capture_advance(struct capture *c);

/* Gives the packet at hand to the pipeline. */
void capture_feed(struct capture *c, struct native *native);

#endif
