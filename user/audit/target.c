/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "audit/target.h"
#include "shadow/iptables.h"
#include "shadow/offload.h"
#include "shadow/ruleset_file.h"
#include "shadow/ruleset_running.h"

static const int families[FILES] = {[FILE_IPTABLES] = AF_INET, [FILE_IP6TABLES] = AF_INET6};

/* Gives `err`. */
__attribute__((format(printf, 3, 4))) static int say(struct subject *subject, int err,
						     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(subject->error, sizeof(subject->error), format, args);
	va_end(args);
	return err;
}

/* --- files --- */

static bool is_running(const struct subject *subject)
{
	for (size_t i = 0; i < FILES; i++)
		if (subject->paths[i])
			return false;
	return true;
}

static struct span text_of(const struct subject *subject, size_t file)
{
	return (struct span){subject->texts[file], subject->lengths[file]};
}

static int read_files(struct subject *subject)
{
	size_t inputs = 0;

	for (size_t i = 0; i < FILES; i++) {
		const char *path = subject->paths[i];
		int err = path ? ruleset_file_read(path, &subject->texts[i], &subject->lengths[i])
			       : 0;

		if (err)
			return say(subject, err, "cannot read %s: %s", path, strerror(-err));
		inputs += path && !strcmp(path, "-");
	}
	return inputs > 1 ? say(subject, -EINVAL, "only one file can be standard input") : 0;
}

/* One of them, or the two of iptables together. */
static int take_files(struct subject *subject, const struct options *options)
{
	const char *v4 = options->iptables, *v6 = options->ip6tables;

	subject->paths[FILE_NFT] = options->ruleset;
	subject->paths[FILE_IPTABLES] = v4;
	subject->paths[FILE_IP6TABLES] = v6;
	if (options->ruleset && (v4 || v6))
		return say(subject, -EINVAL, "--ruleset goes without --iptables and --ip6tables");
	if (is_running(subject))
		strcpy(subject->name, "running");
	else if (options->ruleset)
		snprintf(subject->name, sizeof(subject->name), "%s", options->ruleset);
	else
		snprintf(subject->name, sizeof(subject->name), "%s%s%s", v4 ? v4 : "",
			 v4 && v6 ? ", " : "", v6 ? v6 : "");
	return read_files(subject);
}

static int load_saved(struct subject *subject, size_t file)
{
	const char *path = subject->paths[file];
	const char *hint = strstr(subject->texts[file], "-set ")
				   ? " (sets of ipset(8) cannot be audited)"
				   : "";
	char why[256];
	int err = iptables_load(families[file], text_of(subject, file), why, sizeof(why));

	if (err == -ENOENT)
		return say(subject, err,
			   "%s needs the package iptables: 'apt-get install iptables'", path);
	return err ? say(subject, err, "%s: %s%s", path, *why ? why : strerror(-err), hint) : 0;
}

static int load_files(struct subject *subject)
{
	int err = 0;

	if (subject->paths[FILE_NFT]) {
		subject->offloaded =
			offload_blank(subject->texts[FILE_NFT], subject->lengths[FILE_NFT]);
		err = ruleset_file_load(subject->paths[FILE_NFT], text_of(subject, FILE_NFT),
					subject->error, sizeof(subject->error));
		if (err && strstr(subject->error, strerror(EMSGSIZE)))
			strncat(subject->error,
				" (net.core.wmem_max does not hold it: run it as root)",
				sizeof(subject->error) - strlen(subject->error) - 1);
	}
	for (size_t i = FILE_IPTABLES; !err && i < FILES; i++)
		if (subject->paths[i])
			err = load_saved(subject, i);
	return err ? err : ruleset_read(&subject->listed);
}

void subject_translate(const struct subject *subject, struct rule *rule)
{
	for (size_t i = FILE_IPTABLES; i < FILES; i++)
		if (subject->paths[i] &&
		    !strcmp(rule->family, families[i] == AF_INET ? "ip" : "ip6"))
			iptables_line(text_of(subject, i), &subject->listed, rule);
}

/* --- the shadow --- */

/* Only root can read which tables it has. */
static int read_legacy(struct subject *subject)
{
	int err;

	legacy_open(&subject->legacy);
	err = legacy_read(&subject->legacy, &subject->listed);
	if (!err && *subject->legacy.why_not)
		return say(subject, -EOPNOTSUPP, "%s", subject->legacy.why_not);
	return err;
}

static int read_ruleset(struct subject *subject, struct netlink_batch *messages)
{
	struct span found;
	int err = running_ruleset(&subject->listed, messages);

	if (err == -EPERM)
		return say(subject, err,
			   "reading the running ruleset needs root: 'sudo p2pscope audit'; a file "
			   "can be audited "
			   "without, by --ruleset FILE");
	if (err)
		return err;
	subject->offloaded = offload_find(
		(struct span){subject->listed.text, strlen(subject->listed.text)}, &found);
	return read_legacy(subject);
}

static int load_running(struct subject *subject, const struct netlink_batch *messages)
{
	int err = running_load(&subject->listed, messages);

	if (!err && !legacy_load(&subject->legacy))
		return say(subject, -EOPNOTSUPP, "%s", subject->legacy.why_not);
	return err;
}

static int make_shadow(struct subject *subject, const struct netlink_batch *messages)
{
	int err;

	subject->network.own_mtu = true;
	err = shadow_build(&subject->shadow, &subject->network);
	if (err == -EPERM)
		return say(subject, err,
			   "a network namespace needs root, or user namespaces for everybody");
	if (!err)
		err = is_running(subject) ? load_running(subject, messages) : load_files(subject);
	return err ? err : shadow_watch(&subject->shadow);
}

int subject_open(struct subject *subject, const struct options *options)
{
	struct netlink_batch messages = {0};
	int err;

	*subject = (struct subject){.shadow = {.frames = -1, .own = {-1, -1}}};
	err = take_files(subject, options);
	if (!err)
		err = sides_choose(&subject->sides, &subject->network, options,
				   !is_running(subject), subject->error, sizeof(subject->error));
	if (!err && is_running(subject))
		err = read_ruleset(subject, &messages);
	if (!err)
		err = make_shadow(subject, &messages);
	netlink_batch_free(&messages);
	if (err && !*subject->error)
		say(subject, err, "%s", running_error(err));
	return err;
}

void subject_close(struct subject *subject)
{
	shadow_free(&subject->shadow);
	ruleset_free(&subject->listed);
	legacy_free(&subject->legacy);
	network_free(&subject->network);
	for (size_t i = 0; i < FILES; i++)
		free(subject->texts[i]);
}
