#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The comparison itself: a right answer passes, and every single thing made wrong is found."""

import copy
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import check  # noqa: E402
import check_nat  # noqa: E402
import looks_media  # noqa: E402
from expect import AD, APD, EI, Nat  # noqa: E402
from lab import conntrack, impair, natdiscovery, stun  # noqa: E402
from lab.topology import Net  # noqa: E402
from scenarios import SCENARIOS  # noqa: E402
from test_check_audit import Audits  # noqa: E402,F401
from test_check_blocks import Listing, Queue, Rules, Untouched  # noqa: E402,F401

T = 1700000000.0
PEER = {
    "room": "room-1", "ice_connected_at": T, "connected_at": T + 0.1, "final_ice": "connected", "final": "connected",
    "selected": {"local": {"type": "srflx", "address": "5.0.0.1", "port": 4000, "protocol": "udp", "relay_protocol": None},
                 "remote": {"type": "srflx", "address": "5.0.0.2", "port": 5000, "protocol": "udp", "relay_protocol": None}},
    "dtls": {"state": "connected", "version": "1.3"},
    "rtp": [{"ssrc": 0x1a2b3c4d, "kind": "audio", "direction": "out", "packets": 300},
            {"ssrc": 0x11111111, "kind": "audio", "direction": "in", "packets": 300},
            {"ssrc": 0x22222222, "kind": "video", "direction": "out", "packets": 200},
            {"ssrc": 0x33333333, "kind": "video", "direction": "in", "packets": 200}],
    "data_sent": 50, "data_received": 50, "local_ufrag": "aB3d", "remote_ufrag": "x9Yz"}
SESSION = {
    "id": "9f2c61", "verdict": "succeeded", "where": None, "cause": None, "stage": "media", "degraded": None,
    "host": "192.168.0.2", "peer": "5.0.0.2", "ufrags": ["x9Yz", "aB3d"],
    "path": {"local": "srflx", "remote": "srflx", "transport": "udp", "family": "ipv4", "relayed": False},
    "times": {"connected": T + 0.02}, "time_to_connect_ms": 150,
    "pairs": [{"local": "192.168.0.2:4000", "mapped": "5.0.0.1:4000", "remote": "5.0.0.2:5000", "relay": None, "nominated": True}],
    "dtls": {"version": "1.3"},
    "media": [{"ssrc": "0x1a2b3c4d", "direction": "out", "packets": 305}, {"ssrc": "0x11111111", "direction": "in", "packets": 299},
              {"ssrc": "0x22222222", "direction": "out", "packets": 200}, {"ssrc": "0x33333333", "direction": "in", "packets": 201}],
    "evidence": [{"t": T, "at": "lan-in", "what": "binding request"}]}
MAPPINGS = [("udp", "192.168.0.2:4000", "5.0.0.1:4000", "5.0.0.2:5000")]

WRONG = {
    "verdict": lambda s: s.update(verdict="pending"),
    "where": lambda s: s.update(where="here"),
    "cause": lambda s: s.update(cause="no-answer"),
    "stage": lambda s: s.update(stage="secured"),
    "degraded": lambda s: s.update(degraded={"cause": "drop", "rule": None}),
    "evidence": lambda s: s.update(evidence=[]),
    "host": lambda s: s.update(host="192.168.0.4"),
    "peer": lambda s: s.update(peer="5.0.0.3"),
    "ufrags": lambda s: s.update(ufrags=["x9Yz", "aB3e"]),
    "no ufrags": lambda s: s.update(ufrags=None),
    "relayed": lambda s: s["path"].update(relayed=True),
    "transport": lambda s: s["path"].update(transport="tcp"),
    "family": lambda s: s["path"].update(family="ipv6"),
    "late": lambda s: s["times"].update(connected=T + 0.101),
    "early": lambda s: s["times"].update(connected=T - 0.101),
    "no time": lambda s: s["times"].update(connected=None),
    "no time to connect": lambda s: s.update(time_to_connect_ms=None),
    "remote of the pair": lambda s: s["pairs"][0].update(remote="5.0.0.2:5001"),
    "mapped of the pair": lambda s: s["pairs"][0].update(mapped="5.0.0.1:4001"),
    "local of the mapping": lambda s: s["pairs"][0].update(local="192.168.0.2:4002"),
    "no nomination": lambda s: s["pairs"][0].update(nominated=False),
    "dtls version": lambda s: s["dtls"].update(version="1.2"),
    "a stream's packets": lambda s: s["media"][0].update(packets=500),
    "a stream's direction": lambda s: s["media"][0].update(direction="in"),
    "a stream left out": lambda s: s["media"].pop(),
}


