# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Of the comparison itself, what concerns an SFU; test_check.py runs these, too."""

import copy
import unittest

import check_sfu
from scenarios import SCENARIOS

T = 1700000000.0
RULE = {"family": "inet", "table": "filter", "chain": "forward", "handle": 6, "text": "drop"}


def scenario(name):
    return next(s for s in SCENARIOS if s.name == f"sfu-{name}")


def rtp(ssrc, kind, direction, rtx=None):
    return {
        "ssrc": ssrc,
        "rtx_ssrc": rtx,
        "kind": kind,
        "direction": direction,
        "packets": 300,
        "all_packets": 300,
    }


def peer(name, direction, streams):
    local = {"type": "prflx", "address": "5.0.0.1", "port": 4000, "protocol": "udp"}
    return {
        "room": name,
        "direction": direction,
        "ice_connected_at": T,
        "connected_at": T + 0.1,
        "final": "connected",
        "selected": {
            "local": local,
            "remote": dict(local, type="host", address="5.0.0.30", port=5000),
        },
        "dtls": {"version": "1.2"},
        "rtp": streams,
        "local_ufrag": f"{name}L",
        "remote_ufrag": f"{name}R",
    }


def publisher(name):
    video = [rtp(n, "video", "out", n + 10) for n in (2, 3, 4)]
    return peer(name, "sendonly", [rtp(1, "audio", "out"), *video])


def subscriber(name):
    return peer(name, "recvonly", [rtp(5, "audio", "in"), rtp(6, "video", "in", 16)])


def reports():
    """Of sfu-videoroom-simulcast."""
    of_one = [publisher("p"), subscriber("q"), subscriber("r")]
    of_two = of_one + [publisher("s"), subscriber("t"), subscriber("u")]
    carol = [dict(p, **{k: p[k] + "c" for k in ("local_ufrag", "remote_ufrag")}) for p in of_one]
    return {
        host: {"stack": "chromium", "peers": copy.deepcopy(peers)}
        for host, peers in (("alice", of_two), ("carol", carol))
    }


def session(host, client):
    return {
        "id": client["local_ufrag"],
        "verdict": "succeeded",
        "where": None,
        "cause": None,
        "rule": None,
        "stage": "media",
        "degraded": None,
        "impaired": None,
        "worked_s": None,
        "timeline": [],
        "host": check_sfu.HOSTS[host],
        "peer": "5.0.0.30",
        "ufrags": [client["remote_ufrag"], client["local_ufrag"]],
        "path": {"relayed": False, "transport": "udp", "family": "ipv4"},
        "times": {"connected": T},
        "time_to_connect_ms": 10,
        "pairs": [
            {
                "local": "192.168.0.2:4000",
                "mapped": "5.0.0.1:4000",
                "remote": "5.0.0.30:5000",
                "relay": None,
                "nominated": True,
            }
        ],
        "dtls": {"version": "1.2"},
        "media": [
            {
                "ssrc": f"0x{r['ssrc']:08x}",
                "direction": r["direction"],
                "packets": r["all_packets"],
                "lost_here": 0,
            }
            for r in client["rtp"]
        ],
        "evidence": [{"t": T, "at": "lan-in", "what": "Binding request"}],
    }


def sessions(of):
    return [session(host, client) for host, r in of.items() for client in r["peers"]]


MAPPINGS = [("udp", "192.168.0.2:4000", "5.0.0.1:4000", "5.0.0.30:5000")]
SIMULCAST = scenario("videoroom-simulcast")

WRONG = {
    "verdict": lambda s: s.update(verdict="pending"),
    "host": lambda s: s.update(host="192.168.0.4"),
    "peer": lambda s: s.update(peer="5.0.0.2"),
    "ufrags": lambda s: s.update(ufrags=["x", "y"]),
    "transport": lambda s: s["path"].update(transport="tcp"),
    "no time": lambda s: s["times"].update(connected=None),
    "mapped": lambda s: s["pairs"][0].update(mapped="5.0.0.1:4001"),
    "a layer left out": lambda s: s["media"].pop(),
    "a layer's packets": lambda s: s["media"][1].update(packets=200),
    "a stream's direction": lambda s: s["media"][0].update(direction="in"),
    "a strange stream": lambda s: s["media"].append(
        {"ssrc": "0x00000063", "direction": "out", "packets": 1, "lost_here": 0}
    ),
}
NOT_CUT = {
    "verdict": lambda s: s.update(verdict="succeeded"),
    "where": lambda s: s.update(where="upstream"),
    "cause": lambda s: s.update(cause="no-answer"),
    "stage": lambda s: s.update(stage="secured"),
    "no rule": lambda s: s.update(rule=None),
    "another rule": lambda s: s.update(rule=dict(RULE, handle=7)),
    "worked for no time": lambda s: s.update(worked_s=None),
    "worked for another time": lambda s: s.update(worked_s=20.0),
}


