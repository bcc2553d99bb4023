# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Of the comparison itself, what concerns NAT; test_check.py runs these, too."""

import copy
import unittest

import check_nat
from expect import AD, APD, EI, Nat
from lab import conntrack, natdiscovery, stun

T = 1700000000.0
TRAIT = {"behaviour": "undetermined", "samples": 0, "contrary": 0, "excluded": []}
BOX = {
    **{name: TRAIT for name in check_nat.TRAITS},
    "binding_lifetime": {"samples": 0, "at_least": None, "at_most": None},
}
BY_THE_BOOK = Nat(EI, APD, must=("mapping",))
ACTIVE = {"nat": True, "mapping": EI, "filtering": APD, "hairpinning": "no"}
HOST = {
    "host": "192.168.0.2",
    "mappings": 3,
    "upstream_kind": "none",
    "path": {"mapping": EI, "filtering": APD},
    "meaning": "a sentence",
    "gateway": {**BOX, "mapping": dict(TRAIT, behaviour=EI, samples=9, excluded=[AD, APD])},
    "upstream": BOX,
}

WRONG_NAT = {
    "mapping of the way": lambda h: h["path"].update(mapping=APD),
    "mapping undetermined": lambda h: h["path"].update(mapping="undetermined"),
    "filtering of the way": lambda h: h["path"].update(filtering=AD),
    "hairpinning": lambda h: h["gateway"]["hairpinning"].update(behaviour="yes", samples=1),
    "upstream": lambda h: h.update(upstream_kind="double-nat"),
    "what it is among what it is not": lambda h: h["gateway"]["mapping"]["excluded"].append(EI),
    "a word of another list": lambda h: h["gateway"]["parity"].update(
        behaviour="paired", samples=1
    ),
    "a word of no list": lambda h: h["upstream"]["mapping"]["excluded"].append("symmetric"),
    "a value without a sample": lambda h: h["gateway"]["mapping"].update(samples=0),
    "more contrary than all": lambda h: h["gateway"]["mapping"].update(contrary=10),
    "no meaning": lambda h: h.update(meaning=""),
    "another host": lambda h: h.update(host="192.168.0.4"),
}


class Behaviour(unittest.TestCase):
    def complaints(self, host, want=BY_THE_BOOK, active=ACTIVE):
        return check_nat.behaviour(want, {"hosts": [host]}, "192.168.0.2", active)

    def test_right(self):
        self.assertEqual(self.complaints(HOST), [])
        modest = dict(HOST, path={"mapping": EI, "filtering": "undetermined"})
        self.assertEqual(self.complaints(modest), [])
        self.assertIn(
            "mapping endpoint-independent / endpoint-independent",
            check_nat.in_short({"hosts": [HOST]}, "192.168.0.2", ACTIVE),
        )

    def test_wrong(self):
        for what, spoil in WRONG_NAT.items():
            with self.subTest(what):
                host = copy.deepcopy(HOST)
                spoil(host)
                self.assertTrue(self.complaints(host))

    def test_another_nat_further_out(self):
        """There the way is what counts: this gateway alone may be better than it."""
        host = dict(
            HOST,
            upstream_kind="carrier-grade",
            path={"mapping": APD, "filtering": APD},
            gateway=dict(
                HOST["gateway"], mapping=dict(TRAIT, behaviour=EI, samples=9, excluded=[APD])
            ),
        )
        active = dict(ACTIVE, mapping=APD)
        self.assertEqual(self.complaints(host, Nat(APD, APD, upstream="carrier-grade"), active), [])
        self.assertTrue(self.complaints(host, Nat(APD, APD), active))

    def test_the_lab_itself(self):
        self.assertEqual(check_nat.measured(BY_THE_BOOK, ACTIVE), [])
        for what, value in (
            ("nat", False),
            ("mapping", AD),
            ("filtering", EI),
            ("hairpinning", "yes"),
            ("filtering", None),
        ):
            self.assertTrue(check_nat.measured(BY_THE_BOOK, dict(ACTIVE, **{what: value})))


