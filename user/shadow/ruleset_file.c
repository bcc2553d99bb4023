/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "shadow/ruleset_file.h"
#include "shadow/text_file.h"

#define COMPLAINT ": Error: "

int ruleset_file_read(const char *path, char **text, size_t *length)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	int err;

	*text = NULL;
	*length = 0;
	if (fd < 0)
		return -errno;
	err = text_read(fd, text, length);
	if (fd != STDIN_FILENO)
		close(fd);
	return err;
}

/*
 * Returns the offset of the last column in the place of a complaint, "NAME:LINE:COLUMN-COLUMN", 0
 * when it has none.
 */
static size_t last_column(const char *line, size_t length)
{
	size_t at = length;

	while (at && line[at - 1] >= '0' && line[at - 1] <= '9')
		at--;
	return at && at < length && line[at - 1] == '-' ? at - 1 : 0;
}

/*
 * Writes the first complaint. It may be about a file included by the one that nft knows by the name
 * `as`.
 */
static void describe_nft_error(const char *printed, const char *as, const char *path, char *why,
			       size_t size)
{
	const char *end = strstr(printed, COMPLAINT), *line = printed, *next;
	const char *message = end ? end + strlen(COMPLAINT) : printed;
	size_t place = 0;

	while (end && (next = memchr(line, '\n', (size_t)(end - line))))
		line = next + 1;
	if (end && strncmp(line, "internal:", strlen("internal:")))
		place = last_column(line, (size_t)(end - line));
	if (!place || !strncmp(line, as, strlen(as))) {
		size_t known = place ? strlen(as) : 0;

		snprintf(why, size, "%s%.*s: ", path, (int)(place - known), line + known);
	} else {
		snprintf(why, size, "%.*s: ", (int)place, line);
	}
	strncat(why, message, MIN(size - strlen(why) - 1, strcspn(message, "\n")));
}

static void include_own_folder(struct nft_ctx *nft, const char *path)
{
	const char *end = strrchr(path, '/');
	char *folder = end ? strndup(path, end == path ? 1 : (size_t)(end - path)) : strdup(".");

	if (folder)
		nft_ctx_add_include_path(nft, folder);
	free(folder);
}

/* nft reports lines and columns only of files, so it is given one. */
static int load_as(const char *path, const char *as, char *why, size_t size)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	int err = -ENOMEM;

	if (!nft)
		return err;
	include_own_folder(nft, path);
	/* the output of commands such as `list` is discarded */
	if (!nft_ctx_buffer_output(nft) && !nft_ctx_buffer_error(nft))
		err = nft_run_cmd_from_filename(nft, as) ? -EINVAL : 0;
	if (err == -EINVAL)
		describe_nft_error(nft_ctx_get_error_buffer(nft), as,
				   strcmp(path, "-") ? path : "standard input", why, size);
	nft_ctx_free(nft);
	return err;
}

int ruleset_file_load(const char *path, struct span text, char *why, size_t size)
{
	int fd = memory_file(text), err;
	char as[32];

	if (fd < 0)
		return fd;
	snprintf(as, sizeof(as), "/proc/self/fd/%d", fd);
	err = load_as(path, as, why, size);
	close(fd);
	return err;
}
