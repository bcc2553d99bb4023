/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What each cause means, in plain words, and what somebody can do about it. */
#include <stddef.h>
#include <string.h>

#include "cli/show.h"
#include "engine/names.h"

static const struct advice causes[CAUSE_COUNT] = {
	[CAUSE_RULE] = {"A firewall rule of this gateway dropped packets of this session.",
			"Look at the forward rules ('nft -a list ruleset' counts hits where a rule "
			"has a counter) and let the "
			"ports or hosts in question pass."},
	[CAUSE_QUEUE] = {"A program behind NFQUEUE on this gateway (an IDS or IPS) dropped packets "
			 "of this session.",
			 "Look at that program's log and rules."},
	[CAUSE_RPFILTER] = {"Reverse path filtering of this gateway dropped packets: they came in "
			    "where no route leads back.",
			    "Check the routes, or set net.ipv4.conf.IF.rp_filter to 2 (loose) on "
			    "that interface."},
	[CAUSE_CONNTRACK] = {"Connection tracking of this gateway dropped packets.",
			     "Check whether the table is full: net.netfilter.nf_conntrack_count "
			     "against nf_conntrack_max."},
	[CAUSE_XDP] = {"Another XDP program on this gateway dropped packets of this session.",
		       "'bpftool net' lists the programs."},
	[CAUSE_TC] = {"A traffic control filter on this gateway dropped packets of this session.",
		      "'tc filter show dev IF ingress' and 'egress' list them."},
	[CAUSE_NO_ROUTE] = {"This gateway has no route to where the packets should go.",
			    "Check 'ip route' and 'ip -6 route'."},
	[CAUSE_DROP] =
		{"This gateway dropped packets of this session; the kernel does not tell more than "
		 "the evidence above.",
		 "Look at the firewall rules and at the interface's counters ('ip -s link')."},
	[CAUSE_ICMP_PROHIBITED] = {"A router or firewall beyond this gateway answered that this "
				   "traffic is prohibited.",
				   "The evidence names who said so: its administrator can allow "
				   "it. A TURN server on TCP or TLS "
				   "port 443 often passes."},
	[CAUSE_ICMP_UNREACHABLE] = {"A router or host beyond this gateway answered that the "
				    "address cannot be reached.",
				    "Check the address and the route to it."},
	[CAUSE_TCP_RESET] =
		{"Somebody between here and the peer ended the TCP connection in the peer's name.",
		 "A firewall beyond this gateway does not want it: ask its administrator, or use "
		 "TLS on port 443."},
	[CAUSE_UDP_BLOCKED] =
		{"UDP leaves this gateway and nothing ever comes back, while TCP works.",
		 "The network beyond blocks UDP: ask for it, or offer the hosts a TURN server on "
		 "TCP or TLS port 443."},
	[CAUSE_STUN_FILTERED] =
		{"STUN messages leave and are never answered, while other UDP to the same side is.",
		 "Something beyond this gateway filters STUN by its content. TURN over TLS on port "
		 "443 "
		 "passes most such "
		 "filters."},
	[CAUSE_DTLS_FILTERED] = {"The path works for STUN, but DTLS handshakes are never answered.",
				 "Something beyond this gateway filters DTLS by its content. TURN "
				 "over TLS hides it."},
	[CAUSE_MEDIA_FILTERED] =
		{"The session was set up completely, then media of one direction does not arrive.",
		 "Something on the path filters or shapes media: look for deep packet inspection "
		 "or limits on UDP."},
	[CAUSE_MTU] = {"Small packets pass and large ones do not.",
		       "Check the MTU of tunnels and PPPoE links on the path, and let ICMP 'too "
		       "big' pass."},
	[CAUSE_NO_ANSWER] = {"No connectivity check was answered and none came from the other "
			     "side: it is away, or never tried.",
			     "Nothing to repair here: check the other side and the signalling."},
	[CAUSE_NAT_INCOMPATIBLE] =
		{"Both sides tried, but their NATs give every destination another port, so no "
		 "check arrives.",
		 "Offer the hosts a TURN server, or use port-preserving NAT (without 'random')."},
	[CAUSE_TURN_AUTH] =
		{"The TURN server refused the user name or password.",
		 "Check the credentials; those with a lifetime need clocks that agree."},
	[CAUSE_TURN_QUOTA] = {"The TURN server has reached a limit on allocations.",
			      "Raise its quota or add capacity."},
	[CAUSE_TURN_REFUSED] = {"The TURN server refused the request.",
				"The evidence has the error code; the server's log tells more."},
	[CAUSE_DTLS_ALERT] = {"One side ended the DTLS handshake with an alert.",
			      "The evidence has the alert's number: mostly certificates or cipher "
			      "suites that do not fit."},
	[CAUSE_DTLS_TIMEOUT] =
		{"The path works, but the DTLS handshake did not come to its end.",
		 "Look at both applications; if several hosts are hit, something filters DTLS."},
	[CAUSE_CONSENT_LOST] =
		{"The session worked, then the other side stopped answering for 30 seconds.",
		 "The path or the other side went away: look for link failures or address changes "
		 "at that time."},
	[CAUSE_ROLE_CONFLICT] = {"Both sides insisted on the same ICE role until the end.",
				 "That is a fault of one of the applications."},
	[CAUSE_CLOSED_EARLY] = {"One side gave up before the session was set up.",
				"Mostly a user who hung up."},
};

static const struct advice verdicts[VERDICT_COUNT] = {
	[VERDICT_PENDING] = {"It is under way: its time is not over yet.",
			     "Ask again in a minute."},
	[VERDICT_SUCCEEDED] =
		{"Checks were answered both ways, the handshake is over and media or data flow.",
		 NULL},
	[VERDICT_FAILED] = {"It did not come to be, and nothing shows that somebody blocked it.",
			    NULL},
	[VERDICT_BLOCKED] = {"Something dropped its packets.", NULL},
	[VERDICT_UNKNOWN] =
		{"It was seen only in part, so nothing is claimed.",
		 "Observe from before its start, on an interface where both directions pass."},
};

const struct advice *advice_for(const char *verdict, const char *cause)
{
	int found = cause && *cause ? words_value(WORDS_CAUSES, cause) : -1;
	const struct advice *advice;

	if (found >= 0) {
		advice = &causes[found];
	} else {
		found = words_value(WORDS_VERDICTS, verdict);
		advice = found < 0 ? NULL : &verdicts[found];
	}
	return advice && advice->means ? advice : NULL;
}
