# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Of the comparison itself, what concerns calls that break in the middle; test_check.py runs these,
too."""

import copy
import unittest

import check_midcall as check
from scenarios import SCENARIOS

T = 1700000000.0
RULE = {"family": "inet", "table": "bans", "chain": "refused", "handle": 3, "text": "drop"}
BLOCKED = {"verdict": "blocked", "where": "here", "cause": "rule"}
FINE = {"verdict": "succeeded", "where": None, "cause": None}


def scenario(name):
    return next(s for s in SCENARIOS if s.name == f"midcall-{name}")


def peer(audio=100, frames=50, final="connected"):
    return {
        "room": "room-1",
        "ice_connected_at": T - 5.1,
        "connected_at": T - 5,
        "final": final,
        "selected": {
            "local": {"type": "host", "relay_protocol": None},
            "remote": {"type": "host"},
        },
        "local_ufrag": "aB3d",
        "remote_ufrag": "x9Yz",
        "data_sent": 5,
        "data_received": 5,
        "rtp": [
            {"ssrc": ssrc, "kind": kind, "direction": way, "packets": audio, "frames": count}
            for ssrc, kind, way, count in (
                (1, "audio", "in", None),
                (2, "video", "in", frames),
                (3, "audio", "out", None),
                (4, "video", "out", None),
            )
        ],
    }


def reports(alice=None, bob=None):
    both = {"alice": alice or peer(), "bob": bob or peer()}
    return {name: {"stack": "chromium", "peers": [p]} for name, p in both.items()}


def entry(after, state, said=FINE):
    return {"t": T + after, "state": state, **said}


def session():
    """Blocked since T."""
    return {
        **BLOCKED,
        "id": "9f2c61",
        "stage": "media",
        "rule": dict(RULE),
        "worked_s": 5.4,
        "impaired": None,
        "ufrags": ["x9Yz", "aB3d"],
        "timeline": [entry(-5, "media"), entry(4, "cut", BLOCKED)],
        "media": [{"ssrc": "0x00000001", "direction": "out", "lost_here": 100}],
    }


def sound():
    """Never anything else than well."""
    return {
        **session(),
        **FINE,
        "rule": None,
        "worked_s": None,
        "timeline": [entry(-5, "media"), entry(9, "ended")],
        "media": [{"ssrc": "0x00000001", "direction": "in", "lost_here": None}],
    }


def limited():
    it = {"where": "here", "cause": "rule", "rule": dict(RULE), "direction": "out", "kind": "srtp"}
    return {
        **sound(),
        "impaired": {**it, "dropped": 105, "share": 0.2, "from": T + 0.1, "to": T + 8},
        "media": [
            {"ssrc": "0x00000001", "direction": "out", "lost_here": 103},
            {"ssrc": "0x00000002", "direction": "in", "lost_here": 0},
        ],
    }


class Spoiled(unittest.TestCase):
    def each_is_found(self, right, complaints, wrong):
        """wrong: {what: how the right one is spoiled}"""
        self.assertEqual(complaints(right()), [])
        for what, spoil in wrong.items():
            with self.subTest(what):
                s = copy.deepcopy(right())
                spoil(s)
                self.assertTrue(complaints(s))


class Clients(unittest.TestCase):
    def test_lost(self):
        cut = scenario("cut-peer-chromium")
        gone, there = peer(final="disconnected"), peer()
        self.assertEqual(check.clients(cut, reports(gone, there)), [])
        self.assertEqual(check.clients(cut, {"alice": reports(gone)["alice"]}), [])
        self.assertTrue(check.clients(cut, reports(there, gone)))

    def test_stopped(self):
        before, more = reports(), peer(audio=120, frames=60)
        for after, names, right in (
            (reports(), ("alice", "bob"), True),
            (reports(more), ("bob",), True),
            (reports(more), ("alice",), False),
            (reports(more), ("alice", "bob"), False),
            (reports(), ("bob",), False),
            (reports(more, more), (), True),
            (reports(bob=peer(frames=51)), ("alice", "bob"), False),
            (reports(more, peer(audio=120)), (), False),
        ):
            self.assertEqual(check.stopped(before, after, names) == [], right)
        self.assertEqual(check.flows(before, reports(more, more)), [])
        self.assertTrue(check.flows(before, reports(more)))

    def test_one_kind_stopped(self):
        before, no_video = reports(), peer(audio=120)
        for r in no_video["rtp"]:
            if r["kind"] == "video":
                r["packets"] = 100
        after = reports(peer(audio=120, frames=60), no_video)
        self.assertEqual(check.stopped(before, after, ("bob video",)), [])
        for names in (("bob",), ("bob audio",), ("alice video",), ()):
            self.assertTrue(check.stopped(before, after, names))

    def test_no_media_at_all(self):
        none = reports(bob=dict(peer(), rtp=[]))
        self.assertTrue(check.stopped(none, none, ("alice", "bob")))

    def test_thinned(self):
        def sent(count):
            of_alice = peer()
            for r in of_alice["rtp"]:
                r["ssrc"] = (r["ssrc"] + 1) % 4 + 1  # what goes out of one comes in at the other
                r["packets"] = count
            return of_alice

        for count, right in ((200, True), (100, False), (101, False)):
            self.assertEqual(check.thinned(reports(sent(count)), "out") == [], right)
        self.assertTrue(check.thinned(reports(sent(200), dict(peer(), rtp=[])), "out"))
        self.assertTrue(check.thinned(reports(sent(200)), "in"))

    def test_sparse(self):
        before = reports()
        self.assertEqual(check.sparse(before, reports(peer(140, 50)), 15), [])
        self.assertTrue(check.sparse(before, reports(peer(850, 50)), 15))


class Broken(Spoiled):
    WANT = scenario("cut-peer-chromium").expect

    def complaints(self, *sessions):
        return check.broken(self.WANT, list(sessions), reports(), RULE, T)

    def test_wrong(self):
        self.each_is_found(
            session,
            self.complaints,
            {
                "verdict": lambda s: s.update(verdict="failed"),
                "where": lambda s: s.update(where="upstream"),
                "cause": lambda s: s.update(cause="consent-lost"),
                "stage": lambda s: s.update(stage="secured"),
                "no rule": lambda s: s.update(rule=None),
                "another rule": lambda s: s["rule"].update(handle=4),
                "worked for ever": lambda s: s.update(worked_s=12),
                "never worked": lambda s: s.update(worked_s=None),
                "ufrags": lambda s: s.update(ufrags=["x9Yz", "aB3e"]),
            },
        )
        self.assertTrue(self.complaints())
        self.assertTrue(self.complaints(session(), session()))

    def test_no_rule(self):
        want = scenario("address-moves").expect
        lost = dict(session(), verdict="failed", cause="mapping-lost", rule=None)
        self.assertEqual(check.broken(want, [lost], reports(), None, T), [])
        self.assertTrue(check.broken(want, [dict(lost, rule=RULE)], reports(), None, T))


class Mended(Spoiled):
    def right(self):
        timeline = session()["timeline"] + [entry(9.5, "recovered")]
        return {**session(), **FINE, "timeline": timeline}

    def test_recovered(self):
        self.each_is_found(
            self.right,
            lambda s: check.recovered([s], reports(), T + 8),
            {
                "verdict": lambda s: s.update(verdict="blocked"),
                "cause": lambda s: s.update(cause="rule"),
                "late": lambda s: s["timeline"][-1].update(t=T + 10.1),
                "never": lambda s: s["timeline"].pop(),
                "too early": lambda s: s["timeline"].insert(1, entry(5, "recovered")),
            },
        )

    def test_was_blocked(self):
        self.each_is_found(
            self.right,
            lambda s: check.was_blocked(s["timeline"]),
            {
                "never blocked": lambda s: s["timeline"].pop(1),
                "never recovered": lambda s: s["timeline"].pop(),
                "in the wrong order": lambda s: s["timeline"].reverse(),
            },
        )


class Undisturbed(Spoiled):
    def test_wrong(self):
        self.each_is_found(
            sound,
            check.undisturbed,
            {
                "impaired": lambda s: s.update(impaired=limited()["impaired"]),
                "blocked once": lambda s: s["timeline"].append(entry(3, "cut", BLOCKED)),
                "failed once": lambda s: s["timeline"].append(
                    entry(3, "verdict", {"verdict": "failed", "cause": "peer-gone"})
                ),
                "lost here": lambda s: s["media"][0].update(lost_here=1),
            },
        )


class Impaired(Spoiled):
    def test_impaired(self):
        self.each_is_found(
            limited,
            lambda s: check.impaired(s, "rule", RULE, "out", 100, T),
            {
                "not at all": lambda s: s.update(impaired=None),
                "where": lambda s: s["impaired"].update(where="upstream"),
                "cause": lambda s: s["impaired"].update(cause="drop"),
                "direction": lambda s: s["impaired"].update(direction="in"),
                "no rule": lambda s: s["impaired"].update(rule=None),
                "another rule": lambda s: s["impaired"]["rule"].update(handle=9),
                "too many": lambda s: s["impaired"].update(dropped=121),
                "too few": lambda s: s["impaired"].update(dropped=79),
                "no share": lambda s: s["impaired"].update(share=None),
                "all of it": lambda s: s["impaired"].update(share=1.0),
                "before it was": lambda s: s["impaired"].update({"from": T - 2}),
                "over before it began": lambda s: s["impaired"].update(to=T),
            },
        )

    def test_lost_here(self):
        self.each_is_found(
            limited,
            lambda s: check.lost_here(s, "out", 100),
            {
                "nothing": lambda s: s["media"][0].update(lost_here=0),
                "unknown": lambda s: s["media"][0].update(lost_here=None),
                "of the other": lambda s: s["media"][1].update(lost_here=2),
            },
        )


class InTime(unittest.TestCase):
    def test_gone(self):
        s = dict(session(), timeline=[entry(1.9, "verdict", {"verdict": "failed"})])
        self.assertEqual(check.gone_in_time(s, T), [])
        self.assertTrue(check.gone_in_time(s, T - 0.2))
        self.assertTrue(check.gone_in_time(session(), T))

    def test_stood_still(self):
        def last(*times):
            return {"media": [{"ssrc": "0x01", "direction": "in", "last": t} for t in times]}

        for times, right in (
            ((T + 0.9, T - 20, None), True),
            ((T - 0.9,), True),
            ((T + 1.1, T), False),
            ((T - 1.1,), False),
            ((None,), False),
            ((), False),
        ):
            self.assertEqual(check.stood_still(last(*times), "in", T) == [], right)
        self.assertTrue(check.stood_still(last(T), "out", T))

    def test_no_rates(self):
        def stream(rate, jitter):
            m = {"ssrc": "0x01", "direction": "in", "bitrate_kbps": rate, "jitter_ms": jitter}
            return {"media": [m]}

        self.assertEqual(check.no_rates(stream(None, None), "in"), [])
        self.assertEqual(check.no_rates(stream(30.0, 2.0), "out"), [])
        self.assertTrue(check.no_rates(stream(30.0, None), "in"))
        self.assertTrue(check.no_rates(stream(None, 2.0), "in"))

    def test_ended(self):
        self.assertEqual(check.ended_in_time(sound(), T), [])
        self.assertTrue(check.ended_in_time(sound(), T - 2))
        self.assertTrue(check.ended_in_time(session(), T))
