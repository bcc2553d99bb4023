# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Who is connected to whom.

  alice 192.168.0.2 -+
                     +- switch - lan0 gateway A wan0 -+            +- wan0 gateway B lan0 - bob
  carol 192.168.0.4 -+      192.168.0.1   5.0.0.1     +- internet -+  5.0.0.2 192.168.0.1
                                                      |  (router)  +- servers 5.0.0.10, 5.0.0.11
                                                      +------------+- signalling 5.0.0.20
                                                                   +- sfu 5.0.0.30

Both LANs use the same private range on purpose. Every link beyond the gateways is a routed
point-to-point link, so that the internet router forwards each packet and can filter it. IPv6 is
routed, without NAT: 2001:db8:a::/64 is LAN A, 2001:db8:b::/64 LAN B, 2001:db8:ff::/64 the addresses
beyond the gateways.

Net says what is different: whether the SFU's host is there; a second uplink of gateway A, wan1
5.0.0.3; a second NAT (`isp`) between gateway A and the internet router; or a machine (`tap`) around
gateway A that bridges the frames of its LAN side and, apart from them, those of its WAN side:

    switch - lan0 tap lan1 - lan0 gateway A wan0 - wan1 tap wan0 - internet
"""

from dataclasses import dataclass
import os

from .netns import Netns

ALICE, CAROL, BOB = "192.168.0.2", "192.168.0.4", "192.168.0.3"
LAN_GATEWAY = "192.168.0.1"
WAN_A, WAN_B = "5.0.0.1", "5.0.0.2"
WAN_A2 = "5.0.0.3"  # gateway A's address on its second uplink, or the one that it gets later
SERVER, SERVER2, SIGNALLING = "5.0.0.10", "5.0.0.11", "5.0.0.20"
SFU = "5.0.0.30"
ROUTER, ROUTER2 = "5.0.0.254", "5.0.0.253"

ALICE6, CAROL6, BOB6 = "2001:db8:a::2", "2001:db8:a::4", "2001:db8:b::3"
LAN_A6, LAN_B6 = "2001:db8:a::1", "2001:db8:b::1"
WAN_A6, WAN_B6, ROUTER6 = "2001:db8:ff::1", "2001:db8:ff::2", "2001:db8:ff::fe"

NAMES = ("alice", "carol", "switch", "gwa", "inet", "gwb", "bob", "servers", "signalling")
LAN_A6_PREFIX, OUTSIDE6_PREFIX = "2001:db8:a::/64", "2001:db8:aa::/64"
NAT64_POOL = "5.0.0.64/28"

# Gateway A's outside address and its next router's, behind another NAT.
BEHIND = {"double": ("10.0.0.2", "10.0.0.1"), "cgn": ("100.64.0.2", "100.64.0.1")}


@dataclass(frozen=True)
class Net:
    """What one lab's network is like."""

    ipv6: bool = False
    upstream: str = None  # None, or a key of BEHIND: gateway A is behind another NAT
    bridge: bool = False  # gateway A's links go through the bridges of `tap`
    alice: str = ALICE
    lan_gateway: str = LAN_GATEWAY  # gateway A's own address inside
    # what the internet router sends to gateway A; None when its LAN is not known outside
    lan_a6: str = LAN_A6_PREFIX
    pool: str = None  # more outside addresses of gateway A
    sfu: bool = False  # with a host for an SFU
    uplink2: bool = False  # gateway A has a second uplink, which nothing uses at first
    moves: bool = False  # gateway A's outside address is another one later

    @property
    def wan_a(self):
        return BEHIND[self.upstream][0] if self.upstream else WAN_A

    def addresses(self, gateway):
        """What the NAT kinds' tables name."""
        alice, wan = {
            "gwa": (self.alice, self.wan_a),
            "gwb": (BOB, WAN_B),
            "isp": (self.wan_a, WAN_A),
        }[gateway]
        return {"alice": alice, "wan": wan, "lan6": LAN_A6_PREFIX, "outside6": OUTSIDE6_PREFIX}