def scenario(name):
    return next(s for s in SCENARIOS if s.name == name)


def reports(peer=PEER):
    return {name: {"stack": "chromium", "peers": [copy.deepcopy(peer)]} for name in ("bob", "alice")}


class Observer(unittest.TestCase):
    def complaints(self, *sessions, name="direct-chromium", peer=PEER):
        return check.observer(scenario(name), list(sessions), reports(peer), MAPPINGS)

    def test_right(self):
        self.assertEqual(self.complaints(SESSION), [])

    def test_wrong(self):
        for what, spoil in WRONG.items():
            with self.subTest(what):
                session = copy.deepcopy(SESSION)
                spoil(session)
                self.assertTrue(self.complaints(session))

    def test_late_packets(self):
        late = reports()
        late["bob"]["peers"][0]["rtp"] = [dict(s, direction={"in": "out", "out": "in"}[s["direction"]], packets=400) for s in PEER["rtp"]]
        for stream, packets, right in ((1, 400, True), (1, 500, False), (0, 400, False)):
            session = copy.deepcopy(SESSION)
            session["media"][stream]["packets"] = packets
            self.assertEqual(check.observer(scenario("direct-chromium"), [session], late, MAPPINGS) == [], right)

    def test_packets_lost_before_it(self):
        lossy = scenario("flood-mappings")
        calm = type(lossy)(**{**vars(lossy), "expect": scenario("direct-chromium").expect})
        session = copy.deepcopy(SESSION)
        session["media"][0]["packets"] = 200
        for what, right in ((lossy, True), (calm, False)):
            self.assertEqual(check.observer(what, [session], reports(), MAPPINGS) == [], right)
        session["media"][0]["packets"] = 100
        self.assertTrue(check.observer(lossy, [session], reports(), MAPPINGS))

    def test_number(self):
        self.assertTrue(self.complaints())
        self.assertTrue(self.complaints(SESSION, SESSION))
        self.assertTrue(self.complaints(SESSION, dict(SESSION, id="other")))

    def test_no_webrtc(self):
        quiet = scenario("no-webrtc")
        self.assertEqual(check.observer(quiet, [], {}, []), [])
        self.assertTrue(check.observer(quiet, [SESSION], {}, []))

    def test_verdicts_are_not_mixed_up(self):
        failed = dict(PEER, ice_connected_at=None, connected_at=None, selected=None, rtp=[], dtls={"state": "new", "version": None})
        session = dict(SESSION, verdict="failed", cause="no-answer", stage="checking", times={"connected": None}, pairs=[], media=[])
        self.assertEqual(self.complaints(session, name="peer-away", peer=failed), [])
        for name in ("nat-incompatible-pion", "turn-wrong-password", "turn-quota", "udp-dropped-here-pion"):
            self.assertTrue(self.complaints(session, name=name, peer=failed))

    def test_here_is_not_upstream(self):
        stuck = dict(PEER, connected_at=None, rtp=[], dtls={"state": "connecting", "version": None})
        session = dict(SESSION, verdict="blocked", where="here", cause="rule", stage="nominated", media=[])
        self.assertEqual(self.complaints(session, name="dtls-dropped-here-alice-client-pion", peer=stuck), [])
        self.assertTrue(self.complaints(session, name="dtls-dropped-upstream-bob-client-pion", peer=stuck))


