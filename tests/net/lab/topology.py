# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Who is connected to whom.

    alice 192.168.0.2 -+
                       +- switch - lan0 gateway A wan0 -+             +- wan0 gateway B lan0 - bob 192.168.0.3
    carol 192.168.0.4 -+      192.168.0.1   5.0.0.1     +- internet --+      5.0.0.2  192.168.0.1
                                                        |  (router)   +- servers 5.0.0.10, 5.0.0.11
                                                        +-------------+- signalling 5.0.0.20

Both LANs use the same private range on purpose. Every link beyond the gateways is a routed point-to-point link, so
that the internet router forwards each packet and can filter it. IPv6 is routed, without NAT: 2001:db8:a::/64 is
LAN A, 2001:db8:b::/64 LAN B, 2001:db8:ff::/64 the addresses beyond the gateways.
"""

import os

from .netns import Netns

ALICE, CAROL, BOB = "192.168.0.2", "192.168.0.4", "192.168.0.3"
LAN_GATEWAY = "192.168.0.1"
WAN_A, WAN_B = "5.0.0.1", "5.0.0.2"
SERVER, SERVER2, SIGNALLING = "5.0.0.10", "5.0.0.11", "5.0.0.20"
ROUTER = "5.0.0.254"

ALICE6, CAROL6, BOB6 = "2001:db8:a::2", "2001:db8:a::4", "2001:db8:b::3"
LAN_A6, LAN_B6 = "2001:db8:a::1", "2001:db8:b::1"
WAN_A6, WAN_B6, ROUTER6 = "2001:db8:ff::1", "2001:db8:ff::2", "2001:db8:ff::fe"

NAMES = ("alice", "carol", "switch", "gwa", "inet", "gwb", "bob", "servers", "signalling")


class Topology:
    def __init__(self, prefix, ipv6=False):
        self.ipv6 = ipv6
        self.prefix = prefix
        self.ns = {}

    def up(self):
        for name in NAMES:
            self.ns[name] = Netns(self.prefix, name)
        for ns in self.ns.values():
            ns.sysctl(ipv6__conf__all__disable_ipv6=0 if self.ipv6 else 1, ipv6__conf__default__accept_dad=0,
                      ipv4__conf__all__rp_filter=0, ipv4__conf__default__rp_filter=0)
        for router in ("gwa", "gwb", "inet"):
            self.ns[router].sysctl(ipv4__ip_forward=1)
            if self.ipv6:
                self.ns[router].sysctl(ipv6__conf__all__forwarding=1)
        self.switch_up()
        self.host_up("alice", ALICE, ALICE6)
        self.host_up("carol", CAROL, CAROL6)
        self.plug_lan_a()
        self.lan_b_up()
        for name, side, addresses in (("gwa", "wan0", (WAN_A,)), ("gwb", "wan0", (WAN_B,)),
                                      ("servers", "eth0", (SERVER, SERVER2)), ("signalling", "eth0", (SIGNALLING,))):
            self.wan_link(name, side, addresses)
        if self.ipv6:
            self.route6()

    def down(self):
        for ns in self.ns.values():
            ns.remove()
        self.ns = {}

    def veth(self, ns1, if1, ns2, if2):
        a, b = self.ns[ns1], self.ns[ns2]
        a.ip("link", "add", if1, "type", "veth", "peer", "name", if2, "netns", b.full)
        a.ip("link", "set", if1, "up")
        b.ip("link", "set", if2, "up")

    def address(self, name, dev, *addresses):
        for address in addresses:
            if ":" not in address:
                self.ns[name].ip("addr", "add", address, "dev", dev)
            elif self.ipv6:
                self.ns[name].ip("addr", "add", address, "dev", dev, "nodad")

    def default_route(self, name, via, via6):
        self.ns[name].ip("route", "add", "default", "via", via)
        if self.ipv6:
            self.ns[name].ip("-6", "route", "add", "default", "via", via6)

    def switch_up(self):
        switch = self.ns["switch"]
        switch.ip("link", "add", "br0", "type", "bridge", "stp_state", "0", "forward_delay", "0")
        switch.ip("link", "set", "br0", "up")
        if os.path.isdir("/proc/sys/net/bridge"):
            # A switch looks at no IP header.
            switch.sysctl(bridge__bridge_nf_call_iptables=0, bridge__bridge_nf_call_ip6tables=0)

    def host_up(self, name, ipv4, ipv6):
        self.veth(name, "eth0", "switch", name)
        self.ns["switch"].ip("link", "set", name, "master", "br0")
        self.address(name, "eth0", ipv4 + "/24", ipv6 + "/64")
        self.default_route(name, LAN_GATEWAY, LAN_A6)

    def plug_lan_a(self):
        """Gateway A's lan0, plugged into the switch; also after it was pulled out."""
        self.veth("gwa", "lan0", "switch", "gwa")
        self.ns["switch"].ip("link", "set", "gwa", "master", "br0")
        self.address("gwa", "lan0", LAN_GATEWAY + "/24", LAN_A6 + "/64")

    def unplug_lan_a(self):
        self.ns["gwa"].ip("link", "del", "lan0")

    def lan_b_up(self):
        self.veth("gwb", "lan0", "bob", "eth0")
        self.address("gwb", "lan0", LAN_GATEWAY + "/24", LAN_B6 + "/64")
        self.address("bob", "eth0", BOB + "/24", BOB6 + "/64")
        self.default_route("bob", LAN_GATEWAY, LAN_B6)

    def wan_link(self, name, dev, addresses):
        inet, ns = self.ns["inet"], self.ns[name]
        self.veth(name, dev, "inet", name)
        inet.ip("addr", "add", ROUTER + "/32", "dev", name)
        self.address(name, dev, *(a + "/32" for a in addresses))
        ns.ip("route", "add", ROUTER, "dev", dev, "scope", "link", "src", addresses[0])
        ns.ip("route", "add", "default", "via", ROUTER, "dev", dev, "src", addresses[0])
        for address in addresses:
            inet.ip("route", "add", address, "dev", name)

    def route6(self):
        for name, wan, lan in (("gwa", WAN_A6, "2001:db8:a::/64"), ("gwb", WAN_B6, "2001:db8:b::/64")):
            self.address(name, "wan0", wan + "/128")
            self.address("inet", name, ROUTER6 + "/128")
            self.ns[name].ip("-6", "route", "add", ROUTER6, "dev", "wan0")
            self.ns[name].ip("-6", "route", "add", "default", "via", ROUTER6, "dev", "wan0")
            self.ns["inet"].ip("-6", "route", "add", wan, "dev", name)
            self.ns["inet"].ip("-6", "route", "add", lan, "via", wan, "dev", name)
