# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the gateways and the internet router do with packets, as nftables rulesets. The NAT kinds
are in natkinds.py."""

from . import natkinds

DROP_UDP_BUT_DNS = (
    'iifname "lan0" meta l4proto udp udp dport != 53 counter drop comment "no UDP but DNS"'
)
# 0x16fe: a DTLS handshake record (type 22, version 254.x) in the first bytes of the UDP payload.
DROP_DTLS = 'meta l4proto udp @th,64,16 0x16fe counter drop comment "no DTLS"'

# SRTP, but not SRTCP: the first byte is that of RTP and RTCP, the second is no type of RTCP (RFC
# 5761 section 4).
RTP = "meta l4proto udp @th,64,8 & 0xc0 == 0x80 @th,72,8 != 192-223"

GATEWAY = """
flush ruleset
{nat}
table inet filter {{
	chain input {{
		type filter hook input priority filter
		# An early check from outside, if accepted here, would make a conntrack entry and
		# move the mapping.
		iifname {{ "wan0", "wan1" }} ct state != {{ established, related }} \\
			meta l4proto != ipv6-icmp drop
	}}
	chain forward {{
		type filter hook forward priority filter
		{forward}
	}}
	chain output {{
		type filter hook output priority filter
		{output}
	}}
}}
"""

ROUTER = """
flush ruleset
table inet filter {{
	chain forward {{
		type filter hook forward priority filter
		{forward}
	}}
}}
"""

ISOLATION = """
table bridge isolation {{
	chain forward {{
		type filter hook forward priority filter
		iifname "{one}" oifname "{other}" ether type ip meta l4proto udp drop
		iifname "{other}" oifname "{one}" ether type ip meta l4proto udp drop
	}}
}}
"""


def gateway(ns, kind, addresses, forward=(), output=(), tables=""):
    """Addresses are those that the kind's tables name: alice, wan, …"""
    load(
        ns,
        GATEWAY.format(
            nat=natkinds.tables(kind, **addresses), forward=lines(forward), output=lines(output)
        )
        + tables,
    )


def router(ns, forward=()):
    load(ns, ROUTER.format(forward=lines(forward)))


def isolate(switch, one, other):
    """The switch carries nothing but ARP and TCP between two of its ports, as a wireless access
    point may."""
    load(switch, ISOLATION.format(one=one, other=other))


def lines(rules):
    return "\n\t\t".join(rules)


def load(ns, ruleset):
    ns.run("nft", "-f", "-", stdin=ruleset)


def rules(ns):
    """The drop rules with their handles, for the truth file."""
    return [
        line.strip()
        for line in ns.run("nft", "-a", "list", "ruleset").splitlines()
        if " drop" in line
    ]