class Topology:
    def __init__(self, prefix, net=Net()):
        self.net, self.ipv6 = net, net.ipv6
        self.prefix = prefix
        self.ns = {}

    def names(self):
        more = {"isp": self.net.upstream, "tap": self.net.bridge, "sfu": self.net.sfu}
        return NAMES + tuple(name for name, there in more.items() if there)

    def up(self):
        for name in self.names():
            self.ns[name] = Netns(self.prefix, name)
        for ns in self.ns.values():
            ns.sysctl(
                ipv6__conf__all__disable_ipv6=0 if self.ipv6 else 1,
                ipv6__conf__default__accept_dad=0,
                ipv4__conf__all__rp_filter=0,
                ipv4__conf__default__rp_filter=0,
            )
        for router in {"gwa", "gwb", "inet", "isp"} & set(self.ns):
            self.ns[router].sysctl(ipv4__ip_forward=1)
            if self.ipv6:
                self.ns[router].sysctl(ipv6__conf__all__forwarding=1)
        self.switch_up()
        self.host_up("alice", self.net.alice, ALICE6)
        self.host_up("carol", CAROL, CAROL6)
        self.plug_lan_a()
        self.lan_b_up()
        self.wan_a_up()
        for name, side, addresses in (
            ("gwb", "wan0", (WAN_B,)),
            ("servers", "eth0", (SERVER, SERVER2)),
            ("signalling", "eth0", (SIGNALLING,)),
            ("sfu", "eth0", (SFU,)),
        ):
            if name in self.ns:
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

    def veth_through_tap(self, ns1, if1, side, ns2, if2):
        """The same with a bridge in between; SIDE0 is its port toward the second, SIDE1 toward the
        first."""
        tap, bridge = self.ns["tap"], "br-" + side
        without_ip_filter(tap)
        tap.ip("link", "add", bridge, "type", "bridge", "stp_state", "0", "forward_delay", "0")
        tap.ip("link", "set", bridge, "up")
        self.veth(ns1, if1, "tap", side + "1")
        self.veth("tap", side + "0", ns2, if2)
        for port in (side + "0", side + "1"):
            tap.ip("link", "set", port, "master", bridge)

    def veth_of_a(self, side, ns2, if2):
        dev = side + "0"
        (
            self.veth_through_tap("gwa", dev, side, ns2, if2)
            if self.net.bridge
            else self.veth("gwa", dev, ns2, if2)
        )

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
        without_ip_filter(switch)

    def host_up(self, name, ipv4, ipv6):
        self.veth(name, "eth0", "switch", name)
        self.ns["switch"].ip("link", "set", name, "master", "br0")
        self.address(name, "eth0", ipv4 + "/24", ipv6 + "/64")
        self.default_route(name, self.net.lan_gateway, LAN_A6)

    def plug_lan_a(self):
        """Gateway A's lan0, plugged into the switch; also after it was pulled out."""
        self.veth_of_a("lan", "switch", "gwa")
        self.ns["switch"].ip("link", "set", "gwa", "master", "br0")
        self.address("gwa", "lan0", self.net.lan_gateway + "/24", LAN_A6 + "/64")

    def unplug_lan_a(self):
        self.ns["gwa"].ip("link", "del", "lan0")

    def lan_b_up(self):
        self.veth("gwb", "lan0", "bob", "eth0")
        self.address("gwb", "lan0", LAN_GATEWAY + "/24", LAN_B6 + "/64")
        self.address("bob", "eth0", BOB + "/24", BOB6 + "/64")
        self.default_route("bob", LAN_GATEWAY, LAN_B6)

    def wan_a_up(self):
        """Gateway A's wan0: at the internet router, or behind the provider's NAT."""
        if self.net.upstream:
            outside, router = BEHIND[self.net.upstream]
            self.veth("gwa", "wan0", "isp", "lan0")
            self.point_to_point("gwa", "wan0", (outside,), "isp", "lan0", router)
            self.veth("isp", "wan0", "inet", "gwa")
            self.point_to_point("isp", "wan0", (WAN_A,), "inet", "gwa", ROUTER)
        else:
            self.veth_of_a("wan", "inet", "gwa")
            self.point_to_point("gwa", "wan0", (WAN_A,), "inet", "gwa", ROUTER)
        if self.net.uplink2:
            self.uplink2_up()
        if self.net.pool:
            self.ns["inet"].ip("route", "add", self.net.pool, "via", WAN_A, "dev", "gwa", "onlink")

    def uplink2_up(self):
        self.veth("gwa", "wan1", "inet", "gwa2")
        self.ns["inet"].ip("addr", "add", ROUTER2 + "/32", "dev", "gwa2")
        self.ns["inet"].ip("route", "add", WAN_A2, "dev", "gwa2")
        self.ns["gwa"].ip("addr", "add", WAN_A2 + "/32", "dev", "wan1")
        link = (ROUTER2, "dev", "wan1", "scope", "link", "src", WAN_A2)
        self.ns["gwa"].ip("route", "add", *link)

    def use_uplink2(self):
        """Gateway A sends by its second uplink from now on."""
        default = ("default", "via", ROUTER2, "dev", "wan1", "src", WAN_A2)
        self.ns["gwa"].ip("route", "replace", *default)

    def move_wan_a(self):
        """Gateway A has another address on wan0 from now on."""
        gwa, inet = self.ns["gwa"], self.ns["inet"]
        gwa.ip("addr", "add", WAN_A2 + "/32", "dev", "wan0")
        inet.ip("route", "add", WAN_A2, "dev", "gwa")
        link = (ROUTER, "dev", "wan0", "scope", "link", "src", WAN_A2)
        gwa.ip("route", "replace", *link)
        gwa.ip("route", "replace", "default", "via", ROUTER, "dev", "wan0", "src", WAN_A2)
        gwa.ip("addr", "del", WAN_A + "/32", "dev", "wan0")
        inet.ip("route", "del", WAN_A, "dev", "gwa")

    def wan_link(self, name, dev, addresses):
        self.veth(name, dev, "inet", name)
        self.point_to_point(name, dev, addresses, "inet", name, ROUTER)

    def point_to_point(self, name, dev, addresses, router, router_dev, router_address):
        ns, beyond = self.ns[name], self.ns[router]
        beyond.ip("addr", "add", router_address + "/32", "dev", router_dev)
        self.address(name, dev, *(a + "/32" for a in addresses))
        ns.ip("route", "add", router_address, "dev", dev, "scope", "link", "src", addresses[0])
        ns.ip("route", "add", "default", "via", router_address, "dev", dev, "src", addresses[0])
        for address in addresses:
            beyond.ip("route", "add", address, "dev", router_dev)

    def route6(self):
        for name, wan, lan in (
            ("gwa", WAN_A6, self.net.lan_a6),
            ("gwb", WAN_B6, "2001:db8:b::/64"),
        ):
            self.address(name, "wan0", wan + "/128")
            self.address("inet", name, ROUTER6 + "/128")
            self.ns[name].ip("-6", "route", "add", ROUTER6, "dev", "wan0")
            self.ns[name].ip("-6", "route", "add", "default", "via", ROUTER6, "dev", "wan0")
            self.ns["inet"].ip("-6", "route", "add", wan, "dev", name)
            if lan:
                self.ns["inet"].ip("-6", "route", "add", lan, "via", wan, "dev", name)


def without_ip_filter(switch):
    """A switch looks at no IP header."""
    if os.path.isdir("/proc/sys/net/bridge"):
        switch.sysctl(bridge__bridge_nf_call_iptables=0, bridge__bridge_nf_call_ip6tables=0)
