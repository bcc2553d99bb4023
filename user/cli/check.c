/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `p2pscope check`: can this machine run p2pscope? Loads the programs for a moment; attaches
 * nothing.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/command.h"
#include "cli/show.h"
#include "datapath/foreign_xdp.h"
#include "datapath/hooks.h"
#include "util/interface_side.h"
#include "util/interfaces.h"
#include "datapath/loader.h"
#include "util/log.h"
#include "datapath/observation_points.h"
#include "output/json_value.h"
#include "util/privileges.h"
#include "util/text.h"

#define KERNEL_NEEDED "5.18" /* bpf_xdp_load_bytes() */

struct check_report {
	json_t *lines;
	struct loader *loader; /* NULL where the programs cannot be loaded */
	bool failed;
};

enum need { NEEDED, OPTIONAL };

/* Adds a line to the report; `todo` is the advice for when `yes` is false. */
static void report_line(struct check_report *report, const char *name, bool yes, enum need need,
			const char *detail, const char *todo)
{
	json_append(&report->lines,
		    json_pack("{ss sb sb ss ss*}", "name", name, "ok", yes, "needed",
			      need == NEEDED, "detail", detail, "todo", yes ? NULL : todo));
	if (!yes && need == NEEDED)
		report->failed = true;
}

static bool is_release_at_least(const char *release, const char *needed)
{
	unsigned int major = 0, minor = 0, want_major = 0, want_minor = 0;

	sscanf(release, "%u.%u", &major, &minor);
	sscanf(needed, "%u.%u", &want_major, &want_minor);
	return major > want_major || (major == want_major && minor >= want_minor);
}

static void check_kernel(struct check_report *report)
{
	struct utsname name;

	if (uname(&name))
		return;
	report_line(report, "kernel", is_release_at_least(name.release, KERNEL_NEEDED), NEEDED,
		    name.release, "a kernel of " KERNEL_NEEDED " or newer is needed");
	report_line(report, "btf", !access("/sys/kernel/btf/vmlinux", R_OK), NEEDED,
		    "/sys/kernel/btf/vmlinux",
		    "use a kernel built with CONFIG_DEBUG_INFO_BTF, as those of distributions are");
}

static void check_bpf(struct check_report *report)
{
	report_line(report, "ring-buffer",
		    libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 1, NEEDED,
		    "BPF map of type ring buffer",
		    "a kernel of " KERNEL_NEEDED " or newer is needed");
	report_line(report, "xdp", libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_XDP, NULL) == 1,
		    OPTIONAL, "XDP programs", "tc is used instead; nothing to do");
}

static const char *drops_detail(enum loader_drops drops)
{
	return drops == DROPS_RAW ? "tracepoint of dropped packets and their reasons, as a raw "
				    "tracepoint (raw_tp)"
				  : "tracepoint of dropped packets and their reasons";
}

static void check_programs(struct check_report *report)
{
	struct loader_options options = {0};
	int err = loader_load(&report->loader, &options);
	const struct loader *loader = report->loader;
	char detail[128] = "accepted by the kernel";

	if (err)
		snprintf(detail, sizeof(detail), "rejected by the kernel: %s", strerror(-err));
	report_line(report, "programs", !err, NEEDED, detail,
		    "'p2pscope check --verbose' shows the kernel's reason");
	if (err)
		return;
	report_line(report, "tcx", hooks_have_tcx(loader), OPTIONAL,
		    "tc links, which are detached when the process ends",
		    "kernels since 6.6 have them; clsact filters are used instead");
	report_line(report, "kfree-skb", loader_drops(loader) != DROPS_UNSEEN, OPTIONAL,
		    drops_detail(loader_drops(loader)),
		    "kernels with CONFIG_BPF_EVENTS have it; without it drops on this gateway are "
		    "detected by the observation points, without the kernel's reason");
	report_line(report, "conntrack", loader_has_conntrack(loader), OPTIONAL,
		    "NAT mappings from the kernel's conntrack table",
		    "run 'modprobe nf_conntrack' before the start; the functions of a module also "
		    "need CAP_SYS_ADMIN at the start; without conntrack, mappings are learned from "
		    "STUN alone");
}

