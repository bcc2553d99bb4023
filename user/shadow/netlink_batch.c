/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shadow/netlink_batch.h"

#define BATCH_BYTES_MAX (64u << 20) /* some 500,000 rules or routes */
#define SPARE 256 /* for attributes that the caller appends */

static bool batch_reserve(struct netlink_batch *batch, size_t more)
{
	size_t need = batch->length + more;
	char *bytes;

	if (need <= batch->room)
		return true;
	if (need > BATCH_BYTES_MAX) {
		errno = E2BIG;
		return false;
	}
	bytes = realloc(batch->bytes, 2 * need);
	if (!bytes)
		return false;
	batch->bytes = bytes;
	batch->room = 2 * need;
	return true;
}

struct nlmsghdr *netlink_batch_begin(struct netlink_batch *batch, const struct nlmsghdr *message,
				     size_t head, u64 kept)
{
	const struct nlattr *attr;
	struct nlmsghdr *request;

	if (!batch_reserve(batch, MNL_ALIGN(message->nlmsg_len) + SPARE))
		return NULL;
	request = mnl_nlmsg_put_header(batch->bytes + batch->length);
	request->nlmsg_type = message->nlmsg_type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE;
	memcpy(mnl_nlmsg_put_extra_header(request, head), mnl_nlmsg_get_payload(message), head);
	mnl_attr_for_each(attr, message, head)
	{
		u16 type = mnl_attr_get_type(attr);

		if (type < 64 && kept & ATTR_BIT(type))
			mnl_attr_put(request, attr->nla_type, mnl_attr_get_payload_len(attr),
				     mnl_attr_get_payload(attr));
	}
	return request;
}

void netlink_batch_end(struct netlink_batch *batch, const struct nlmsghdr *request)
{
	batch->length += MNL_ALIGN(request->nlmsg_len);
}

void netlink_batch_clear_bits(struct nlmsghdr *request, size_t head, u16 type, u32 bits)
{
	struct nlattr *attr;

	mnl_attr_for_each(attr, request, head)
	{
		u32 *value = mnl_attr_get_payload(attr);

		if (mnl_attr_get_type(attr) == type &&
		    mnl_attr_get_payload_len(attr) == sizeof(*value))
			*value &= ~htobe32(bits);
	}
}

struct nlmsghdr *netlink_batch_next(const struct netlink_batch *batch,
				    const struct nlmsghdr *request)
{
	const char *end = batch->bytes + batch->length;
	char *next = batch->bytes;

	if (request)
		next = (char *)request + MNL_ALIGN(request->nlmsg_len);
	return next && next < end ? (struct nlmsghdr *)next : NULL;
}

void netlink_batch_free(struct netlink_batch *batch)
{
	free(batch->bytes);
	*batch = (struct netlink_batch){0};
}
