# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The scenarios with a real SFU, Debian's janus: alice and carol publish and subscribe there."""

import check_sfu
import steps_sfu as steps
from expect import DIRECT, LOST, Rule, failed, succeeded
from lab import janus, nat
from lab.clients.sfu import ECHO, ROOM, Sfu
from lab.topology import Net
from scenario import Scenario

SETTLE = 20


def sfu(name, about, use, expect, server=janus.beyond(), **options):
    """expect: a function that takes the number of sessions."""
    return Scenario(
        f"sfu-{name}",
        about,
        expect(use.sessions),
        net=Net(sfu=True),
        sfu=use,
        judge=check_sfu,
        before=server,
        tools=("chromium", "janus"),
        **{"steps": steps.call, "post_check": check_sfu.undisturbed, **options},
    )


def works(transport="udp", **more):
    return lambda sessions: succeeded(DIRECT, transport, sessions=sessions, **more)


SIMULCAST = Sfu(simulcast=True)
MULTISTREAM = Sfu(multistream=True)
ECHOTEST = Sfu(alice=(ECHO, ECHO), carol=(ECHO,))
# Sessions that only send media, that only get some, and one that does both.
EACH = Sfu(alice=(ROOM, ROOM), carol=(ECHO,), multistream=True)

SCENARIOS = [
    sfu("echotest", "three clients get back what they send", ECHOTEST, works()),
    sfu(
        "videoroom-simulcast",
        "three publishers in three layers, a connection for each subscription",
        SIMULCAST,
        works(),
    ),
    sfu(
        "videoroom-multistream",
        "three publishers, all subscriptions of one in one connection",
        MULTISTREAM,
        works(),
    ),
    sfu(
        "ice-lite",
        "the SFU only answers checks",
        MULTISTREAM,
        works(),
        janus.beyond(ice_lite=True),
    ),
    sfu(
        "ice-tcp",
        "gateway A drops all UDP but DNS, the SFU takes TCP",
        MULTISTREAM,
        works("tcp", degraded="rule", rule=Rule("no UDP but DNS")),
        janus.beyond(ice_lite=True, ice_tcp=True),
        forward=(nat.DROP_UDP_BUT_DNS,),
        post_check=None,
    ),
    sfu(
        "killed",
        "kill -9 of the SFU in mid-call",
        Sfu(),
        lambda sessions: failed(LOST, "peer-gone", sessions=sessions, settle=SETTLE),
        steps=steps.killed,
        post_check=None,
    ),
] + [
    sfu(
        f"rtp-cut-{direction}",
        f"gateway A drops {what} in mid-call, and later does so no more",
        EACH,
        works(),
        steps=steps.cut(direction),
        post_check=None,
    )
    for direction, what in (("out", "RTP to the SFU"), ("in", "RTP from the SFU"))
]
