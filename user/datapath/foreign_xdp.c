/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "datapath/foreign_xdp.h"

/*
 * Reads the kernel's digest of a program's instructions, which is the same for each load of an
 * object. Returns false on an error.
 */
static bool read_tag(int fd, u8 tag[BPF_TAG_SIZE])
{
	struct bpf_prog_info info = {0};
	u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return false;
	memcpy(tag, info.tag, BPF_TAG_SIZE);
	return true;
}

static bool is_own_program(const struct loader *loader, u32 id)
{
	u8 own[BPF_TAG_SIZE], its[BPF_TAG_SIZE];
	int fd = bpf_prog_get_fd_by_id(id);
	bool same;

	if (fd < 0)
		return false;
	same = read_tag(fd, its) && read_tag(loader_program_fd(loader, PROGRAM_XDP_IN), own) &&
	       !memcmp(own, its, BPF_TAG_SIZE);
	close(fd);
	return same;
}

u32 foreign_xdp_id(const struct loader *loader, int ifindex)
{
	u32 id = 0;

	if (bpf_xdp_query_id(ifindex, 0, &id) || !id)
		return 0;
	return is_own_program(loader, id) ? 0 : id;
}
