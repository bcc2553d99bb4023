# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a scenario's rules say must come out: of the clients themselves, and of p2pscope."""

from dataclasses import asdict, dataclass

# What the clients themselves must come to.
DIRECT = "direct"  # connected, neither end through a relay
RELAYED = "relayed"  # connected, at least one end through a relay
NO_ICE = "no-ice"  # ICE never connected
NO_DTLS = "no-dtls"  # ICE connected, the session never
LOST = "lost"  # connected, and lost in mid-session
NO_CLIENTS = "none"  # no WebRTC client at all


@dataclass(frozen=True)
class Rule:
    """The rule of gateway A that p2pscope must name."""

    comment: str  # by which it is found in the ruleset; or ruleset.POLICY
    may_be_unknown: bool = False  # the shadow ruleset cannot always judge as the running one did


@dataclass(frozen=True)
class Expect:
    clients: str
    verdict: str = None
    where: str = None
    cause: str = None
    stages: tuple = ()
    relayed: bool = None
    transport: str = None
    family: str = "ipv4"
    degraded: str = None  # the cause, or None
    rule: Rule = None  # of the verdict, or of what it is degraded by
    says: tuple = ()  # what must be read in the evidence
    deaf: tuple = ()  # connected clients to whom no media comes
    sessions: int = 1
    connected_within: float = None  # seconds between times.connected and the client's own moment
    share_seen: float = (
        1  # of the media packets that a client counts: where some are lost on the way to p2pscope
    )
    settle: float = 10  # seconds p2pscope has after the clients' end

    def as_dict(self):
        return asdict(self)


def succeeded(clients, transport="udp", **more):
    return Expect(
        clients,
        "succeeded",
        stages=("media", "ended"),
        relayed=clients == RELAYED,
        transport=transport,
        **more
    )


def blocked_here(clients, rule=None, cause="rule", **more):
    return Expect(
        clients,
        "blocked",
        "here",
        cause,
        rule=Rule(rule) if isinstance(rule, str) else rule,
        **more
    )


def blocked_upstream(clients, cause, **more):
    return Expect(clients, "blocked", "upstream", cause, **more)


def failed(clients, cause, **more):
    return Expect(clients, "failed", None, cause, **more)


# NAT behaviour, in RFC 4787's words.
EI, AD, APD = "endpoint-independent", "address-dependent", "address-and-port-dependent"


@dataclass(frozen=True)
class Nat:
    """What the way from alice to the internet is by the textbook, and what p2pscope must have found
    out at least."""

    mapping: str
    filtering: str
    hairpinning: str = "no"
    upstream: str = "none"
    must: tuple = ()  # of mapping, filtering, hairpinning: not undetermined
