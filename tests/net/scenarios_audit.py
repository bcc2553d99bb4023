# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The scenarios on the audit: rulesets as they are in the world, audited, and then real clients try
what they allow."""

import os

import steps_audit as steps
from expect import NO_CLIENTS, Expect
from scenario import Scenario

RULESETS = os.path.normpath(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rulesets")
)
WAYS = ("direct", "relay_udp", "relay_tcp", "relay_tls")


def audit(name, works, stack="pion", kind="nft"):
    """`works`: the ways for media that this ruleset leaves; `stack`: whose datagrams are tried."""
    path = os.path.join(RULESETS, f"{name}.{kind}")
    with open(path, encoding="utf-8") as f:
        about = f.read().splitlines()[1].lstrip("# ")
    return Scenario(
        f"audit-{name}",
        about,
        Expect(NO_CLIENTS, sessions=0),
        steps=steps.audit_and_try(path, set(works), stack),
        coturn={"tls": True},
        observed=None,
        needs_observer=True,
        tools=("turnutils_uclient", "openssl", "iptables-nft-restore"),
    )


SCENARIOS = [
    audit("correct", WAYS, stack="chromium"),
    audit("home-router", WAYS),
    audit("openwrt", WAYS),
    audit("firewalld", ()),
    audit("ufw", (), kind="iptables"),
    audit("corporate-web", ("relay_tls",)),
    audit("small-datagrams", ("relay_tcp", "relay_tls"), stack="chromium"),
    audit("no-dtls", ("relay_udp", "relay_tcp", "relay_tls")),
    audit("relay-only", ("relay_udp",)),
    audit("stateless", ("relay_udp", "relay_tcp", "relay_tls")),
    audit("no-high-ports", ("relay_udp", "relay_tcp", "relay_tls"), kind="iptables"),
    audit("voip-shaper", ("relay_udp", "relay_tcp", "relay_tls")),
]