class NatDiscovery(unittest.TestCase):
    ONE = "IPv4. UDP reflexive addr: 5.0.0.1:41000\n"

    def parse(self, **outputs):
        whole = {
            "mapping": self.ONE + "NAT with Endpoint Independent Mapping!",
            "hairpinning": self.ONE + "STUN receive timeout..",
            "filtering": self.ONE + "NAT with Address and Port Dependent Filtering!",
        }
        return natdiscovery.parse({**whole, **outputs}, "192.168.0.2")

    def test_words(self):
        self.assertEqual(self.parse(), ACTIVE)
        self.assertEqual(
            self.parse(mapping=self.ONE + "NAT with Address Dependent Mapping!")["mapping"], AD
        )
        self.assertEqual(
            self.parse(filtering=self.ONE + "NAT with Address Dependent Filtering!")["filtering"],
            AD,
        )
        self.assertEqual(
            self.parse(filtering=self.ONE + "NAT with Endpoint Independent Filtering!")[
                "filtering"
            ],
            EI,
        )
        self.assertEqual(
            self.parse(
                hairpinning=self.ONE + "Received a request (maybe a successful hairpinning)"
            )["hairpinning"],
            "yes",
        )
        open_net = self.parse(
            mapping=self.ONE.replace("5.0.0.1", "192.168.0.2")
            + "No NAT! (Endpoint Independent Mapping)"
        )
        self.assertEqual((open_net["nat"], open_net["mapping"]), (False, EI))

    def test_no_answer_is_no_word(self):
        self.assertEqual(
            set(
                self.parse(mapping="", filtering="", hairpinning="STUN receive timeout..").values()
            ),
            {None},
        )


MAPPING = {
    "proto": "udp",
    "kind": "dynamic",
    "inside": "192.168.0.2:4000",
    "outside": "5.0.0.1:4000",
    "remotes": ["5.0.0.2:5000"],
    "created": T,
    "refreshed": T + 1,
    "ended": None,
    "ended_by": None,
    "sources": ["conntrack", "stun"],
    "upstream": None,
    "conflict": None,
}
ENDED = dict(MAPPING, ended=T + 9, ended_by="timeout")
ENTRY = ("udp", "192.168.0.2:4000", "5.0.0.1:4000", "5.0.0.2:5000")
OTHER = ("udp", "192.168.0.2:4001", "5.0.0.1:4001", "5.0.0.10:3478")


class Mappings(unittest.TestCase):
    def each_is_found(self, complaints, right, *wrong):
        """complaints(mapping) has nothing to say of the right one, and something of each change."""
        self.assertEqual(complaints(right), [])
        for change in wrong:
            with self.subTest(str(change)):
                self.assertTrue(complaints(dict(right, **change)))

    def test_shape(self):
        self.each_is_found(
            lambda m: check_nat.shaped([m]),
            MAPPING,
            {"kind": "static"},
            {"ended_by": "timeout"},
            {"ended": T},
            {"ended": T, "ended_by": "reset"},
            {"conflict": "5.0.0.1:4002"},
        )

    def test_of_host(self):
        six = dict(MAPPING, inside="[2001:db8:a::2]:4000", outside="[2001:db8:ff::1]:4000")
        tcp, plain = dict(MAPPING, proto="tcp"), dict(MAPPING, outside=MAPPING["inside"])
        self.assertEqual(check_nat.of_host([MAPPING, six, tcp, plain], "192.168.0.2"), [MAPPING])
        self.assertEqual(check_nat.of_host([MAPPING, six, tcp, plain], "2001:db8:a::2"), [six])

    def test_same_sides(self):
        self.each_is_found(
            lambda m: check_nat.same_sides([ENTRY], [m]),
            MAPPING,
            {"inside": "192.168.0.2:4001"},
            {"outside": "5.0.0.1:4001"},
        )
        self.assertTrue(check_nat.same_sides([ENTRY, OTHER], [MAPPING]))
        self.assertTrue(check_nat.same_sides([], []))

    def test_remotes_and_sources(self):
        self.each_is_found(
            lambda m: check_nat.remotes_known([ENTRY], [m]), MAPPING, {"remotes": ["5.0.0.2:5001"]}
        )
        self.each_is_found(
            lambda m: check_nat.only_from([m], "stun"),
            dict(MAPPING, sources=["stun"]),
            {"sources": ["conntrack", "stun"]},
            {"sources": []},
        )

    def test_living(self):
        now = {ENTRY}
        self.each_is_found(
            lambda m: check_nat.living(now, [m], now),
            MAPPING,
            {"ended": T},
            {"remotes": []},
            {"remotes": ["5.0.0.2:5000", "5.0.0.2:5001"]},
            {"outside": "5.0.0.1:4001"},
        )
        # What only one of the readings has may be there or not.
        self.assertEqual(check_nat.living(now, [MAPPING], now | {OTHER}), [])
        self.assertEqual(check_nat.living(now | {OTHER}, [MAPPING], now), [])
        self.assertTrue(check_nat.living(now | {OTHER}, [MAPPING], now | {OTHER}))
        self.assertTrue(check_nat.living(set(), [], set()))

    def test_ended(self):
        ends = {ENTRY: T + 8, ENTRY[:3] + ("5.0.0.10:3478",): T + 4, OTHER: T}
        self.each_is_found(
            lambda m: check_nat.ended(ends, [m], "timeout"),
            ENDED,
            {"ended_by": "deleted"},
            {"ended_by": None},
            {"ended": None},
            {"ended": T + 4},
            {"ended": T + 10.1},
            {"outside": "5.0.0.1:4009"},
        )
        self.assertTrue(check_nat.ended(ends, [], "timeout"))

    def test_kind(self):
        self.each_is_found(
            lambda m: check_nat.some_of_kind([m], "hairpin"),
            dict(MAPPING, kind="hairpin"),
            {"kind": "forward"},
        )
        self.assertTrue(check_nat.some_of_kind([], "hairpin"))

    def test_crowded_out(self):
        gone, left = {("192.168.0.2:4000", "5.0.0.1:4000")}, {("192.168.0.2:4001", "5.0.0.1:4001")}
        stays = dict(MAPPING, inside="192.168.0.2:4001", outside="5.0.0.1:4001")
        self.each_is_found(
            lambda m: check_nat.crowded_out(gone, left, [m, stays]),
            dict(ENDED, ended_by="early-drop"),
            {"ended_by": "timeout"},
            {"ended_by": None},
            {"outside": "5.0.0.1:1"},
        )
        self.each_is_found(
            lambda m: check_nat.crowded_out(gone, left, [dict(ENDED, ended_by="early-drop"), m]),
            stays,
            {"ended_by": "early-drop"},
            {"inside": "192.168.0.2:1"},
        )
        self.assertTrue(check_nat.crowded_out(set(), left, [stays]))

    def test_survived(self):
        lived = {("192.168.0.2:4000", "5.0.0.1:4000")}
        self.each_is_found(
            lambda m: check_nat.survived(lived, [m], 2),
            MAPPING,
            {"ended": T, "ended_by": "idle"},
            {"outside": "5.0.0.1:1"},
        )
        self.assertTrue(check_nat.survived(lived, [MAPPING, ENDED], 2))
        self.assertTrue(check_nat.survived(set(), [MAPPING], 2))

    def test_one(self):
        want = {"inside": "192.168.0.2:4000", "outside": "5.0.0.1:4000", "kind": "dynamic"}
        self.each_is_found(
            lambda m: check_nat.one([m], **want),
            MAPPING,
            {"kind": "forward"},
            {"inside": "192.168.0.2:1"},
        )
        self.assertTrue(check_nat.one([MAPPING, MAPPING], **want))


