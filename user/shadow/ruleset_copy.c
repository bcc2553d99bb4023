/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "shadow/ruleset_copy.h"
#include "util/netlink.h"

#define HEAD sizeof(struct nfgenmsg)
#define REQUEST_BYTES 1024
#define BATCH_BYTES \
	(96u << 10) /* fits the send buffer of any socket; a single message may be larger */

/*
 * NFT_TABLE_F_OWNER removes a table with its owner's socket; 1 << 2 is NFT_TABLE_F_PERSIST, which
 * Debian 12's linux-libc-dev lacks.
 */
#define TABLE_CLEARED (NFT_TABLE_F_OWNER | 1 << 2)

/*
 * Anonymous chains and sets would have to be created in one batch with the rules that refer to
 * them. They have names, so they are created as named ones. Nothing is offloaded to hardware.
 */
#define CHAIN_CLEARED (NFT_CHAIN_HW_OFFLOAD | NFT_CHAIN_BINDING)

/*
 * What is read, in the order in which it can be created. `flags` is the attribute of which the bits
 * `cleared` are cleared.
 */
static const struct message_kind {
	u8 get;
	u16 flags;
	u32 cleared;
	u64 kept;
} kinds[] = {
	{NFT_MSG_GETTABLE, NFTA_TABLE_FLAGS, TABLE_CLEARED,
	 ATTR_BIT(NFTA_TABLE_NAME) | ATTR_BIT(NFTA_TABLE_FLAGS) | ATTR_BIT(NFTA_TABLE_USERDATA)},
	{NFT_MSG_GETCHAIN, NFTA_CHAIN_FLAGS, CHAIN_CLEARED,
	 ATTR_BIT(NFTA_CHAIN_TABLE) | ATTR_BIT(NFTA_CHAIN_NAME) | ATTR_BIT(NFTA_CHAIN_HOOK) |
		 ATTR_BIT(NFTA_CHAIN_POLICY) | ATTR_BIT(NFTA_CHAIN_TYPE) |
		 ATTR_BIT(NFTA_CHAIN_FLAGS)},
	{NFT_MSG_GETOBJ, 0, 0,
	 ATTR_BIT(NFTA_OBJ_TABLE) | ATTR_BIT(NFTA_OBJ_NAME) | ATTR_BIT(NFTA_OBJ_TYPE) |
		 ATTR_BIT(NFTA_OBJ_DATA)},
	{NFT_MSG_GETFLOWTABLE, NFTA_FLOWTABLE_FLAGS, NFT_FLOWTABLE_HW_OFFLOAD,
	 ATTR_BIT(NFTA_FLOWTABLE_TABLE) | ATTR_BIT(NFTA_FLOWTABLE_NAME) |
		 ATTR_BIT(NFTA_FLOWTABLE_HOOK) | ATTR_BIT(NFTA_FLOWTABLE_FLAGS)},
	{NFT_MSG_GETSET, NFTA_SET_FLAGS, NFT_SET_ANONYMOUS,
	 ATTR_BIT(NFTA_SET_TABLE) | ATTR_BIT(NFTA_SET_NAME) | ATTR_BIT(NFTA_SET_FLAGS) |
		 ATTR_BIT(NFTA_SET_KEY_TYPE) | ATTR_BIT(NFTA_SET_KEY_LEN) |
		 ATTR_BIT(NFTA_SET_DATA_TYPE) | ATTR_BIT(NFTA_SET_DATA_LEN) |
		 ATTR_BIT(NFTA_SET_POLICY) | ATTR_BIT(NFTA_SET_DESC) | ATTR_BIT(NFTA_SET_TIMEOUT) |
		 ATTR_BIT(NFTA_SET_GC_INTERVAL) | ATTR_BIT(NFTA_SET_USERDATA) |
		 ATTR_BIT(NFTA_SET_OBJ_TYPE) | ATTR_BIT(NFTA_SET_EXPR) |
		 ATTR_BIT(NFTA_SET_EXPRESSIONS)},
};

static const struct message_kind elements = {
	.get = NFT_MSG_GETSETELEM,
	.kept = ATTR_BIT(NFTA_SET_ELEM_LIST_TABLE) | ATTR_BIT(NFTA_SET_ELEM_LIST_SET) |
		ATTR_BIT(NFTA_SET_ELEM_LIST_ELEMENTS),
};

static const struct message_kind rules = {
	.get = NFT_MSG_GETRULE,
	.kept = ATTR_BIT(NFTA_RULE_TABLE) | ATTR_BIT(NFTA_RULE_CHAIN) |
		ATTR_BIT(NFTA_RULE_EXPRESSIONS) | ATTR_BIT(NFTA_RULE_USERDATA),
};

struct copy_reader {
	struct mnl_socket *socket;
	struct netlink_batch *copy;
	const struct message_kind *kind;
	u32 sets; /* numbered so far */
};

/* --- what the kernel does not report but requires --- */

static bool attr_equals(const struct nlattr *name, const char *what)
{
	return name && !strcmp(mnl_attr_get_str(name), what);
}

