/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets behind NFQUEUE: the kernel has no reason for their drop, but where it happened shows the
 * program's verdict, or that there is no program.
 */
#include "../unit/suite.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "drops.h"

#define QUEUE 7

static struct drops d;

static const struct {
	const char *host, *peer, *iptables;
} families[] = {{HOST4, PEER4, "iptables-nft"}, {HOST6, PEER6, "ip6tables-nft"}};

static struct nlmsghdr *queue_message(char *buffer, u16 type)
{
	struct nlmsghdr *head = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *general;

	head->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | type;
	head->nlmsg_flags = NLM_F_REQUEST;
	general = mnl_nlmsg_put_extra_header(head, sizeof(*general));
	general->res_id = htons(QUEUE);
	return head;
}

static void send_message(struct mnl_socket *socket, const struct nlmsghdr *head)
{
	assert_int_equal(mnl_socket_sendto(socket, head, head->nlmsg_len), head->nlmsg_len);
}

/* A program that is asked about each packet. */
static struct mnl_socket *listen_to_queue(void)
{
	const struct nfqnl_msg_config_cmd bind = {.command = NFQNL_CFG_CMD_BIND};
	const struct nfqnl_msg_config_params params = {.copy_range = htonl(64),
						       .copy_mode = NFQNL_COPY_PACKET};
	struct mnl_socket *socket = mnl_socket_open(NETLINK_NETFILTER);
	char buffer[256];
	struct nlmsghdr *head;

	assert_non_null(socket);
	assert_int_equal(mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID), 0);
	head = queue_message(buffer, NFQNL_MSG_CONFIG);
	mnl_attr_put(head, NFQA_CFG_CMD, sizeof(bind), &bind);
	send_message(socket, head);
	head = queue_message(buffer, NFQNL_MSG_CONFIG);
	mnl_attr_put(head, NFQA_CFG_PARAMS, sizeof(params), &params);
	send_message(socket, head);
	return socket;
}

static int take_id(const struct nlattr *attr, void *id)
{
	if (mnl_attr_get_type(attr) == NFQA_PACKET_HDR)
		*(u32 *)id = ((const struct nfqnl_msg_packet_hdr *)mnl_attr_get_payload(attr))
				     ->packet_id;
	return MNL_CB_OK;
}

/* Its verdict on the next packet: drop. */
static void queue_refuse(struct mnl_socket *socket)
{
	struct nfqnl_msg_verdict_hdr verdict = {.verdict = htonl(NF_DROP)};
	char buffer[8192];
	struct nlmsghdr *head;

	assert_true(mnl_socket_recvfrom(socket, buffer, sizeof(buffer)) > 0);
	assert_int_equal(mnl_attr_parse((struct nlmsghdr *)buffer, sizeof(struct nfgenmsg), take_id,
					&verdict.id),
			 MNL_CB_OK);
	head = queue_message(buffer, NFQNL_MSG_VERDICT);
	mnl_attr_put(head, NFQA_VERDICT_HDR, sizeof(verdict), &verdict);
	send_message(socket, head);
}

static void behind_a_queue(bool listening, const char *where)
{
	for (size_t i = 0; i < COUNT(families); i++) {
		struct drops_talk t = talk_open(&d, families[i].host, families[i].peer, 4000, 0);
		struct mnl_socket *socket = listening ? listen_to_queue() : NULL;
		const struct event *e = d.datapath.drops.list;
		u32 checksum = (i ? 40 : 20) + 6;

		assert_true(
			gateway_run(&d.gateway, GATEWAY,
				    "%s -A FORWARD -p udp --dport 4000 -j NFQUEUE --queue-num %d",
				    families[i].iptables, QUEUE));
		talk_send(&t);
		drops_sent(d.tap, &t.sent);
		drops_forwarded(&t.sent);
		if (socket)
			queue_refuse(socket);
		assert_int_equal(datapath_wait(&d.datapath, &d.datapath.drops, 1), 1);
		assert_true(
			gateway_run(&d.gateway, GATEWAY, "%s -F FORWARD", families[i].iptables));
		/* the queue has filled in the checksum that the host left to its device */
		if (socket)
			memcpy(t.sent.b + checksum, e->drop.packet + checksum, 2);
		talk_expect_at_lan(&d, e, &t, "NOT_SPECIFIED");
		assert_string_equal(kallsyms_name(d.symbols, e->drop.location), where);
		if (socket)
			mnl_socket_close(socket);
		close(t.fd);
	}
}

static void its_program_drops(void **state)
{
	(void)state;
	behind_a_queue(true, "nfqnl_reinject");
}

static void there_is_no_program(void **state)
{
	(void)state;
	behind_a_queue(false, "nf_queue");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_program_drops),
		cmocka_unit_test(there_is_no_program),
	};
	int failed = 1;

	if (drops_open(&d) || loader_watch_drops(d.datapath.loader))
		printf("not ok 1 - there is a gateway, and programs watch it: %s\n",
		       strerror(errno));
	else
		failed = cmocka_run_group_tests(tests, NULL, NULL);
	drops_close(&d);
	return failed != 0;
}
