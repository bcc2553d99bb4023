/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The formats of captures: pcap of either byte order, pcapng, gzip. Each is made from the packets
 * of another.
 */
#ifndef P2PSCOPE_TESTS_CAPTURE_FORMAT_H
#define P2PSCOPE_TESTS_CAPTURE_FORMAT_H

#include <zlib.h>

#include "capture_writer.h"

#define FILE_MAX 65536

static u8 bytes[FILE_MAX];

static inline void set_little32(FILE *file, u32 value)
{
	u8 b[4] = {(u8)value, (u8)(value >> 8), (u8)(value >> 16), (u8)(value >> 24)};

	fwrite(b, 1, 4, file);
}

static inline void pcapng_section(FILE *file)
{
	static const u32 words[] = {0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28};

	for (u32 i = 0; i < COUNT(words); i++)
		set_little32(file, words[i]);
}

/* With time stamps in ns, as the option if_tsresol says. */
static inline void pcapng_interface(FILE *file, u32 link, u32 snaplen)
{
	u32 words[] = {1, 32, link, snaplen, 9 | 1 << 16, 9, 0, 32};

	for (u32 i = 0; i < COUNT(words); i++)
		set_little32(file, words[i]);
}

static inline void pcapng_packet(FILE *file, u32 interface, const struct pcap_pkthdr *header,
				 const u8 *data)
{
	u64 ns = (u64)header->ts.tv_sec * 1000000000 + (u64)header->ts.tv_usec;
	u32 padded = (header->caplen + 3) & ~3u;
	u32 words[] = {6,       32 + padded,    interface,  (u32)(ns >> 32),
		       (u32)ns, header->caplen, header->len};

	for (u32 i = 0; i < COUNT(words); i++)
		set_little32(file, words[i]);
	fwrite(data, 1, header->caplen, file);
	fwrite("\0\0\0", 1, padded - header->caplen, file);
	set_little32(file, 32 + padded);
}

/* Packets go over two interfaces in turn, the second of this link type. */
static inline void write_pcapng(const char *name, const char *from, u32 second_link)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap =
		pcap_open_offline_with_tstamp_precision(from, PCAP_TSTAMP_PRECISION_NANO, why);
	FILE *file = fopen(name, "wb");
	struct pcap_pkthdr *header;
	const u8 *data;
	u32 count = 0;

	assert_true(pcap && file);
	pcapng_section(file);
	pcapng_interface(file, DLT_EN10MB, 65535);
	pcapng_interface(file, second_link, 65535);
	while (pcap_next_ex(pcap, &header, &data) == 1)
		pcapng_packet(file, count++ & 1, header, data);
	fclose(file);
	pcap_close(pcap);
}

/* Microseconds, in the other byte order. */
static inline void write_big_endian(const char *name, const char *from)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(from, why);
	struct buf head = {.len = 0};
	FILE *file = fopen(name, "wb");
	struct pcap_pkthdr *header;
	const u8 *data;

	assert_true(pcap && file);
	put_hex(&head, "a1b2c3d4 0002 0004 00000000 00000000 0000ffff 00000001");
	fwrite(head.b, 1, head.len, file);
	while (pcap_next_ex(pcap, &header, &data) == 1) {
		head.len = 0;
		put32(&head, (u32)header->ts.tv_sec);
		put32(&head, (u32)header->ts.tv_usec);
		put32(&head, header->caplen);
		put32(&head, header->len);
		put(&head, data, header->caplen);
		fwrite(head.b, 1, head.len, file);
	}
	fclose(file);
	pcap_close(pcap);
}

/* The first packets of a capture. */
static inline void write_first(const char *name, const char *from, int count)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap =
		pcap_open_offline_with_tstamp_precision(from, PCAP_TSTAMP_PRECISION_NANO, why);
	pcap_dumper_t *dumper = pcap_dump_open(pcap, name);

	assert_non_null(dumper);
	assert_int_equal(pcap_loop(pcap, count, pcap_dump, (u8 *)dumper), 0);
	pcap_dump_close(dumper);
	pcap_close(pcap);
}

static inline void write_gzip(const char *name, const char *from)
{
	size_t len = read_capture(from, bytes, sizeof(bytes));
	gzFile gz = gzopen(name, "wb");

	assert_non_null(gz);
	assert_int_equal(gzwrite(gz, bytes, (unsigned int)len), len);
	assert_int_equal(gzclose(gz), Z_OK);
}

/* The group's setup: a folder with a capture PLAIN and its beginning, FEW. */
static inline int capture_files_make(void **state)
{
	if (capture_folder_make(state))
		return -1;
	write_plain("plain");
	write_first("few", "plain", 5);
	return 0;
}

#endif
