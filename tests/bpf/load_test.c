/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The running kernel's verifier takes each program of the real object; alone too, so that it is told which one it does not. */
#include <stdio.h>

#include "plane.h"

static bool log_wanted;

static int print_log(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN && log_wanted ? vfprintf(stderr, format, args) : 0;
}

/* Loads the object with this program only. Gives the instructions the verifier looked at, or -errno. */
static int load_alone(const char *name, u32 *instructions)
{
	struct p2pscope_bpf *skeleton = p2pscope_bpf__open();
	struct bpf_program *program, *wanted = NULL;
	struct bpf_prog_info info = {0};
	u32 size = sizeof(info);
	int err;

	if (!skeleton)
		return -errno;
	bpf_object__for_each_program(program, skeleton->obj)
	{
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), name));
		if (!strcmp(bpf_program__name(program), name))
			wanted = program;
	}
	err = p2pscope_bpf__load(skeleton);
	if (!err)
		err = bpf_obj_get_info_by_fd(bpf_program__fd(wanted), &info, &size) ? -errno : 0;
	*instructions = info.verified_insns;
	p2pscope_bpf__destroy(skeleton);
	return err;
}

int main(void)
{
	struct p2pscope_bpf *skeleton = p2pscope_bpf__open();
	struct bpf_program *program;
	int n = 0, failed = 0;
	u32 instructions;

	libbpf_set_print(print_log);
	log_wanted = true;
	bpf_object__for_each_program(program, skeleton->obj)
	{
		const char *name = bpf_program__name(program);
		int err = load_alone(name, &instructions);

		if (err)
			printf("not ok %d - the verifier takes %s: %s\n", ++n, name, strerror(-err));
		else
			printf("ok %d - the verifier takes %s (%u instructions looked at)\n", ++n, name, instructions);
		failed += err != 0;
	}
	printf("1..%d\n", n);
	p2pscope_bpf__destroy(skeleton);
	return failed != 0;
}