class Clients(unittest.TestCase):
    def complaints(self, name, **changes):
        return check.clients(scenario(name), reports(dict(PEER, **changes)))

    def test_right(self):
        self.assertEqual(self.complaints("direct-chromium"), [])

    def test_wrong(self):
        relay = copy.deepcopy(PEER["selected"])
        relay["remote"]["type"] = "relay"
        for changes in ({"ice_connected_at": None}, {"connected_at": None}, {"selected": None}, {"selected": relay}, {"rtp": []},
                        {"data_received": 0}):
            with self.subTest(str(changes)):
                self.assertTrue(self.complaints("direct-chromium", **changes))

    def test_deaf(self):
        silent = [dict(s, packets=s["packets"] * (s["direction"] == "out")) for s in PEER["rtp"]]
        self.assertEqual(self.complaints("here-srtp", rtp=silent), [])
        self.assertTrue(self.complaints("here-srtp"))
        self.assertTrue(self.complaints("upstream-srtp", rtp=silent))
        self.assertTrue(self.complaints("direct-chromium", rtp=silent))

    def test_one_way(self):
        alice, bob = ([s for s in PEER["rtp"] if s["direction"] == way] for way in ("out", "in"))
        both = {name: {"stack": "pion", "peers": [dict(PEER, rtp=rtp)]} for name, rtp in (("alice", alice), ("bob", bob))}
        self.assertEqual(check.clients(scenario("one-way-by-choice"), both), [])
        both["bob"]["peers"][0]["rtp"] = alice
        self.assertTrue(check.clients(scenario("one-way-by-choice"), both))

    def test_other_outcomes(self):
        for name in ("relayed-udp-chromium", "relayed-tcp-chromium", "nat-incompatible-chromium", "dtls-dropped-here-bob-client-chromium",
                     "twenty-at-once", "data-only-chromium", "consent-lost"):
            with self.subTest(name):
                self.assertTrue(self.complaints(name))


TRAIT = {"behaviour": "undetermined", "samples": 0, "contrary": 0, "excluded": []}
BOX = {**{name: TRAIT for name in check_nat.TRAITS}, "binding_lifetime": {"samples": 0, "at_least": None, "at_most": None}}
BY_THE_BOOK = Nat(EI, APD, must=("mapping",))
ACTIVE = {"nat": True, "mapping": EI, "filtering": APD, "hairpinning": "no"}
HOST = {"host": "192.168.0.2", "mappings": 3, "upstream_kind": "none", "path": {"mapping": EI, "filtering": APD}, "meaning": "a sentence",
        "gateway": {**BOX, "mapping": dict(TRAIT, behaviour=EI, samples=9, excluded=[AD, APD])}, "upstream": BOX}