class Sfu(unittest.TestCase):
    def complaints(self, seen):
        return check_sfu.observer(SIMULCAST, seen, reports(), MAPPINGS)

    def test_right(self):
        self.assertEqual(check_sfu.clients(SIMULCAST, reports()), [])
        self.assertEqual(self.complaints(sessions(reports())), [])

    def test_wrong(self):
        for what, spoil in WRONG.items():
            with self.subTest(what):
                seen = sessions(reports())
                spoil(seen[0])
                self.assertTrue(self.complaints(seen))
        self.assertTrue(self.complaints(sessions(reports())[1:]))

    def test_retransmissions_count(self):
        seen = sessions(reports())
        seen[0]["media"][1]["packets"] = 200
        seen[0]["media"].append(
            {"ssrc": "0x0000000c", "direction": "out", "packets": 100, "lost_here": 0}
        )
        self.assertEqual(self.complaints(seen), [])

    def test_wrong_clients(self):
        for what, spoil in {
            "a connection less": lambda peers: peers.pop(),
            "another direction": lambda peers: peers[0].update(direction="recvonly"),
            "not connected": lambda peers: peers[0].update(connected_at=None),
            "lost": lambda peers: peers[0].update(final="failed"),
            "a layer less": lambda peers: peers[0]["rtp"].pop(),
            "an empty layer": lambda peers: peers[0]["rtp"][1].update(packets=0),
            "over TCP": lambda peers: peers[0]["selected"]["remote"].update(protocol="tcp"),
            "elsewhere": lambda peers: peers[0]["selected"]["remote"].update(address="5.0.0.2"),
        }.items():
            with self.subTest(what):
                spoilt = reports()
                spoil(spoilt["alice"]["peers"])
                self.assertTrue(check_sfu.clients(SIMULCAST, spoilt))
        self.assertTrue(check_sfu.clients(scenario("echotest"), reports()))

    def test_killed(self):
        killed, lost = scenario("killed"), reports()
        for report in lost.values():
            for client in report["peers"]:
                client["final"] = "failed"
        self.assertEqual(check_sfu.clients(killed, lost), [])
        self.assertTrue(check_sfu.clients(killed, reports()))
        seen = sessions(lost)
        for s in seen:
            s.update(verdict="failed", cause="peer-gone")
        self.assertEqual(check_sfu.observer(killed, seen, lost, MAPPINGS), [])
        seen[-1].update(cause="consent-lost")
        self.assertTrue(check_sfu.observer(killed, seen, lost, MAPPINGS))

    def test_gone_in_time(self):
        s = sessions(reports())[0]
        s["evidence"].append({"t": T + 0.5, "at": "wan-in", "what": "ICMP 3/3 from 5.0.0.30"})
        self.assertEqual(check_sfu.gone_in_time([s], {s["id"]: 3.4}, T), [])
        self.assertEqual(check_sfu.gone_in_time([s], {}, T + 1), [])
        self.assertTrue(check_sfu.gone_in_time([s], {s["id"]: 3.6}, T))
        self.assertTrue(check_sfu.gone_in_time([s], {}, T))

    def test_undisturbed(self):
        whole = sessions(reports())[0]
        self.assertEqual(check_sfu.undisturbed_session(whole), [])
        self.assertTrue(check_sfu.undisturbed_session(dict(whole, impaired={"cause": "rule"})))
        whole["media"][0]["lost_here"] = 1
        self.assertTrue(check_sfu.undisturbed_session(whole))


class Cut(unittest.TestCase):
    def setUp(self):
        self.seen = sessions(reports())
        for s, client in zip(self.seen, [p for r in reports().values() for p in r["peers"]]):
            if client["direction"] == "sendonly":
                s.update(verdict="blocked", where="here", cause="rule", rule=RULE, worked_s=6.0)

    def complaints(self, direction="out"):
        return check_sfu.cut(self.seen, reports(), direction, RULE, T + 6)

    def test_right(self):
        self.assertEqual(self.complaints(), [])
        self.assertTrue(self.complaints("in"))

    def test_wrong(self):
        for what, spoil in NOT_CUT.items():
            with self.subTest(what):
                self.setUp()
                spoil(self.seen[0])
                self.assertTrue(self.complaints())

    def test_spared(self):
        self.seen[1].update(verdict="blocked", where="here", cause="rule", rule=RULE)
        self.assertTrue(self.complaints())

    def test_recovered(self):
        def recovered():
            return check_sfu.recovered(self.seen, reports(), "out", T + 20)

        for s in self.seen:
            s.update(verdict="succeeded", where=None, cause=None)
        self.assertTrue(recovered())
        for s in self.seen:
            s["timeline"] = [{"t": T + 21, "state": "recovered"}]
        self.assertEqual(recovered(), [])
        self.seen[0]["timeline"][0]["t"] = T + 23
        self.assertTrue(recovered())
        self.seen[0]["timeline"][0].update(t=T + 21)
        self.seen[0].update(verdict="blocked")
        self.assertTrue(recovered())

    def test_browsers(self):
        before, after = reports(), reports()
        self.assertEqual(check_sfu.stopped(before, after), [])
        self.assertTrue(check_sfu.flows(before, after))
        for report in after.values():
            for client in report["peers"]:
                for stream in client["rtp"]:
                    stream["packets"] += 10
        self.assertTrue(check_sfu.stopped(before, after))
        self.assertEqual(check_sfu.flows(before, after), [])
