/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The running kernel's verifier accepts each program of the real objects, one by one, so that the
 * one that it does not accept is named; and it checks no more instructions than `verifier_budget`
 * allows. Verifiers differ from kernel to kernel: the kernel that a budget was measured on is
 * printed beside the one that runs. Every kernel has the limit of a million.
 */
#include <stdio.h>
#include <sys/utsname.h>

#include "prog_run.h"

#include "p2pscope_plain.skel.h"

#define BUDGET_FILE "tests/bpf/verifier_budget" /* from the root, where tests are run */
#define BUDGET_LINES 64

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

/*
 * Loads the object with this program only. Returns 0 and the instructions that the verifier
 * checked, or -errno.
 */
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

/*
 * A line of the budget file: an object's program, and how many instructions it took when it was
 * measured.
 */
struct budget {
	char object[40], program[40];
	u32 measured;
	bool found;
};

static struct {
	struct budget line[BUDGET_LINES];
	u32 count, headroom; /* percent */
	char kernel[40]; /* that was measured on */
} budget;

static bool budget_line(const char *text)
{
	struct budget *b = &budget.line[budget.count];

	if (*text == '#' || *text == '\n' || sscanf(text, "kernel %39s", budget.kernel) == 1 ||
	    sscanf(text, "headroom %u", &budget.headroom) == 1)
		return true;
	if (budget.count == BUDGET_LINES ||
	    sscanf(text, "%39s %39s %u", b->object, b->program, &b->measured) != 3)
		return false;
	budget.count++;
	return true;
}

/* Returns false, and says why, when the file cannot be used. */
static bool budget_read(void)
{
	FILE *file = fopen(BUDGET_FILE, "r");
	char text[200];
	bool good = file;

	while (good && fgets(text, sizeof(text), file))
		good = budget_line(text);
	if (file)
		fclose(file);
	if (!good || !budget.count || !budget.headroom || !*budget.kernel)
		printf("not ok 1 - %s can be read: %s\n", BUDGET_FILE,
		       file ? "a line is wrong or missing" : strerror(errno));
	return good && budget.count && budget.headroom && *budget.kernel;
}

static struct budget *budget_of(const char *object, const char *program)
{
	for (u32 i = 0; i < budget.count; i++)
		if (!strcmp(budget.line[i].object, object) &&
		    !strcmp(budget.line[i].program, program))
			return &budget.line[i];
	return NULL;
}

static bool report(int *n, bool ok, const char *what)
{
	printf("%sok %d - %s\n", ok ? "" : "not ", ++*n, what);
	return ok;
}

static bool check_program(const struct image *image, const char *name, int *n)
{
	struct budget *b = budget_of(image->name, name);
	u32 instructions = 0,
	    most = b ? (u32)((u64)b->measured * (100 + budget.headroom) / 100) : 0;
	int err = load_alone(image, name, &instructions);
	struct utsname kernel;
	char what[300];

	uname(&kernel);
	if (err)
		snprintf(what, sizeof(what), "the verifier takes %s of %s: %s", name, image->name,
			 strerror(-err));
	else if (!b)
		snprintf(what, sizeof(what),
			 "%s of %s, %u instructions looked at, has a line in %s", name, image->name,
			 instructions, BUDGET_FILE);
	else
		snprintf(what, sizeof(what),
			 "the verifier takes %s of %s: %u instructions looked at on Linux %s, at "
			 "most %u (%u on Linux "
			 "%s, and %u %%)",
			 name, image->name, instructions, kernel.release, most, b->measured,
			 budget.kernel, budget.headroom);
	if (b)
		b->found = true;
	return report(n, !err && b && instructions <= most, what);
}

static int check_image(const struct image *image, int *n)
{
	struct bpf_object *object = open_image(image);
	struct bpf_program *program;
	int failed = 0;

	bpf_object__for_each_program(program, object) failed +=
		!check_program(image, bpf_program__name(program), n);
	bpf_object__close(object);
	return failed;
}

/* A line whose program is gone is the mistake of whoever removed it. */
static int check_lines(int *n)
{
	char what[200];
	int failed = 0;

	for (u32 i = 0; i < budget.count; i++) {
		const struct budget *b = &budget.line[i];

		if (b->found)
			continue;
		snprintf(what, sizeof(what), "%s names programs that exist: %s of %s", BUDGET_FILE,
			 b->program, b->object);
		failed += !report(n, false, what);
	}
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
	if (!budget_read())
		return 1;
	for (int i = 0; i < 2; i++)
		failed += check_image(&images[i], &n);
	failed += check_lines(&n);
	printf("1..%d\n", n);
	return failed != 0;
}
