/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "audit/target.h"
#include "shadow/iptables.h"
#include "shadow/iptables_save.h"
#include "shadow/offload.h"
#include "shadow/ruleset_file.h"
#include "shadow/ruleset_running.h"

static const int families[FILES] = {[FILE_IPTABLES] = AF_INET, [FILE_IP6TABLES] = AF_INET6};

/* Writes the error. Returns `err`. */
__attribute__((format(printf, 3, 4))) static int target_error(struct audit_target *target, int err,
							      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(target->error, sizeof(target->error), format, args);
	va_end(args);
	return err;
}

/* --- files --- */

static bool is_running(const struct audit_target *target)
{
	for (size_t i = 0; i < FILES; i++)
		if (target->paths[i])
			return false;
	return true;
}

static struct span file_text(const struct audit_target *target, size_t file)
{
	return (struct span){target->texts[file], target->lengths[file]};
}

/* Returns what to do about a file that cannot be read. */
static const char *read_advice(int err)
{
	if (err == -EACCES)
		return ": audit it as a user who may read it";
	return err == -ENOENT || err == -EISDIR ? ": is the name right?" : "";
}

static int read_files(struct audit_target *target)
{
	size_t inputs = 0;

	for (size_t i = 0; i < FILES; i++) {
		const char *path = target->paths[i];
		int err =
			path ? ruleset_file_read(path, &target->texts[i], &target->lengths[i]) : 0;

		if (err)
			return target_error(target, err, "cannot read %s: %s%s", path,
					    strerror(-err), read_advice(err));
		inputs += path && !strcmp(path, "-");
	}
	return inputs > 1 ? target_error(target, -EINVAL, "only one file can be standard input")
			  : 0;
}

/* Reads either an nft file or one or two iptables files. */
static int take_files(struct audit_target *target, const struct options *options)
{
	const char *v4 = options->iptables, *v6 = options->ip6tables;

	target->paths[FILE_NFT] = options->ruleset;
	target->paths[FILE_IPTABLES] = v4;
	target->paths[FILE_IP6TABLES] = v6;
	if (options->ruleset && (v4 || v6))
		return target_error(target, -EINVAL,
				    "--ruleset cannot be combined with --iptables or --ip6tables");
	if (is_running(target))
		strcpy(target->name, "running");
	else if (options->ruleset)
		snprintf(target->name, sizeof(target->name), "%s", options->ruleset);
	else
		snprintf(target->name, sizeof(target->name), "%s%s%s", v4 ? v4 : "",
			 v4 && v6 ? ", " : "", v6 ? v6 : "");
	return read_files(target);
}

static int load_saved(struct audit_target *target, size_t file)
{
	const char *path = target->paths[file];
	const char *hint =
		strstr(target->texts[file], "-set ") ? " (sets of ipset(8) cannot be audited)" : "";
	char why[256];
	int err = iptables_load(families[file], file_text(target, file), why, sizeof(why));

	if (err == -ENOENT)
		return target_error(target, err,
				    "%s needs the package iptables: 'apt-get install iptables'",
				    path);
	return err ? target_error(target, err, "%s: %s%s", path, *why ? why : strerror(-err), hint)
		   : 0;
}

static int load_files(struct audit_target *target)
{
	int err = 0;

	if (target->paths[FILE_NFT]) {
		target->offloaded =
			offload_blank(target->texts[FILE_NFT], target->lengths[FILE_NFT]);
		err = ruleset_file_load(target->paths[FILE_NFT], file_text(target, FILE_NFT),
					target->error, sizeof(target->error));
		if (err && strstr(target->error, strerror(EMSGSIZE)))
			strncat(target->error, " (it exceeds net.core.wmem_max: run as root)",
				sizeof(target->error) - strlen(target->error) - 1);
	}
	for (size_t i = FILE_IPTABLES; !err && i < FILES; i++)
		if (target->paths[i])
			err = load_saved(target, i);
	return err ? err : ruleset_read(&target->listed);
}

void target_rule_text(const struct audit_target *target, struct rule *rule)
{
	for (size_t i = FILE_IPTABLES; i < FILES; i++)
		if (target->paths[i] &&
		    !strcmp(rule->family, families[i] == AF_INET ? "ip" : "ip6"))
			iptables_save_line(file_text(target, i), &target->listed, rule);
}

/* --- the shadow --- */

/* Only root may read which tables there are. */
static int read_legacy(struct audit_target *target)
{
	int err;

	legacy_open(&target->legacy);
	err = legacy_read(&target->legacy, &target->listed);
	if (!err && *target->legacy.why_not)
		return target_error(target, -EOPNOTSUPP, "%s", target->legacy.why_not);
	return err;
}

static int read_ruleset(struct audit_target *target, struct netlink_batch *messages)
{
	struct span found;
	int err = running_ruleset(&target->listed, messages);

	if (err == -EPERM)
		return target_error(target, err,
				    "reading the running ruleset needs root: try 'sudo p2pscope "
				    "audit', or audit a file with --ruleset FILE");
	if (err)
		return err;
	target->offloaded = offload_find(
		(struct span){target->listed.text, strlen(target->listed.text)}, &found);
	return read_legacy(target);
}

static int load_running(struct audit_target *target, const struct netlink_batch *messages)
{
	int err = running_load(&target->listed, messages);

	if (!err && !legacy_load(&target->legacy))
		return target_error(target, -EOPNOTSUPP, "%s", target->legacy.why_not);
	return err;
}

static int make_shadow(struct audit_target *target, const struct netlink_batch *messages)
{
	int err;

	target->network.own_mtu = true;
	err = shadow_build(&target->shadow, &target->network);
	if (err == -EPERM)
		return target_error(
			target, err,
			"a network namespace needs root, or unprivileged user namespaces enabled");
	if (!err)
		err = is_running(target) ? load_running(target, messages) : load_files(target);
	return err ? err : shadow_watch(&target->shadow);
}

int target_open(struct audit_target *target, const struct options *options)
{
	struct netlink_batch messages = {0};
	int err;

	*target = (struct audit_target){.shadow = {.frames = -1, .own = {-1, -1}}};
	err = take_files(target, options);
	if (!err)
		err = sides_choose(&target->sides, &target->network, options, !is_running(target),
				   target->error, sizeof(target->error));
	if (!err && is_running(target))
		err = read_ruleset(target, &messages);
	if (!err)
		err = make_shadow(target, &messages);
	netlink_batch_free(&messages);
	if (err && !*target->error)
		target_error(target, err, "%s", running_error(err));
	return err;
}

void target_close(struct audit_target *target)
{
	shadow_free(&target->shadow);
	ruleset_free(&target->listed);
	legacy_free(&target->legacy);
	network_free(&target->network);
	for (size_t i = 0; i < FILES; i++)
		free(target->texts[i]);
}
