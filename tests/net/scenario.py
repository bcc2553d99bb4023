# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a scenario consists of, and what most of them have in common."""

from dataclasses import dataclass, field

import check
import steps
from expect import Expect
from lab import turn
from lab.clients import Call
from lab.observer import GATEWAY
from lab.topology import Net

STUN = [turn.STUN]
TURN_UDP = [turn.STUN, turn.turn_urls("udp")]
PORTPRES, RANDOM = ("portpres", "portpres"), ("random", "random")


@dataclass
class Scenario:
    name: str
    about: str
    expect: Expect
    alice: Call = None
    bob: Call = None
    nat: tuple = PORTPRES
    net: Net = Net()
    forward: tuple = ()  # gateway A's extra rules
    tables: str = ""  # gateway A's extra tables
    router: tuple = ()  # the internet router's rules
    coturn: dict = field(default_factory=dict)
    before: object = (
        None  # what is done to the lab before p2pscope and the clients start: takes the Lab
    )
    steps: object = steps.call
    post_check: object = None  # called once the sessions have been compared: takes the ScenarioRun
    judge: object = check  # compares: clients(), observer() as in check.py
    sfu: object = None  # what the participants do, a lab.clients.sfu.Sfu
    observed: tuple = GATEWAY  # where p2pscope runs; None: nowhere
    measured: object = None  # what the NAT is by the textbook: an expect.Nat
    needs_observer: bool = False  # without p2pscope there is nothing to show
    tools: tuple = ()  # that it needs besides its clients'


def both(stack, **options):
    """Alice offers, bob answers: bob is the DTLS client."""
    call = Call(stack, **options)
    return {"alice": call, "bob": call.but(role="answerer")}


def both_bob_offers(stack, **options):
    """Bob offers, alice answers: alice is the DTLS client."""
    call = Call(stack, **options)
    return {"alice": call.but(role="answerer"), "bob": call}
