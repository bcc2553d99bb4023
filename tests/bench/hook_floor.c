/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaches a program that the data plane is measured against (programs/floor.bpf.c) to interfaces,
 * in both directions, until it is ended:
 *
 *   hook_floor tc_empty|tc_floor [DEVICE ADDRESS PORT ADDRESS PORT]…
 *
 * Each flow, of UDP over IPv4 from the first end to the second, is one that the floor counts.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "floor.skel.h"
#include "p2pscope/types.h"

#define WORDS 5 /* a flow's */

/* BPF_TCX_INGRESS and _EGRESS of linux/bpf.h since 6.6 */
static const unsigned int tcx[] = {46, 47};

static void floor_die(const char *what)
{
	fprintf(stderr, "hook_floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void floor_attach(int program, unsigned int ifindex, const char *device)
{
	for (unsigned int i = 0; i < 2; i++)
		if (bpf_link_create(program, (int)ifindex, (enum bpf_attach_type)tcx[i], NULL) < 0)
			floor_die(device);
}

static struct endpoint floor_end(char *const *words)
{
	struct endpoint e = {.ip.b = {[10] = 0xff, [11] = 0xff}, .port = (u16)atoi(words[1])};

	if (inet_pton(AF_INET, words[0], e.ip.b + 12) != 1) {
		errno = EINVAL;
		floor_die(words[0]);
	}
	return e;
}

int main(int argc, char **argv)
{
	struct floor_bpf *floor = floor_bpf__open_and_load();
	struct bpf_program *program =
		floor && argc > 1 ? bpf_object__find_program_by_name(floor->obj, argv[1]) : NULL;
	const u64 nothing[3] = {0};
	unsigned int before = 0;

	if (!program || (argc - 2) % WORDS)
		floor_die("wants the name of a program, and flows");
	for (int i = 2; i < argc; i += WORDS) {
		struct flow_key key = {.far = floor_end(argv + i + 1),
				       .near = floor_end(argv + i + 3),
				       .tag = if_nametoindex(argv[i]),
				       .proto = PROTO_UDP};

		if (bpf_map__update_elem(floor->maps.floor_flows, &key, sizeof(key), nothing,
					 sizeof(nothing), 0))
			floor_die("flow");
		if (key.tag != before)
			floor_attach(bpf_program__fd(program), key.tag, argv[i]);
		before = key.tag;
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
