#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The comparison itself: a right answer passes, and every single thing made wrong is found."""

import copy
import os
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import check  # noqa: E402
from lab.topology import Net  # noqa: E402
from scenarios import SCENARIOS  # noqa: E402

T = 1700000000.0
PEER = {
    "room": "room-1",
    "ice_connected_at": T,
    "connected_at": T + 0.1,
    "final_ice": "connected",
    "final": "connected",
    "selected": {
        "local": {
            "type": "srflx",
            "address": "5.0.0.1",
            "port": 4000,
            "protocol": "udp",
            "relay_protocol": None,
        },
        "remote": {
            "type": "srflx",
            "address": "5.0.0.2",
            "port": 5000,
            "protocol": "udp",
            "relay_protocol": None,
        },
    },
    "dtls": {"state": "connected", "version": "1.3"},
    "rtp": [
        {"ssrc": 0x1A2B3C4D, "kind": "audio", "direction": "out", "packets": 300},
        {"ssrc": 0x11111111, "kind": "audio", "direction": "in", "packets": 300},
        {"ssrc": 0x22222222, "kind": "video", "direction": "out", "packets": 200},
        {"ssrc": 0x33333333, "kind": "video", "direction": "in", "packets": 200},
    ],
    "data_sent": 50,
    "data_received": 50,
    "local_ufrag": "aB3d",
    "remote_ufrag": "x9Yz",
}
SESSION = {
    "id": "9f2c61",
    "verdict": "succeeded",
    "where": None,
    "cause": None,
    "stage": "media",
    "degraded": None,
    "timeline": [{"t": T, "state": "media"}],
    "host": "192.168.0.2",
    "peer": "5.0.0.2",
    "ufrags": ["x9Yz", "aB3d"],
    "path": {
        "local": "srflx",
        "remote": "srflx",
        "transport": "udp",
        "family": "ipv4",
        "relayed": False,
    },
    "times": {"connected": T + 0.02},
    "time_to_connect_ms": 150,
    "pairs": [
        {
            "local": "192.168.0.2:4000",
            "mapped": "5.0.0.1:4000",
            "remote": "5.0.0.2:5000",
            "relay": None,
            "nominated": True,
        }
    ],
    "dtls": {"version": "1.3"},
    "media": [
        {"ssrc": "0x1a2b3c4d", "direction": "out", "packets": 305},
        {"ssrc": "0x11111111", "direction": "in", "packets": 299},
        {"ssrc": "0x22222222", "direction": "out", "packets": 200},
        {"ssrc": "0x33333333", "direction": "in", "packets": 201},
    ],
    "evidence": [{"t": T, "at": "lan-in", "what": "Binding request"}],
}
MAPPINGS = [("udp", "192.168.0.2:4000", "5.0.0.1:4000", "5.0.0.2:5000")]