class Conntrack(unittest.TestCase):
    FROM_INSIDE = (
        "udp 17 29 src=192.168.0.2 dst=5.0.0.2 sport=4000 dport=5000 src=5.0.0.2 dst=5.0.0.1"
        " sport=5000 dport=4000 mark=0 use=1"
    )
    FROM_OUTSIDE = (
        "udp 17 28 src=5.0.0.10 dst=5.0.0.1 sport=40000 dport=7000 src=192.168.0.2 dst=5.0.0.10"
        " sport=7000 dport=40000"
    )
    TURNED = (
        "udp 17 28 src=192.168.0.4 dst=5.0.0.1 sport=6000 dport=4000 src=192.168.0.2 dst=5.0.0.1"
        " sport=4000 dport=6000"
    )
    SIX = "udp 17 9 src=fd00::2 dst=fd01::1 sport=1 dport=2 src=fd01::1 dst=fd02::9 sport=2 dport=3"
    FORWARDED = ("udp", "192.168.0.2:7000", "5.0.0.1:7000", "5.0.0.10:40000")

    def test_entries(self):
        self.assertEqual(conntrack.parse(self.FROM_INSIDE), [ENTRY])
        self.assertEqual(conntrack.parse(self.FROM_OUTSIDE), [self.FORWARDED])
        self.assertEqual(
            conntrack.parse(self.TURNED),
            [
                ("udp", "192.168.0.2:4000", "5.0.0.1:4000", "5.0.0.1:6000"),
                ("udp", "192.168.0.4:6000", "5.0.0.1:6000", "5.0.0.1:4000"),
            ],
        )
        self.assertEqual(
            conntrack.parse(self.SIX), [("udp", "[fd00::2]:1", "[fd02::9]:3", "[fd01::1]:2")]
        )
        self.assertEqual(
            conntrack.parse("conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown."),
            [],
        )

    def test_ends(self):
        log = "\n".join(
            (
                f"[1700000001.5     ]\t    [NEW] {self.FROM_INSIDE}",
                f"[1700000009.25    ]\t[DESTROY] {self.FROM_INSIDE} id=7",
                f"[1700000003.5     ]\t    [NEW] {self.FROM_OUTSIDE}",
            )
        )
        self.assertEqual(conntrack.ends(log), {ENTRY: 1700000009.25})


class Stun(unittest.TestCase):
    def test_answer(self):
        self.assertEqual(
            stun.mapped(stun.answer(stun.request(), ("5.0.0.1", 7000))), "5.0.0.1:7000"
        )
        self.assertIsNone(stun.mapped(stun.request()))
        self.assertEqual(
            stun.answer(stun.answer(stun.request(), ("5.0.0.1", 7000)), ("5.0.0.1", 7000)), b""
        )
