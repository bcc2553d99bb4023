# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Of the comparison itself, what concerns rules; test_check.py runs these, too."""

import copy
import os
import subprocess
import unittest

import check_blocks
from expect import DIRECT, NO_ICE, Rule, blocked_here, blocked_upstream, succeeded
from lab import leftovers, nfqueue, ruleset

LISTING = """table ip nat { # handle 4
	chain postrouting { # handle 1
		type nat hook postrouting priority srcnat; policy accept;
		oifname "wan0" masquerade # handle 2
	}
}
table inet filter { # handle 5
	set blocked { # handle 9
		type ipv4_addr
		elements = { 5.0.0.2,
			     203.0.113.7 }
	}

	chain forward { # handle 2
		type filter hook forward priority filter; policy drop;
		ct state established,related accept # handle 7
		iifname "lan0" ip daddr @blocked counter packets 9 bytes 540 drop \
comment "no bob # really" # handle 12
	}
}
"""
RULE = ruleset.rule(
    "inet",
    "filter",
    "forward",
    12,
    'iifname "lan0" ip daddr @blocked counter packets 9 bytes 540 drop comment "no bob # really"',
)
POLICY = ruleset.rule("inet", "filter", "forward", 0, "policy drop")
WANT = blocked_here(NO_ICE, "no bob")
SESSION = {
    "id": "9f2c61",
    "rule": dict(RULE, text=RULE["text"].replace("9 bytes 540", "4 bytes 200")),
    "degraded": None,
    "evidence": [{"what": "4 checks to 5.0.0.2:7000 dropped here"}],
}
NFT_JSON = {
    "nftables": [
        {"metainfo": {"json_schema_version": 1}},
        {"chain": {"family": "inet", "name": "forward", "handle": 2}},
        {
            "rule": {
                "handle": 12,
                "expr": [{"counter": {"packets": 9, "bytes": 540}}, {"drop": None}],
            }
        },
        {
            "set": {
                "handle": 9,
                "elem": [{"elem": {"val": "5.0.0.2", "timeout": 300, "expires": 17}}],
            }
        },
    ]
}


class Listing(unittest.TestCase):
    def test_rules(self):
        found = ruleset.parse(LISTING)
        self.assertEqual(
            found,
            [
                ruleset.rule("ip", "nat", "postrouting", 2, 'oifname "wan0" masquerade'),
                POLICY,
                ruleset.rule("inet", "filter", "forward", 7, "ct state established,related accept"),
                RULE,
            ],
        )
        self.assertEqual(ruleset.named(found, "no bob"), RULE)
        self.assertEqual(ruleset.named(found, ruleset.POLICY), POLICY)
        for comment in ("no alice", 'wan0" masq"'):
            self.assertRaises(RuntimeError, ruleset.named, found, comment)
        self.assertRaises(RuntimeError, ruleset.named, found + [RULE], "no bob")

    def test_idle(self):
        self.assertEqual(ruleset.idle([RULE, POLICY]), [])
        self.assertTrue(ruleset.idle([dict(RULE, text="counter packets 0 bytes 0 drop")]))

    def test_lively(self):
        later = copy.deepcopy(NFT_JSON)
        later["nftables"][2]["rule"]["expr"][0]["counter"].update(packets=10, bytes=600)
        later["nftables"][3]["set"]["elem"][0]["elem"]["expires"] = 16
        self.assertEqual(ruleset.lines(NFT_JSON), ruleset.lines(later))