static bool loads_transport(const struct nlattr *data)
{
	const struct nlattr *found[NFTA_META_MAX + 1];

	netlink_nested(data, found, NFTA_META_MAX + 1);
	return found[NFTA_META_KEY] &&
	       mnl_attr_get_u32(found[NFTA_META_KEY]) == htobe32(NFT_META_L4PROTO);
}

/* Returns the protocol that a comparison is for, 0 when it compares something else. */
static u8 compared_protocol(const struct nlattr *data)
{
	const struct nlattr *found[NFTA_CMP_MAX + 1], *value[NFTA_DATA_MAX + 1];

	netlink_nested(data, found, NFTA_CMP_MAX + 1);
	if (!found[NFTA_CMP_OP] || !found[NFTA_CMP_DATA] ||
	    mnl_attr_get_u32(found[NFTA_CMP_OP]) != htobe32(NFT_CMP_EQ))
		return 0;
	netlink_nested(found[NFTA_CMP_DATA], value, NFTA_DATA_MAX + 1);
	return value[NFTA_DATA_VALUE] ? mnl_attr_get_u8(value[NFTA_DATA_VALUE]) : 0;
}

/*
 * Returns the transport protocol that a rule is for, which matches of xtables require; 0: the rule
 * has none of these, or is for any protocol.
 */
static u8 transport_of(const struct nlattr *expressions)
{
	const struct nlattr *expression, *found[NFTA_EXPR_MAX + 1];
	bool loaded = false, xtables = false;
	u8 transport = 0;

	mnl_attr_for_each_nested(expression, expressions)
	{
		netlink_nested(expression, found, NFTA_EXPR_MAX + 1);
		if (loaded && attr_equals(found[NFTA_EXPR_NAME], "cmp") && found[NFTA_EXPR_DATA])
			transport = compared_protocol(found[NFTA_EXPR_DATA]);
		loaded = attr_equals(found[NFTA_EXPR_NAME], "meta") && found[NFTA_EXPR_DATA] &&
			 loads_transport(found[NFTA_EXPR_DATA]);
		xtables |= attr_equals(found[NFTA_EXPR_NAME], "match") ||
			   attr_equals(found[NFTA_EXPR_NAME], "target");
	}
	return xtables ? transport : 0;
}

static void put_compat(struct nlmsghdr *request, const struct nlmsghdr *message)
{
	const struct nlattr *found[NFTA_RULE_MAX + 1];
	struct nlattr *nest;
	u8 transport = 0;

	netlink_attributes(message, HEAD, found, NFTA_RULE_MAX + 1);
	if (found[NFTA_RULE_EXPRESSIONS])
		transport = transport_of(found[NFTA_RULE_EXPRESSIONS]);
	if (!transport)
		return;
	nest = mnl_attr_nest_start(request, NFTA_RULE_COMPAT);
	mnl_attr_put_u32(request, NFTA_RULE_COMPAT_PROTO, htobe32(transport));
	mnl_attr_put_u32(request, NFTA_RULE_COMPAT_FLAGS, 0);
	mnl_attr_nest_end(request, nest);
}

/*
 * For expressions that write TCP options, kernels report attributes that they accept only of those
 * that read them. Type 0 makes the kernel skip an attribute.
 */
static void correct_option(struct nlattr *data)
{
	struct nlattr *attr, *const end =
				     mnl_attr_get_payload(data) + mnl_attr_get_payload_len(data);
	const struct nlattr *found[NFTA_EXTHDR_MAX + 1];

	netlink_nested(data, found, NFTA_EXTHDR_MAX + 1);
	for (attr = mnl_attr_get_payload(data); attr < end; attr = mnl_attr_next(attr)) {
		u16 type = mnl_attr_get_type(attr);
		bool field = type == NFTA_EXTHDR_OFFSET || type == NFTA_EXTHDR_LEN;

		if (found[NFTA_EXTHDR_DREG])
			return;
		if (type == NFTA_EXTHDR_FLAGS || (field && !found[NFTA_EXTHDR_SREG]))
			attr->nla_type = 0;
	}
}

static void correct_options(struct nlmsghdr *request)
{
	const struct nlattr *rule[NFTA_RULE_MAX + 1], *found[NFTA_EXPR_MAX + 1], *expression;

	netlink_attributes(request, HEAD, rule, NFTA_RULE_MAX + 1);
	if (!rule[NFTA_RULE_EXPRESSIONS])
		return;
	mnl_attr_for_each_nested(expression, rule[NFTA_RULE_EXPRESSIONS])
	{
		netlink_nested(expression, found, NFTA_EXPR_MAX + 1);
		if (attr_equals(found[NFTA_EXPR_NAME], "exthdr") && found[NFTA_EXPR_DATA])
			correct_option((struct nlattr *)found[NFTA_EXPR_DATA]);
	}
}

/* --- reading --- */

