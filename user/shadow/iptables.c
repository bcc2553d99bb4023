/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "shadow/iptables.h"
#include "shadow/subprocess.h"

/*
 * Turns "NAME v1.8.9 (nf_tables): NAME: what is wrong", with either name or both, into "what is
 * wrong".
 */
static const char *without_name(const char *line, const char *name)
{
	const char *end;

	while (!strncmp(line, name, strlen(name)) && (end = strstr(line, ": ")))
		line = end + 2;
	return line;
}

/*
 * Writes the first line that is no warning; the number of the offending line may follow in a later
 * one.
 */
static void describe_restore_error(const char *printed, const char *name, char *why, size_t size)
{
	const char *line = printed, *number = strstr(printed, "at line: ");
	int length;

	while (*line == '#')
		line += strcspn(line, "\n") + (strchr(line, '\n') ? 1 : 0);
	line = without_name(line, name);
	length = (int)strcspn(line, "\n");
	if (number)
		snprintf(why, size, "line %lu: %.*s",
			 strtoul(number + strlen("at line: "), NULL, 10), length, line);
	else
		snprintf(why, size, "%.*s", length, line);
}

int iptables_load(int family, struct span text, char *why, size_t size)
{
	const char *const argv[] = {
		family == AF_INET ? "iptables-nft-restore" : "ip6tables-nft-restore", NULL};
	char *out, *error;
	int status;

	why[0] = '\0';
	status = subprocess_run(argv, text, &out, &error);
	if (status < 0)
		return status;
	if (status)
		describe_restore_error(error, argv[0], why, size);
	free(out);
	free(error);
	return status ? -EINVAL : 0;
}