class Rules(unittest.TestCase):
    def complaints(self, want=WANT, truth=RULE, **changes):
        return check_blocks.sessions(want, truth, [dict(SESSION, **changes)])

    def test_right(self):
        self.assertEqual(self.complaints(), [])
        self.assertEqual(
            self.complaints(blocked_here(NO_ICE, ruleset.POLICY), POLICY, rule=POLICY), []
        )

    def test_wrong(self):
        for change in (
            {"family": "ip"},
            {"table": "nat"},
            {"chain": "input"},
            {"handle": 7},
            {"handle": 0},
            {"text": "drop"},
            {"text": RULE["text"].replace("counter packets 9 bytes 540 ", "")},
        ):
            with self.subTest(str(change)):
                self.assertTrue(self.complaints(rule=dict(RULE, **change)))
        self.assertTrue(self.complaints(rule=None))
        self.assertTrue(self.complaints(rule=POLICY))
        self.assertTrue(check_blocks.sessions(WANT, RULE, [SESSION, dict(SESSION, rule=None)]))

    def test_none_is_blamed_for_what_it_did_not(self):
        for want in (
            blocked_upstream(NO_ICE, "udp-blocked"),
            succeeded(DIRECT),
            blocked_here(NO_ICE, cause="rpfilter"),
        ):
            self.assertTrue(self.complaints(want, None))
            self.assertEqual(self.complaints(want, None, rule=None), [])
            self.assertTrue(
                self.complaints(want, None, rule=None, degraded={"cause": "rule", "rule": RULE})
            )

    def test_degraded(self):
        want = succeeded(DIRECT, degraded="rule", rule=Rule("no bob"))
        self.assertEqual(
            self.complaints(want, rule=None, degraded={"cause": "rule", "rule": RULE}), []
        )
        self.assertTrue(self.complaints(want, rule=RULE, degraded={"cause": "rule", "rule": RULE}))
        self.assertTrue(self.complaints(want, rule=RULE, degraded={"cause": "rule", "rule": None}))
        self.assertTrue(
            self.complaints(
                want, rule=None, degraded={"cause": "rule", "rule": dict(RULE, handle=13)}
            )
        )
        self.assertTrue(self.complaints(want, rule=None, degraded=None))

    def test_unknown_with_its_reason(self):
        want = blocked_here(NO_ICE, Rule("no bob", may_be_unknown=True))
        reason = [{"what": "rule unknown: the shadow ruleset let the packet pass"}]
        self.assertEqual(self.complaints(want, rule=None, evidence=reason), [])
        self.assertEqual(self.complaints(want), [])
        self.assertTrue(self.complaints(want, rule=None))
        self.assertTrue(self.complaints(want, rule=dict(RULE, handle=7), evidence=reason))
        self.assertTrue(self.complaints(WANT, rule=None, evidence=reason))

    def test_queue(self):
        want = blocked_here(NO_ICE, Rule("no bob", may_be_unknown=True), "queue", says=("47",))
        self.assertTrue(self.complaints(want, rule=None))
        self.assertEqual(
            self.complaints(want, rule=None, evidence=[{"what": "dropped by queue 47"}]), []
        )


class Untouched(unittest.TestCase):
    BEFORE = ruleset.lines(NFT_JSON)

    def test_ruleset(self):
        self.assertEqual(check_blocks.same_ruleset(self.BEFORE, list(self.BEFORE)), [])
        for after in (
            self.BEFORE[:-1],
            self.BEFORE + ["{}"],
            self.BEFORE[::-1],
            [line.replace("12", "13") for line in self.BEFORE],
        ):
            self.assertTrue(check_blocks.same_ruleset(self.BEFORE, after))
        self.assertTrue(check_blocks.same_ruleset([], []))

    def test_processes(self):
        proc = subprocess.Popen(
            ["sh", "-c", "sleep 60 & wait"], start_new_session=True, stdout=subprocess.DEVNULL
        )
        while not leftovers.relatives(proc.pid) - {proc.pid}:
            pass
        own = leftovers.Belongings(proc.pid)
        self.assertEqual((len(own.pids), own.namespaces), (2, set()))
        proc.kill()
        proc.wait()
        self.assertEqual(len(own.look()), 1)
        os.kill(max(own.pids - {proc.pid}), 9)
        self.assertEqual(own.left(), [])


class Queue(unittest.TestCase):
    def test_judge(self):
        ip, udp = bytes([0x45]) + bytes(19), bytes(8)
        self.assertEqual(nfqueue.judge(ip + udp + bytes.fromhex("000100002112a442")), nfqueue.DROP)
        self.assertEqual(
            nfqueue.judge(bytes([0x46]) + bytes(23) + udp + bytes.fromhex("000100002112a442")),
            nfqueue.DROP,
        )
        self.assertEqual(nfqueue.judge(ip + udp + bytes.fromhex("16fefd00")), nfqueue.ACCEPT)
        self.assertEqual(nfqueue.judge(ip + udp), nfqueue.ACCEPT)

    def test_messages(self):
        ((kind, body),) = nfqueue.messages(
            nfqueue.message(nfqueue.MSG_VERDICT, 47, 0, nfqueue.attribute(2, b"12345"))
        )
        self.assertEqual(
            (kind, body[:4], nfqueue.attributes(body[4:])), (0x301, b"\0\0\0\x2f", {2: b"12345"})
        )