static int copy_message(const struct nlmsghdr *message, void *arg)
{
	struct copy_reader *reader = arg;
	const struct message_kind *kind = reader->kind;
	struct nlmsghdr *request = netlink_batch_begin(reader->copy, message, HEAD, kind->kept);

	if (!request)
		return MNL_CB_ERROR;
	if (kind->cleared)
		netlink_batch_clear_bits(request, HEAD, kind->flags, kind->cleared);
	if (kind->get == NFT_MSG_GETSET)
		mnl_attr_put_u32(request, NFTA_SET_ID, htobe32(++reader->sets));
	if (kind->get == NFT_MSG_GETRULE) {
		request->nlmsg_flags |= NLM_F_APPEND;
		correct_options(request);
		put_compat(request, message);
	}
	netlink_batch_end(reader->copy, request);
	return MNL_CB_OK;
}

/* A kernel that does not know a kind of object has none of it. */
static int read_kind(struct copy_reader *reader, const struct message_kind *kind)
{
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *request = netlink_filter_request(buffer, NFNL_SUBSYS_NFTABLES, kind->get,
							  AF_UNSPEC, NLM_F_DUMP);
	int err;

	reader->kind = kind;
	err = netlink_ask(reader->socket, request, copy_message, reader);
	return err == -EOPNOTSUPP || err == -EINVAL ? 0 : err;
}

static int read_elements(struct copy_reader *reader, const struct nlmsghdr *set)
{
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(set);
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *request = netlink_filter_request(
		buffer, NFNL_SUBSYS_NFTABLES, elements.get, head->nfgen_family, NLM_F_DUMP);
	const struct nlattr *found[NFTA_SET_MAX + 1];

	netlink_attributes(set, HEAD, found, NFTA_SET_MAX + 1);
	if (!found[NFTA_SET_TABLE] || !found[NFTA_SET_NAME])
		return 0;
	mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_TABLE,
			  mnl_attr_get_str(found[NFTA_SET_TABLE]));
	mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, mnl_attr_get_str(found[NFTA_SET_NAME]));
	reader->kind = &elements;
	return netlink_ask(reader->socket, request, copy_message, reader);
}

/* The batch grows, and may move, while elements are appended to it. */
static int read_all_elements(struct copy_reader *reader)
{
	size_t at = 0, end = reader->copy->length;
	int err = 0;

	while (!err && at < end) {
		struct nlmsghdr *request = (struct nlmsghdr *)(reader->copy->bytes + at);

		at += MNL_ALIGN(request->nlmsg_len);
		if ((request->nlmsg_type & 0xff) == NFT_MSG_NEWSET)
			err = read_elements(reader, request);
	}
	return err;
}

int ruleset_copy_read(struct netlink_batch *copy)
{
	struct copy_reader reader = {.copy = copy};
	int err = netlink_open(&reader.socket, NETLINK_NETFILTER);

	if (err)
		return err;
	for (size_t i = 0; !err && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		err = read_kind(&reader, &kinds[i]);
	if (!err)
		err = read_all_elements(&reader);
	if (!err)
		err = read_kind(&reader, &rules);
	netlink_close(reader.socket);
	return err;
}

/* --- loading --- */

static size_t put_border(char *buffer, u16 type)
{
	struct nlmsghdr *border = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *head;

	border->nlmsg_type = type;
	border->nlmsg_flags = NLM_F_REQUEST;
	head = mnl_nlmsg_put_extra_header(border, sizeof(*head));
	head->version = NFNETLINK_V0;
	head->res_id = htobe16(NFNL_SUBSYS_NFTABLES);
	return border->nlmsg_len;
}

/*
 * sendmsg() returns when the kernel has applied the batch or not; only what it refuses is answered.
 */
static int batch_errors(struct mnl_socket *socket)
{
	char buffer[NETLINK_BYTES];
	ssize_t length;

	while ((length = recv(mnl_socket_get_fd(socket), buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
		if (mnl_cb_run(buffer, (size_t)length, 0, 0, NULL, NULL) < 0)
			return -errno;
	return errno == EAGAIN ? 0 : -errno;
}

static int load_batch(struct mnl_socket *socket, char *bytes, size_t length)
{
	char begin[REQUEST_BYTES], end[REQUEST_BYTES];
	struct iovec parts[] = {
		{begin, put_border(begin, NFNL_MSG_BATCH_BEGIN)},
		{bytes, length},
		{end, put_border(end, NFNL_MSG_BATCH_END)},
	};
	const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};

	if (sendmsg(mnl_socket_get_fd(socket), &message, 0) < 0)
		return -errno;
	return batch_errors(socket);
}

int ruleset_copy_load(const struct netlink_batch *copy)
{
	struct nlmsghdr *request = NULL;
	struct mnl_socket *socket;
	size_t done = 0;
	int err = netlink_open(&socket, NETLINK_NETFILTER);

	if (err)
		return err;
	while (!err && (request = netlink_batch_next(copy, request))) {
		size_t upto =
			(size_t)((char *)request - copy->bytes) + MNL_ALIGN(request->nlmsg_len);

		if (upto - done < BATCH_BYTES && upto < copy->length)
			continue;
		err = load_batch(socket, copy->bytes + done, upto - done);
		done = upto;
	}
	netlink_close(socket);
	return err;
}
