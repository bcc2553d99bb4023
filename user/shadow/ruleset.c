/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>

#include "shadow/ruleset.h"
#include "util/netlink.h"

#define TEXT_BYTES (64u << 20) /* some 500,000 rules */

static u32 own_changes;

void ruleset_count_own_change(void)
{
	own_changes++;
}

static int take_generation(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *found[NFTA_GEN_MAX + 1];

	netlink_attributes(message, sizeof(struct nfgenmsg), found, NFTA_GEN_MAX + 1);
	if (found[NFTA_GEN_ID])
		*(u32 *)arg = be32toh(mnl_attr_get_u32(found[NFTA_GEN_ID]));
	return MNL_CB_OK;
}

int ruleset_generation(u32 *generation)
{
	char buffer[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct nfgenmsg))];
	struct nlmsghdr *request =
		netlink_filter_request(buffer, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN, AF_UNSPEC, 0);
	struct mnl_socket *socket;
	int err = netlink_open(&socket, NETLINK_NETFILTER);

	if (err)
		return err;
	err = netlink_ask(socket, request, take_generation, generation);
	netlink_close(socket);
	*generation -= own_changes;
	return err;
}

/*
 * Runs commands of nft(8) and writes what they print to `out`, which may be NULL. Error messages
 * are discarded.
 */
static int nft_command(const char *command, char **out)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	int err = -ENOMEM;

	if (!nft)
		return err;
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_HANDLE);
	if (!nft_ctx_buffer_output(nft) && !nft_ctx_buffer_error(nft))
		err = nft_run_cmd_from_buffer(nft, command) ? -EINVAL : 0;
	if (!err && out) {
		*out = strdup(nft_ctx_get_output_buffer(nft));
		err = *out ? 0 : -ENOMEM;
	}
	nft_ctx_free(nft);
	return err;
}

int ruleset_load(const char *text)
{
	return nft_command(text, NULL);
}

int ruleset_read(struct ruleset *ruleset)
{
	int err;

	*ruleset = (struct ruleset){0};
	err = ruleset_generation(&ruleset->generation);
	if (!err)
		err = nft_command("list ruleset", &ruleset->text);
	if (!err && strlen(ruleset->text) > TEXT_BYTES)
		err = -E2BIG;
	if (!err)
		err = ruleset_index(ruleset);
	if (err)
		ruleset_free(ruleset);
	return err;
}

void ruleset_free(struct ruleset *ruleset)
{
	free(ruleset->text);
	free(ruleset->rules);
	*ruleset = (struct ruleset){0};
}
