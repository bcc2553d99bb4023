# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""How the time to the verdict is read off the gateway's counters; test_check.py runs these, too."""

import unittest

import stopwatch
from stopwatch import Time


def rule(*statements):
    return {"rule": {"family": "inet", "expr": list(statements)}}


def counter(packets):
    return {"counter": {"packets": packets, "bytes": 0}}


class Counters(unittest.TestCase):
    def test_nft(self):
        listed = [
            {"metainfo": {}},
            rule({"match": {}}, counter(3), {"drop": None}),
            rule(counter(4), {"reject": {"type": "tcp reset"}}),
            rule(counter(50), {"accept": None}),
            rule(counter(60)),
            rule({"counter": "named"}, {"drop": None}),
            rule({"drop": None}),
        ]
        self.assertEqual(stopwatch.by_nft({"nftables": listed}), 7)

    def test_kernel(self):
        text = (
            "Ip: Forwarding OutNoRoutes\nIp: 1 2\nTcpExt: IPReversePathFilter Other\nTcpExt: 3 9\n"
        )
        self.assertEqual(stopwatch.by_kernel(text), 5)

    def test_tc(self):
        text = "qdisc tbf\n Sent 1 pkt (dropped 4, overlimits 9)\n Sent 1 pkt (dropped 2, x)\n"
        self.assertEqual(stopwatch.by_tc(text), 6)


class Table(unittest.TestCase):
    def test_median_and_worst(self):
        times = [Time(str(n), "blocked", n) for n in (1.0, 2.0, 9.0)] + [Time("x", "blocked")]
        lines = stopwatch.table(times)
        self.assertEqual(len(lines), 6)
        self.assertEqual(lines[-1], "median 2.0 s, worst 9.0 s of 3")

    def test_nothing_known(self):
        self.assertEqual(len(stopwatch.table([Time("x", "blocked")])), 2)