WRONG = {
    "verdict": lambda s: s.update(verdict="pending"),
    "where": lambda s: s.update(where="here"),
    "cause": lambda s: s.update(cause="no-answer"),
    "stage": lambda s: s.update(stage="secured"),
    "degraded": lambda s: s.update(degraded={"cause": "drop", "rule": None}),
    "evidence": lambda s: s.update(evidence=[]),
    "taken back": lambda s: s["timeline"].insert(0, {"t": T, "state": "reopened"}),
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
    return {
        name: {"stack": "chromium", "peers": [copy.deepcopy(peer)]} for name in ("bob", "alice")
    }


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
        late["bob"]["peers"][0]["rtp"] = [
            dict(s, direction={"in": "out", "out": "in"}[s["direction"]], packets=400)
            for s in PEER["rtp"]
        ]
        for stream, packets, right in ((1, 400, True), (1, 500, False), (0, 400, False)):
            session = copy.deepcopy(SESSION)
            session["media"][stream]["packets"] = packets
            self.assertEqual(
                check.observer(scenario("direct-chromium"), [session], late, MAPPINGS) == [], right
            )

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

    def test_gathering(self):
        """The clients never sent a check, so the session has no ufrags of theirs."""
        silent = scenario("turn-killed-behind-401")
        told = {**SESSION, "verdict": "failed", "where": None, "cause": "server-silent"}
        told |= {"stage": "gathering", "ufrags": None, "rule": None, "degraded": None}
        told["path"] = dict.fromkeys(told["path"]) | {"family": "ipv4"}
        self.assertEqual(check.observer(silent, [told], reports(), MAPPINGS), [])
        for wrong in (
            {"ufrags": SESSION["ufrags"]},
            {"cause": "turn-refused"},
            {"stage": "checking"},
        ):
            self.assertTrue(check.observer(silent, [told | wrong], reports(), MAPPINGS))
        self.assertTrue(check.observer(silent, [], reports(), MAPPINGS))

    def test_verdicts_are_not_mixed_up(self):
        failed = dict(
            PEER,
            ice_connected_at=None,
            connected_at=None,
            selected=None,
            rtp=[],
            dtls={"state": "new", "version": None},
        )
        session = dict(
            SESSION,
            verdict="failed",
            cause="no-answer",
            stage="checking",
            times={"connected": None},
            pairs=[],
            media=[],
        )
        self.assertEqual(self.complaints(session, name="peer-away", peer=failed), [])
        for name in (
            "nat-incompatible-pion",
            "turn-wrong-password",
            "turn-quota",
            "udp-dropped-here-pion",
        ):
            self.assertTrue(self.complaints(session, name=name, peer=failed))

    def test_here_is_not_upstream(self):
        stuck = dict(PEER, connected_at=None, rtp=[], dtls={"state": "connecting", "version": None})
        session = dict(
            SESSION, verdict="blocked", where="here", cause="rule", stage="nominated", media=[]
        )
        self.assertEqual(
            self.complaints(session, name="dtls-dropped-here-alice-client-pion", peer=stuck), []
        )
        self.assertTrue(
            self.complaints(session, name="dtls-dropped-upstream-bob-client-pion", peer=stuck)
        )


class Clients(unittest.TestCase):
    def complaints(self, name, **changes):
        return check.clients(scenario(name), reports(dict(PEER, **changes)))

    def test_right(self):
        self.assertEqual(self.complaints("direct-chromium"), [])

    def test_wrong(self):
        relay = copy.deepcopy(PEER["selected"])
        relay["remote"]["type"] = "relay"
        for changes in (
            {"ice_connected_at": None},
            {"connected_at": None},
            {"selected": None},
            {"selected": relay},
            {"rtp": []},
            {"data_received": 0},
        ):
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
        both = {
            name: {"stack": "pion", "peers": [dict(PEER, rtp=rtp)]}
            for name, rtp in (("alice", alice), ("bob", bob))
        }
        self.assertEqual(check.clients(scenario("one-way-by-choice"), both), [])
        both["bob"]["peers"][0]["rtp"] = alice
        self.assertTrue(check.clients(scenario("one-way-by-choice"), both))

    def test_other_outcomes(self):
        for name in (
            "relayed-udp-chromium",
            "relayed-tcp-chromium",
            "nat-incompatible-chromium",
            "dtls-dropped-here-bob-client-chromium",
            "twenty-at-once",
            "data-only-chromium",
            "consent-lost",
        ):
            with self.subTest(name):
                self.assertTrue(self.complaints(name))


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
        session, inner = copy.deepcopy(SESSION), [
            ("udp", "192.168.0.2:4000", "10.0.0.2:4000", "5.0.0.2:5000")
        ]
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
        self.assertEqual(
            check.without([SESSION], reports(dict(PEER, local_ufrag="else"))), [SESSION]
        )


def load_tests(loader, tests, _pattern):
    """What concerns one part of the lab is in a file of its own."""
    tests.addTests(loader.discover(HERE, "test_check_*.py"))
    return tests


if __name__ == "__main__":
    unittest.main()
