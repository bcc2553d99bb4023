/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The running kernel's verifier takes each program of the real objects, one by one, so that it is told which it does not. */
#include <stdio.h>

#include "plane.h"

#include "p2pscope_plain.skel.h"

static bool log_wanted;

static int print_log(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN && log_wanted ? vfprintf(stderr, format, args) : 0;
}

/* An object by its bytes. */
struct image {
	const char *name;
	const void *(*bytes)(size_t *size);
};

static struct bpf_object *open_image(const struct image *image)
{
	size_t size = 0;
	const void *bytes = image->bytes(&size);

	return bpf_object__open_mem(bytes, size, NULL);
}

/* Loads the object with this program only. Gives the instructions the verifier looked at, or -errno. */
static int load_alone(const struct image *image, const char *name, u32 *instructions)
{
	struct bpf_object *object = open_image(image);
	struct bpf_program *program, *wanted = NULL;
	struct bpf_prog_info info = {0};
	u32 size = sizeof(info);
	int err;

	if (!object)
		return -errno;
	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), name));
		if (!strcmp(bpf_program__name(program), name))
			wanted = program;
	}
	err = bpf_object__load(object);
	if (!err)
		err = bpf_obj_get_info_by_fd(bpf_program__fd(wanted), &info, &size) ? -errno : 0;
	*instructions = info.verified_insns;
	bpf_object__close(object);
	return err;
}

static int load_each(const struct image *image, int *n)
{
	struct bpf_object *object = open_image(image);
	struct bpf_program *program;
	int failed = 0;
	u32 instructions = 0;

	bpf_object__for_each_program(program, object)
	{
		const char *name = bpf_program__name(program);
		int err = load_alone(image, name, &instructions);

		if (err)
			printf("not ok %d - the verifier takes %s of %s: %s\n", ++*n, name, image->name,
			       strerror(-err));
		else
			printf("ok %d - the verifier takes %s of %s (%u instructions looked at)\n", ++*n, name,
			       image->name, instructions);
		failed += err != 0;
	}
	bpf_object__close(object);
	return failed;
}

int main(void)
{
	static const struct image images[] = {
		{"p2pscope", p2pscope_bpf__elf_bytes},
		{"p2pscope_plain", p2pscope_plain_bpf__elf_bytes},
	};
	int n = 0, failed = 0;

	libbpf_set_print(print_log);
	log_wanted = true;
	for (int i = 0; i < 2; i++)
		failed += load_each(&images[i], &n);
	printf("1..%d\n", n);
	return failed != 0;
}