static void check_interface(struct check_report *report, const struct interface *item,
			    enum interface_side side)
{
	u32 foreign = report->loader ? foreign_xdp_id(report->loader, item->index) : 0;
	char plain[4 * IF_NAMESIZE + 1], name[96], detail[128];

	text_line(plain, sizeof(plain), item->name);
	snprintf(name, sizeof(name), "interface %s", plain);
	snprintf(detail, sizeof(detail), "%s%s", side == INTERFACE_WAN ? "wan" : "lan",
		 item->l3 ? ", no link header" : "");
	report_line(report, name, true, NEEDED, detail, NULL);
	if (!foreign)
		return;
	snprintf(name, sizeof(name), "xdp free on %s", plain);
	snprintf(detail, sizeof(detail), "another XDP program is attached, id %u", foreign);
	report_line(report, name, false, OPTIONAL, detail,
		    "tc is used instead, and packets that the program drops cannot be observed; "
		    "'bpftool prog show id N' describes it");
}

static void check_interfaces(struct check_report *report, const struct options *options)
{
	struct interface *list = NULL;
	size_t count = 0, found = 0;

	if (interfaces_read(&list, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		enum interface_side side = interface_side(options, list, count, &list[i]);

		if (side == INTERFACE_UNUSED)
			continue;
		found++;
		check_interface(report, &list[i], side);
	}
	free(list);
	if (!found)
		report_line(report, "interfaces", false, OPTIONAL,
			    "none has an address or a default route",
			    "'run' waits for one; --lan and --wan name interfaces that have none");
}

static void check_print_lines(const struct check_report *report)
{
	for (size_t i = 0; i < json_array_size(report->lines); i++) {
		const json_t *line = json_array_get(report->lines, i);
		bool ok = json_is_true(json_object_get(line, "ok"));
		const char *todo = json_string_value(json_object_get(line, "todo"));

		printf("%-3s  %-16s %s%s%s%s\n", ok ? "yes" : "no",
		       json_string_value(json_object_get(line, "name")),
		       json_string_value(json_object_get(line, "detail")), todo ? ": " : "",
		       todo ? todo : "",
		       ok || json_is_true(json_object_get(line, "needed")) ? "" : " (optional)");
	}
	printf("%s\n", report->failed ? "This machine cannot run p2pscope as it is."
				      : "This machine can run p2pscope.");
}

static int check_print_json(const struct check_report *report)
{
	json_t *document = json_pack("{sb sO}", "ok", !report->failed, "checks", report->lines);
	int err = document ? show_json(document, JSON_INDENT(1)) : -ENOMEM;

	printf("\n");
	json_decref(document);
	return err;
}

/* The lines are NULL when memory ran out for one. */
static int check_print(const struct check_report *report, bool json)
{
	int err = report->lines ? 0 : -ENOMEM;

	if (!err && json)
		err = check_print_json(report);
	if (err && !ferror(stdout))
		log_error("check: %s", strerror(-err));
	if (err)
		return EXIT_PROBLEM;
	if (!json)
		check_print_lines(report);
	return report->failed ? EXIT_PROBLEM : EXIT_DONE;
}

int command_check(const struct options *options)
{
	struct check_report report = {.lines = json_array()};
	bool may;
	int status;

	if (interface_sides_check(options))
		return EXIT_USAGE;
	if (points_check_names(options))
		return EXIT_PROBLEM;
	may = privileges_suffice();
	log_libbpf(LEVEL_DEBUG);
	check_kernel(&report);
	report_line(&report, "privileges", may, NEEDED, "CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON",
		    "run it as root: 'sudo p2pscope check'; nothing else can be checked without");
	if (may) {
		check_bpf(&report);
		check_programs(&report);
	}
	check_interfaces(&report, options);
	status = check_print(&report, options->json);
	loader_free(report.loader);
	json_decref(report.lines);
	return status;
}
