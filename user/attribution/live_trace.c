/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribution/live_trace.h"
#include "shadow/ruleset.h"
#include "shadow/trace_socket.h"
#include "util/address.h"
#include "util/netlink.h"
#include "util/time.h"
#include "p2pscope/ip.h"

#define TABLE "p2pscope_live"
#define FLOW_CHAIN "flow"
#define TRACE_NS (5 * NS_PER_S)
#define WAIT_MS 500 /* interval of looking whether a trace is over */

#define IN_VAIN "; traced in vain"

/* Traced packets of a flow in a second; media has more. */
#define AT_MOST "limit rate 100/second burst 100 packets"

/* Each flow has a chain, whose name is in the first message about a packet. */
static void print_table(FILE *out)
{
	static const char *const hooks[] = {"prerouting", "output"};

	fprintf(out, "table inet " TABLE " {\n flags owner\n");
	for (int i = 0; i < TRACED_FLOWS; i++)
		fprintf(out, " chain " FLOW_CHAIN "%d { }\n", i);
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		fprintf(out,
			" chain %s { type filter hook %s priority -2000000000; policy accept;\n",
			hooks[i], hooks[i]);
		for (int j = 0; j < TRACED_FLOWS; j++)
			fprintf(out, "  jump " FLOW_CHAIN "%d\n", j);
		fprintf(out, " }\n");
	}
	fprintf(out, "}\n");
}

static void print_rule(FILE *out, const struct live_trace *live, const struct traced_flow *flow,
		       const struct conntrack *packet)
{
	const char *ip = addr_is_v4(&packet->orig_src.ip) ? "ip" : "ip6";
	const char *proto = packet->proto == PROTO_TCP ? "tcp" : "udp";
	char src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT];

	fprintf(out,
		"add rule inet " TABLE " " FLOW_CHAIN
		"%d %s saddr %s %s daddr %s %s sport %u %s dport %u " AT_MOST
		" meta nftrace set 1\n",
		(int)(flow - live->flows), ip, addr_text(&packet->orig_src.ip, src), ip,
		addr_text(&packet->orig_dst.ip, dst), proto, packet->orig_src.port, proto,
		packet->orig_dst.port);
}

static bool run_commands(struct live_trace *live, const char *commands)
{
	bool done = !nft_run_cmd_from_buffer(live->nft, commands);

	if (done)
		ruleset_count_own_change();
	return done;
}

static void close_all(struct live_trace *live)
{
	if (live->nft)
		nft_ctx_free(live->nft);
	netlink_close(live->messages);
	*live = (struct live_trace){0};
}

static bool open_all(struct live_trace *live)
{
	live->nft = nft_ctx_new(NFT_CTX_DEFAULT);
	return live->nft && !nft_ctx_buffer_output(live->nft) && !nft_ctx_buffer_error(live->nft) &&
	       !trace_open(&live->messages);
}

static bool trace_flow(struct live_trace *live, const struct traced_flow *flow,
		       const struct conntrack *packet, bool first)
{
	char *commands = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&commands, &size);
	bool done;

	if (!out)
		return false;
	if (first)
		print_table(out);
	print_rule(out, live, flow, packet);
	fclose(out);
	done = run_commands(live, commands);
	free(commands);
	return done;
}

static bool is_idle(const struct live_trace *live)
{
	for (size_t i = 0; i < TRACED_FLOWS; i++)
		if (live->flows[i].unfound.serial)
			return false;
	return true;
}

/*
 * The table goes with the last flow. It would go with its socket as well, but then not counted as
 * our own change.
 */
static void stop_flow(struct live_trace *live, struct traced_flow *flow)
{
	char command[64];

	*flow = (struct traced_flow){0};
	snprintf(command, sizeof(command), "flush chain inet " TABLE " " FLOW_CHAIN "%d\n",
		 (int)(flow - live->flows));
	if (!is_idle(live)) {
		run_commands(live, command);
		return;
	}
	run_commands(live, "delete table inet " TABLE "\n");
	close_all(live);
}

/* Begins the trace of a flow's next packet, unless one was dropped already. */
static void begin_packet(struct live_trace *live, const char *chain, u32 id)
{
	u32 index;

	if (sscanf(chain, FLOW_CHAIN "%u", &index) == 1 && index < TRACED_FLOWS &&
	    live->flows[index].trace.fate != FATE_DROPPED)
		live->flows[index].trace = (struct trace){.id = id, .fate = FATE_PASSED};
}

/*
 * The first message about a packet is of its flow's chain. A queue is no end, for the packet may
 * come back from there.
 */
static void take_message(void *arg, const struct nftnl_trace *message)
{
	struct live_trace *live = arg;
	const char *table = nftnl_trace_get_str(message, NFTNL_TRACE_TABLE);
	const char *chain = nftnl_trace_get_str(message, NFTNL_TRACE_CHAIN);
	u32 id = nftnl_trace_get_u32(message, NFTNL_TRACE_ID);

	if (table && chain && !strcmp(table, TABLE)) {
		begin_packet(live, chain, id);
		return;
	}
	for (size_t i = 0; i < TRACED_FLOWS; i++) {
		struct trace *trace = &live->flows[i].trace;

		if (trace->id == id)
			trace_take(trace, message);
		if (trace->fate == FATE_QUEUED)
			trace->fate = FATE_PASSED;
	}
}

static void read_messages(struct live_trace *live)
{
	/* of what was lost another packet will be traced */
	while (trace_receive(live->messages, take_message, live) == -ENOBUFS)
		;
}

bool live_trace_start(struct live_trace *live, const struct helper_answer *unfound,
		      const struct conntrack *packet)
{
	bool first = is_idle(live);
	struct traced_flow *flow = live->flows;

	while (flow < live->flows + TRACED_FLOWS && flow->unfound.serial)
		flow++;
	if (flow == live->flows + TRACED_FLOWS)
		return false;
	if (!first)
		read_messages(live); /* messages about the flow that used the chain before */
	if ((first && !open_all(live)) || !trace_flow(live, flow, packet, first)) {
		if (first)
			close_all(live);
		return false;
	}
	*flow = (struct traced_flow){.unfound = *unfound,
				     .until_ns = time_monotonic_ns() + TRACE_NS};
	return true;
}

bool live_trace_next(struct live_trace *live, struct helper_answer *answer)
{
	if (!is_idle(live))
		read_messages(live);
	for (size_t i = 0; i < TRACED_FLOWS; i++) {
		struct traced_flow *flow = &live->flows[i];
		bool found = flow->trace.fate == FATE_DROPPED;

		if (!flow->unfound.serial || (!found && time_monotonic_ns() < flow->until_ns))
			continue;
		*answer = flow->unfound;
		if (found) {
			answer->found = 1;
			answer->rule = flow->trace.rule;
			answer->queue = NOT_QUEUED;
		} else {
			strncat(answer->why_not, IN_VAIN,
				sizeof(answer->why_not) - strlen(answer->why_not) - 1);
		}
		stop_flow(live, flow);
		return true;
	}
	return false;
}

int live_trace_fd(const struct live_trace *live)
{
	return live->messages ? mnl_socket_get_fd(live->messages) : -1;
}

int live_trace_wait_ms(const struct live_trace *live)
{
	return is_idle(live) ? -1 : WAIT_MS;
}
