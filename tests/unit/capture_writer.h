/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Captures written by libpcap while a test runs. */
#ifndef P2PSCOPE_TESTS_CAPTURE_WRITER_H
#define P2PSCOPE_TESTS_CAPTURE_WRITER_H

#include <pcap/pcap.h>
#include <stdio.h>
#include <unistd.h>

#include "traffic_fixture.h"
#include "suite.h"

#define STEP_NS 20000000ull /* from packet to packet */
#define PASS_NS 1000000ull /* through the gateway */
#define CAPTURE_SECONDS 1700000000u

/* Writes a file in the folder of the running test, its working directory. */
static inline void write_file(const char *name, const void *data, size_t len)
{
	FILE *file = fopen(name, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* Reads a small file; returns its length. */
static inline size_t read_capture(const char *name, u8 *data, size_t room)
{
	FILE *file = fopen(name, "rb");
	size_t len;

	assert_non_null(file);
	len = fread(data, 1, room, file);
	assert_true(len < room);
	fclose(file);
	return len;
}

struct capture_dump {
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	u64 now_ns;
	u32 snaplen;
};

static inline struct capture_dump dump_open(const char *name, int link, u32 snaplen)
{
	struct capture_dump w = {.now_ns = CAPTURE_SECONDS * 1000000000ull, .snaplen = snaplen};

	w.pcap = pcap_open_dead_with_tstamp_precision(link, (int)snaplen,
						      PCAP_TSTAMP_PRECISION_NANO);
	assert_non_null(w.pcap);
	w.dumper = pcap_dump_open(w.pcap, name);
	assert_non_null(w.dumper);
	return w;
}

/* `later_ns`: added to the regular time of this packet. */
static inline void dump_packet(struct capture_dump *w, const void *data, u32 len, u64 later_ns)
{
	struct pcap_pkthdr header = {.len = len, .caplen = len < w->snaplen ? len : w->snaplen};
	u64 now_ns = w->now_ns += STEP_NS;

	now_ns += later_ns;
	header.ts.tv_sec = (time_t)(now_ns / 1000000000);
	header.ts.tv_usec = (suseconds_t)(now_ns % 1000000000);
	pcap_dump((u8 *)w->dumper, &header, data);
}

static inline void dump_close(struct capture_dump *w)
{
	pcap_dump_close(w->dumper);
	pcap_close(w->pcap);
}

/* Puts the bytes of `head` in front. */
static inline void prepend(struct buf *b, const struct buf *head)
{
	struct buf whole = *head;

	put(&whole, b->b, b->len);
	*b = whole;
}

static inline bool six_inside(const struct buf *b)
{
	return b->b[0] >> 4 == 6;
}

static inline u16 type_inside(const struct buf *b)
{
	return six_inside(b) ? 0x86dd : 0x0800;
}

/* `more` stands between the addresses and the ethertype. */
static inline void wrap_ethertype(struct buf *b, u8 in, const char *more)
{
	struct buf head = {.len = 0};

	put_hex(&head, in ? "020000000001 020000000002" : "020000000002 020000000001");
	put_hex(&head, more);
	put16(&head, type_inside(b));
	prepend(b, &head);
}

static inline void wrap_ethernet(struct buf *b, u8 in)
{
	wrap_ethertype(b, in, "");
}

/* Wraps an IP packet as one side of the link has it; `in`: toward the host. */
typedef void (*layer_fn)(struct buf *b, u8 in);

#define LAYERS 4

struct encapsulation {
	int link;
	layer_fn layers[LAYERS]; /* from the inside out */
	u16 port; /* of the peer; 0: that of the traffic fixture */
};

/* A session's packets as one side of a gateway without NAT sees them. */
static inline void write_side(const char *name, const struct encapsulation *encapsulation, bool six,
			      bool lan)
{
	struct capture_dump w = dump_open(name, encapsulation->link, 65535);
	struct traffic s;

	traffic_start(&s, six);
	if (encapsulation->port)
		s.peer.port = encapsulation->port;
	traffic_session(&s);
	for (u32 i = 0; i < s.count; i++) {
		u8 in = s.packet[i].in;
		struct buf b = {.len = 0};

		put(&b, s.packet[i].data + 14, s.packet[i].len - 14);
		for (u32 layer = 0; layer < LAYERS && encapsulation->layers[layer]; layer++)
			encapsulation->layers[layer](&b, in != lan);
		dump_packet(&w, b.b, b.len, in == lan ? PASS_NS : 0);
	}
	dump_close(&w);
	traffic_free(&s);
}

/* The same of both sides: NAME.lan and NAME.wan. */
static inline void write_sides(const char *name, const struct encapsulation *encapsulation,
			       bool six)
{
	char file[64];

	snprintf(file, sizeof(file), "%s.lan", name);
	write_side(file, encapsulation, six, true);
	snprintf(file, sizeof(file), "%s.wan", name);
	write_side(file, encapsulation, six, false);
}

/* One side in Ethernet. */
static inline void write_plain(const char *name)
{
	static const struct encapsulation encapsulation = {.link = DLT_EN10MB,
							   .layers = {wrap_ethernet}};

	write_side(name, &encapsulation, false, false);
}

/* The group's setup and teardown: an empty folder for all files of the tests. */
static char capture_folder[64];

static int capture_folder_make(void **state)
{
	(void)state;
	strcpy(capture_folder, "/tmp/p2pscope-test-XXXXXX");
	return !mkdtemp(capture_folder) || chdir(capture_folder);
}

static int capture_folder_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", capture_folder);
	return chdir("/") || system(command);
}

#endif
