# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The NAT kinds that a gateway can be, as the nftables tables that make them.

Every kind keeps TCP working by masquerade (the clients' signalling goes over it). `{alice}` is the
inside host that the static kinds work for, `{wan}` the gateway's outside address.
"""

MASQUERADE = """
table ip nat {{
	chain postrouting {{
		type nat hook postrouting priority srcnat
		oifname "wan0" masquerade
	}}
}}
"""

# A new random port for each destination: address-and-port-dependent mapping.
RANDOM = MASQUERADE.replace("masquerade", "masquerade random,fully-random")

# All UDP that comes to the outside address goes to alice: endpoint-independent filtering.
FULL_CONE = """
table ip nat {{
	chain prerouting {{
		type nat hook prerouting priority dstnat
		iifname "wan0" ip daddr {wan} meta l4proto udp dnat to {alice}
	}}
	chain postrouting {{
		type nat hook postrouting priority srcnat
		oifname "wan0" masquerade
	}}
}}
"""

# The same, and a packet from inside to the outside address turns around, with an outside address as
# its source too.
ONE_TO_ONE_HAIRPIN = """
table ip nat {{
	chain prerouting {{
		type nat hook prerouting priority dstnat
		ip daddr {wan} meta l4proto udp dnat to {alice}
	}}
	chain postrouting {{
		type nat hook postrouting priority srcnat
		oifname "wan0" masquerade
		iifname "lan0" oifname "lan0" ct status dnat snat to {wan}
	}}
}}
"""

# What went out to somebody is remembered, with the port it has outside; from there, and only from
# there, it may come in. Masquerade keeps the inside port where it can, so the port before the
# translation is the one after it.
RESTRICTED = """
table ip nat {{
	map holes {{
		type {key_type} : ipv4_addr
		flags dynamic, timeout
		timeout 5m
		size 65535
	}}
	chain remember {{
		type filter hook postrouting priority srcnat - 1
		iifname "lan0" oifname "wan0" meta l4proto udp \\
			update @holes {{ {key_out} : ip saddr }}
	}}
	chain prerouting {{
		type nat hook prerouting priority dstnat
		iifname "wan0" meta l4proto udp dnat to {key_in} map @holes
	}}
	chain postrouting {{
		type nat hook postrouting priority srcnat
		oifname "wan0" masquerade
	}}
}}
"""
ADDRESS_RESTRICTED = {
    "key_type": "ipv4_addr . inet_service",
    "key_out": "ip daddr . udp sport",
    "key_in": "ip saddr . udp dport",
}
PORT_RESTRICTED = {
    "key_type": "ipv4_addr . inet_service . inet_service",
    "key_out": "ip daddr . udp dport . udp sport",
    "key_in": "ip saddr . udp sport . udp dport",
}

# No conntrack entry at all for alice's UDP: addresses are replaced packet by packet, ports stay.
STATELESS = (
    MASQUERADE
    + """
table ip stateless {{
	chain prerouting {{
		type filter hook prerouting priority raw
		iifname "lan0" ip saddr {alice} ip daddr != 192.168.0.0/16 meta l4proto udp notrack
		iifname "wan0" ip daddr {wan} meta l4proto udp notrack ip daddr set {alice}
	}}
	chain postrouting {{
		type filter hook postrouting priority srcnat
		oifname "wan0" ip saddr {alice} meta l4proto udp ip saddr set {wan}
	}}
}}
"""
)

FORWARDED_PORTS = (7000, 7010)
FORWARD = (
    """
table ip nat {{
	chain prerouting {{
		type nat hook prerouting priority dstnat
		iifname "wan0" ip daddr {wan} udp dport %d-%d dnat to {alice}
	}}
	chain postrouting {{
		type nat hook postrouting priority srcnat
		oifname "wan0" masquerade
	}}
}}
"""
    % FORWARDED_PORTS
)

NAT66 = MASQUERADE + MASQUERADE.replace("table ip nat", "table ip6 nat")

# One prefix for another, the rest of the address stays (RFC 6296 without its checksum neutrality).
NPT = (
    MASQUERADE
    + """
table ip6 nat {{
	chain prerouting {{
		type nat hook prerouting priority dstnat
		iifname "wan0" dnat ip6 prefix to ip6 daddr map {{ {outside6} : {lan6} }}
	}}
	chain postrouting {{
		type nat hook postrouting priority srcnat
		oifname "wan0" snat ip6 prefix to ip6 saddr map {{ {lan6} : {outside6} }}
	}}
}}
"""
)

# Only the LAN's own addresses: what comes out of NAT64, or from somewhere else, is left as it is.
LAN_ONLY = MASQUERADE.replace('oifname "wan0"', 'oifname "wan0" ip saddr 192.168.0.0/16')

# By both uplinks.
TWO_UPLINKS = MASQUERADE.replace('oifname "wan0"', 'oifname {{ "wan0", "wan1" }}')

# UDP leaves with its inside source: somebody forgot a rule.
UNTRANSLATED = MASQUERADE.replace("masquerade", "meta l4proto tcp masquerade")

KINDS = {
    "portpres": MASQUERADE,
    "random": RANDOM,
    "fullcone": FULL_CONE,
    "addr-restricted": RESTRICTED,
    "port-restricted": RESTRICTED,
    "one-to-one-hairpin": ONE_TO_ONE_HAIRPIN,
    "stateless": STATELESS,
    "forward": FORWARD,
    "nat66": NAT66,
    "npt": NPT,
    "lan-only": LAN_ONLY,
    "two-uplinks": TWO_UPLINKS,
    "untranslated": UNTRANSLATED,
}
KEYS = {"addr-restricted": ADDRESS_RESTRICTED, "port-restricted": PORT_RESTRICTED}


def tables(kind, **addresses):
    return KINDS[kind].format(**addresses, **KEYS.get(kind, {}))
