# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Of the comparison itself, what concerns the audit; test_check.py runs these, too."""

import copy
import unittest

import check_audit
from lab import ruleset

RULE = ruleset.rule(
    "inet", "firewall", "forward", 9, "udp dport 1024-65535 counter packets 3 bytes 90 drop"
)
MEDIA = {"direct": False, "relay_udp": False, "relay_tcp": True, "relay_tls": True}
PASSES = {"need": "turn-tcp-3478", "result": "passes", "rule": None, "why": None}
BLOCKED = {
    "need": "checks",
    "result": "blocked",
    "rule": dict(RULE, text="udp dport 1024-65535 counter packets 0 bytes 0 drop"),
    "why": None,
}
ANSWER = {
    "ways": [
        {"family": "ipv6", "media": {}, "needs": []},
        {"family": "ipv4", "media": MEDIA, "needs": [PASSES, BLOCKED]},
    ]
}
FOUND = {"direct": False, "relay_udp": False, "relay_tcp": True, "relay_tls": True}
MEDIA_BOTH_WAYS = {
    "peers": [{"rtp": [{"direction": "in", "packets": 9}, {"direction": "out", "packets": 9}]}]
}


def changed(number, **changes):
    answer = copy.deepcopy(ANSWER)
    answer["ways"][1]["needs"][number].update(changes)
    return answer


class Audits(unittest.TestCase):
    def test_ways(self):
        want = {"relay_tcp", "relay_tls"}
        self.assertEqual(check_audit.all_ways(want, ANSWER, ANSWER, FOUND), [])
        self.assertTrue(check_audit.all_ways(want, ANSWER, ANSWER, FOUND | {"direct": True}))
        self.assertTrue(check_audit.all_ways(want - {"relay_tls"}, ANSWER, ANSWER, FOUND))

    def test_status(self):
        self.assertEqual(check_audit.status(1, ANSWER), [])
        self.assertTrue(check_audit.status(0, ANSWER))
        self.assertEqual(check_audit.status(0, changed(1, need="checks-in")), [])

    def test_rules(self):
        self.assertEqual(check_audit.rules(ANSWER, ANSWER, [RULE]), [])
        self.assertTrue(check_audit.rules(ANSWER, ANSWER, [dict(RULE, handle=8)]))
        self.assertTrue(check_audit.rules(ANSWER, changed(1, result="passes"), [RULE]))
        self.assertTrue(check_audit.rules(ANSWER, changed(1, rule=dict(RULE, text="drop")), [RULE]))
        self.assertTrue(check_audit.rules(changed(1, rule=None), ANSWER, [RULE]))
        self.assertEqual(
            check_audit.rules(*2 * [changed(1, rule=None, need="checks-in")], [RULE]), []
        )
        self.assertTrue(check_audit.rules(changed(0, result="unknown"), ANSWER, [RULE]))

    def test_media(self):
        self.assertTrue(check_audit.has_media(MEDIA_BOTH_WAYS))
        self.assertFalse(
            check_audit.has_media({"peers": [{"rtp": [{"direction": "in", "packets": 9}]}]})
        )
        self.assertFalse(check_audit.has_media({"peers": []}))
        self.assertFalse(check_audit.has_media(MEDIA_BOTH_WAYS | {"error": "no signalling"}))
