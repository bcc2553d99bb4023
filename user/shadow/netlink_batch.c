/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shadow/netlink_batch.h"

#define REQUESTS_BYTES (64u << 20) /* some 500,000 rules or routes */
#define SPARE 256 /* for what is put into a request besides */

static bool make_room(struct requests *requests, size_t more)
{
	size_t need = requests->length + more;
	char *bytes;

	if (need <= requests->room)
		return true;
	if (need > REQUESTS_BYTES) {
		errno = E2BIG;
		return false;
	}
	bytes = realloc(requests->bytes, 2 * need);
	if (!bytes)
		return false;
	requests->bytes = bytes;
	requests->room = 2 * need;
	return true;
}

struct nlmsghdr *requests_repeat(struct requests *requests, const struct nlmsghdr *told,
				 size_t head, u64 kept)
{
	const struct nlattr *attr;
	struct nlmsghdr *request;

	if (!make_room(requests, MNL_ALIGN(told->nlmsg_len) + SPARE))
		return NULL;
	request = mnl_nlmsg_put_header(requests->bytes + requests->length);
	request->nlmsg_type = told->nlmsg_type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE;
	memcpy(mnl_nlmsg_put_extra_header(request, head), mnl_nlmsg_get_payload(told), head);
	mnl_attr_for_each(attr, told, head)
	{
		u16 type = mnl_attr_get_type(attr);

		if (type < 64 && kept & KEPT(type))
			mnl_attr_put(request, attr->nla_type, mnl_attr_get_payload_len(attr),
				     mnl_attr_get_payload(attr));
	}
	return request;
}

void requests_finish(struct requests *requests, const struct nlmsghdr *request)
{
	requests->length += MNL_ALIGN(request->nlmsg_len);
}

void requests_clear(struct nlmsghdr *request, size_t head, u16 type, u32 bits)
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

struct nlmsghdr *requests_next(const struct requests *requests, const struct nlmsghdr *request)
{
	const char *end = requests->bytes + requests->length;
	char *next = requests->bytes;

	if (request)
		next = (char *)request + MNL_ALIGN(request->nlmsg_len);
	return next && next < end ? (struct nlmsghdr *)next : NULL;
}

void requests_free(struct requests *requests)
{
	free(requests->bytes);
	*requests = (struct requests){0};
}