WRONG_NAT = {
    "mapping of the way": lambda h: h["path"].update(mapping=APD),
    "mapping undetermined": lambda h: h["path"].update(mapping="undetermined"),
    "filtering of the way": lambda h: h["path"].update(filtering=AD),
    "hairpinning": lambda h: h["gateway"]["hairpinning"].update(behaviour="yes", samples=1),
    "upstream": lambda h: h.update(upstream_kind="double-nat"),
    "what it is among what it is not": lambda h: h["gateway"]["mapping"]["excluded"].append(EI),
    "a word of another list": lambda h: h["gateway"]["parity"].update(behaviour="paired", samples=1),
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
        self.assertIn("mapping endpoint-independent / endpoint-independent", check_nat.in_short({"hosts": [HOST]}, "192.168.0.2", ACTIVE))

    def test_wrong(self):
        for what, spoil in WRONG_NAT.items():
            with self.subTest(what):
                host = copy.deepcopy(HOST)
                spoil(host)
                self.assertTrue(self.complaints(host))

    def test_another_nat_further_out(self):
        """There the way is what counts: this gateway alone may be better than it."""
        host = dict(HOST, upstream_kind="carrier-grade", path={"mapping": APD, "filtering": APD},
                    gateway=dict(HOST["gateway"], mapping=dict(TRAIT, behaviour=EI, samples=9, excluded=[APD])))
        active = dict(ACTIVE, mapping=APD)
        self.assertEqual(self.complaints(host, Nat(APD, APD, upstream="carrier-grade"), active), [])
        self.assertTrue(self.complaints(host, Nat(APD, APD), active))

    def test_the_lab_itself(self):
        self.assertEqual(check_nat.measured(BY_THE_BOOK, ACTIVE), [])
        for what, value in (("nat", False), ("mapping", AD), ("filtering", EI), ("hairpinning", "yes"), ("filtering", None)):
            self.assertTrue(check_nat.measured(BY_THE_BOOK, dict(ACTIVE, **{what: value})))


class NatDiscovery(unittest.TestCase):
    ONE = "IPv4. UDP reflexive addr: 5.0.0.1:41000\n"

    def parse(self, **outputs):
        whole = {"mapping": self.ONE + "NAT with Endpoint Independent Mapping!", "hairpinning": self.ONE + "STUN receive timeout..",
                 "filtering": self.ONE + "NAT with Address and Port Dependent Filtering!"}
        return natdiscovery.parse({**whole, **outputs}, "192.168.0.2")

    def test_words(self):
        self.assertEqual(self.parse(), ACTIVE)
        self.assertEqual(self.parse(mapping=self.ONE + "NAT with Address Dependent Mapping!")["mapping"], AD)
        self.assertEqual(self.parse(filtering=self.ONE + "NAT with Address Dependent Filtering!")["filtering"], AD)
        self.assertEqual(self.parse(filtering=self.ONE + "NAT with Endpoint Independent Filtering!")["filtering"], EI)
        self.assertEqual(self.parse(hairpinning=self.ONE + "Received a request (maybe a successful hairpinning)")["hairpinning"], "yes")
        open_net = self.parse(mapping=self.ONE.replace("5.0.0.1", "192.168.0.2") + "No NAT! (Endpoint Independent Mapping)")
        self.assertEqual((open_net["nat"], open_net["mapping"]), (False, EI))

    def test_no_answer_is_no_word(self):
        self.assertEqual(set(self.parse(mapping="", filtering="", hairpinning="STUN receive timeout..").values()), {None})


MAPPING = {"proto": "udp", "kind": "dynamic", "inside": "192.168.0.2:4000", "outside": "5.0.0.1:4000", "remotes": ["5.0.0.2:5000"],
           "created": T, "refreshed": T + 1, "ended": None, "ended_by": None, "sources": ["conntrack", "stun"], "upstream": None,
           "conflict": None}
ENDED = dict(MAPPING, ended=T + 9, ended_by="timeout")
ENTRY = MAPPINGS[0]
OTHER = ("udp", "192.168.0.2:4001", "5.0.0.1:4001", "5.0.0.10:3478")


class Mappings(unittest.TestCase):
    def each_is_found(self, complaints, right, *wrong):
        """complaints(mapping) has nothing to say of the right one, and something of each change."""
        self.assertEqual(complaints(right), [])
        for change in wrong:
            with self.subTest(str(change)):
                self.assertTrue(complaints(dict(right, **change)))

    def test_shape(self):
        self.each_is_found(lambda m: check_nat.shaped([m]), MAPPING, {"kind": "static"}, {"ended_by": "timeout"}, {"ended": T},
                           {"ended": T, "ended_by": "reset"}, {"conflict": "5.0.0.1:4002"})

    def test_of_host(self):
        six = dict(MAPPING, inside="[2001:db8:a::2]:4000", outside="[2001:db8:ff::1]:4000")
        tcp, plain = dict(MAPPING, proto="tcp"), dict(MAPPING, outside=MAPPING["inside"])
        self.assertEqual(check_nat.of_host([MAPPING, six, tcp, plain], "192.168.0.2"), [MAPPING])
        self.assertEqual(check_nat.of_host([MAPPING, six, tcp, plain], "2001:db8:a::2"), [six])

    def test_same_sides(self):
        self.each_is_found(lambda m: check_nat.same_sides([ENTRY], [m]), MAPPING, {"inside": "192.168.0.2:4001"},
                           {"outside": "5.0.0.1:4001"})
        self.assertTrue(check_nat.same_sides([ENTRY, OTHER], [MAPPING]))
        self.assertTrue(check_nat.same_sides([], []))

    def test_remotes_and_sources(self):
        self.each_is_found(lambda m: check_nat.remotes_known([ENTRY], [m]), MAPPING, {"remotes": ["5.0.0.2:5001"]})
        self.each_is_found(lambda m: check_nat.only_from([m], "stun"), dict(MAPPING, sources=["stun"]), {"sources": ["conntrack", "stun"]},
                           {"sources": []})

    def test_living(self):
        now = {ENTRY}
        self.each_is_found(lambda m: check_nat.living(now, [m], now), MAPPING, {"ended": T}, {"remotes": []},
                           {"remotes": ["5.0.0.2:5000", "5.0.0.2:5001"]}, {"outside": "5.0.0.1:4001"})
        # What only one of the readings has may be there or not.
        self.assertEqual(check_nat.living(now, [MAPPING], now | {OTHER}), [])
        self.assertEqual(check_nat.living(now | {OTHER}, [MAPPING], now), [])
        self.assertTrue(check_nat.living(now | {OTHER}, [MAPPING], now | {OTHER}))
        self.assertTrue(check_nat.living(set(), [], set()))

    def test_ended(self):
        ends = {ENTRY: T + 8, ENTRY[:3] + ("5.0.0.10:3478",): T + 4, OTHER: T}
        self.each_is_found(lambda m: check_nat.ended(ends, [m], "timeout"), ENDED, {"ended_by": "deleted"}, {"ended_by": None},
                           {"ended": None}, {"ended": T + 4}, {"ended": T + 10.1}, {"outside": "5.0.0.1:4009"})
        self.assertTrue(check_nat.ended(ends, [], "timeout"))

    def test_kind(self):
        self.each_is_found(lambda m: check_nat.some_of_kind([m], "hairpin"), dict(MAPPING, kind="hairpin"), {"kind": "forward"})
        self.assertTrue(check_nat.some_of_kind([], "hairpin"))

    def test_crowded_out(self):
        gone, left = {("192.168.0.2:4000", "5.0.0.1:4000")}, {("192.168.0.2:4001", "5.0.0.1:4001")}
        stays = dict(MAPPING, inside="192.168.0.2:4001", outside="5.0.0.1:4001")
        self.each_is_found(lambda m: check_nat.crowded_out(gone, left, [m, stays]), dict(ENDED, ended_by="early-drop"),
                           {"ended_by": "timeout"}, {"ended_by": None}, {"outside": "5.0.0.1:1"})
        self.each_is_found(lambda m: check_nat.crowded_out(gone, left, [dict(ENDED, ended_by="early-drop"), m]), stays,
                           {"ended_by": "early-drop"}, {"inside": "192.168.0.2:1"})
        self.assertTrue(check_nat.crowded_out(set(), left, [stays]))

    def test_survived(self):
        lived = {("192.168.0.2:4000", "5.0.0.1:4000")}
        self.each_is_found(lambda m: check_nat.survived(lived, [m], 2), MAPPING, {"ended": T, "ended_by": "idle"}, {"outside": "5.0.0.1:1"})
        self.assertTrue(check_nat.survived(lived, [MAPPING, ENDED], 2))
        self.assertTrue(check_nat.survived(set(), [MAPPING], 2))

    def test_one(self):
        want = {"inside": "192.168.0.2:4000", "outside": "5.0.0.1:4000", "kind": "dynamic"}
        self.each_is_found(lambda m: check_nat.one([m], **want), MAPPING, {"kind": "forward"}, {"inside": "192.168.0.2:1"})
        self.assertTrue(check_nat.one([MAPPING, MAPPING], **want))


class Conntrack(unittest.TestCase):
    FROM_INSIDE = "udp 17 29 src=192.168.0.2 dst=5.0.0.2 sport=4000 dport=5000 src=5.0.0.2 dst=5.0.0.1 sport=5000 dport=4000 mark=0 use=1"
    FROM_OUTSIDE = "udp 17 28 src=5.0.0.10 dst=5.0.0.1 sport=40000 dport=7000 src=192.168.0.2 dst=5.0.0.10 sport=7000 dport=40000"
    TURNED = "udp 17 28 src=192.168.0.4 dst=5.0.0.1 sport=6000 dport=4000 src=192.168.0.2 dst=5.0.0.1 sport=4000 dport=6000"
    SIX = "udp 17 9 src=fd00::2 dst=fd01::1 sport=1 dport=2 src=fd01::1 dst=fd02::9 sport=2 dport=3"
    FORWARDED = ("udp", "192.168.0.2:7000", "5.0.0.1:7000", "5.0.0.10:40000")

    def test_entries(self):
        self.assertEqual(conntrack.parse(self.FROM_INSIDE), MAPPINGS)
        self.assertEqual(conntrack.parse(self.FROM_OUTSIDE), [self.FORWARDED])
        self.assertEqual(conntrack.parse(self.TURNED), [("udp", "192.168.0.2:4000", "5.0.0.1:4000", "5.0.0.1:6000"),
                                                        ("udp", "192.168.0.4:6000", "5.0.0.1:6000", "5.0.0.1:4000")])
        self.assertEqual(conntrack.parse(self.SIX), [("udp", "[fd00::2]:1", "[fd02::9]:3", "[fd01::1]:2")])
        self.assertEqual(conntrack.parse("conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown."), [])

    def test_ends(self):
        log = "\n".join((f"[1700000001.5     ]\t    [NEW] {self.FROM_INSIDE}", f"[1700000009.25    ]\t[DESTROY] {self.FROM_INSIDE} id=7",
                         f"[1700000003.5     ]\t    [NEW] {self.FROM_OUTSIDE}"))
        self.assertEqual(conntrack.ends(log), {ENTRY: 1700000009.25})


class Stun(unittest.TestCase):
    def test_answer(self):
        self.assertEqual(stun.mapped(stun.answer(stun.request(), ("5.0.0.1", 7000))), "5.0.0.1:7000")
        self.assertIsNone(stun.mapped(stun.request()))
        self.assertEqual(stun.answer(stun.answer(stun.request(), ("5.0.0.1", 7000)), ("5.0.0.1", 7000)), b"")


RECEIVED = {"ssrc": 7, "kind": "audio", "direction": "in", "lost": 80, "jitter_ms": 10.0}
SEEN = {"ssrc": "0x00000007", "direction": "in", "lost": 82, "jitter_ms": 12.0, "clock_rate": 48000}


class Media(unittest.TestCase):
    def complaints(self, seen, rtp):
        return looks_media.compare([{"media": [seen]}], [rtp])

    def test_received(self):
        self.assertEqual(self.complaints(SEEN, RECEIVED), [])
        for change in ({"lost": 60}, {"lost": 100}, {"jitter_ms": 3.0}, {"jitter_ms": None}, {"clock_rate": 90000}, {"direction": "out"},
                       {"ssrc": "0x00000008"}):
            with self.subTest(str(change)):
                self.assertTrue(self.complaints(dict(SEEN, **change), RECEIVED))
        self.assertTrue(self.complaints(dict(SEEN, lost=0), dict(RECEIVED, lost=0)))

    def test_sent(self):
        out = dict(RECEIVED, direction="out", lost=None, jitter_ms=None)
        self.assertEqual(self.complaints(dict(SEEN, direction="out", lost=0), out), [])
        self.assertTrue(self.complaints(dict(SEEN, direction="out", lost=1), out))

    def test_what_the_bad_link_takes(self):
        self.assertTrue(impair.is_rtp(bytes.fromhex("806f0001") + bytes(8)))
        for payload in ("80c90001" + "00" * 8, "000100002112a44200000000", "16fefd000000000000000000", "806f0001"):
            self.assertFalse(impair.is_rtp(bytes.fromhex(payload)))


class Elsewhere(unittest.TestCase):
    """Sessions in other networks than the ordinary one."""

    def test_other_addresses(self):
        sessions, net = copy.deepcopy(SESSION), Net(alice="192.168.0.1")
        moved = scenario("direct-chromium")
        moved = type(moved)(**{**vars(moved), "net": net})
        self.assertTrue(check.observer(moved, [sessions], reports(), MAPPINGS))
        sessions["host"] = "192.168.0.1"
        self.assertEqual(check.observer(moved, [sessions], reports(), MAPPINGS), [])

    def test_behind_another_nat(self):
        session, inner = copy.deepcopy(SESSION), [("udp", "192.168.0.2:4000", "10.0.0.2:4000", "5.0.0.2:5000")]
        session["pairs"][0]["mapped"] = "10.0.0.2:4000"
        self.assertTrue(check.observer(scenario("direct-chromium"), [session], reports(), inner))
        behind = scenario("direct-chromium")
        behind = type(behind)(**{**vars(behind), "net": Net(upstream="double")})
        self.assertEqual(check.observer(behind, [session], reports(), inner), [])
        self.assertTrue(check.observer(behind, [session], reports(), MAPPINGS))
        session["pairs"][0]["remote"] = "5.0.0.2:5001"
        self.assertTrue(check.observer(behind, [session], reports(), inner))

    def test_sessions_apart(self):
        self.assertEqual(check.without([SESSION], reports()), [])
        self.assertEqual(check.without([SESSION], {}), [SESSION])
        self.assertEqual(check.without([SESSION], reports(dict(PEER, local_ufrag="else"))), [SESSION])


if __name__ == "__main__":
    unittest.main()
