# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Of the comparison itself, what concerns media; test_check.py runs these, too."""

import unittest

import media_table
import post_checks_media
from lab import bad_link

RECEIVED = {"ssrc": 7, "kind": "audio", "direction": "in", "lost": 80, "jitter_ms": 10.0}
SEEN = {"ssrc": "0x00000007", "direction": "in", "lost": 82, "jitter_ms": 12.0, "clock_rate": 48000}


class Media(unittest.TestCase):
    def complaints(self, seen, rtp):
        return post_checks_media.compare([{"media": [seen]}], [rtp])

    def test_received(self):
        self.assertEqual(self.complaints(SEEN, RECEIVED), [])
        for change in (
            {"lost": 60},
            {"lost": 100},
            {"jitter_ms": 3.0},
            {"jitter_ms": None},
            {"clock_rate": 90000},
            {"direction": "out"},
            {"ssrc": "0x00000008"},
        ):
            with self.subTest(str(change)):
                self.assertTrue(self.complaints(dict(SEEN, **change), RECEIVED))
        self.assertTrue(self.complaints(dict(SEEN, lost=0), dict(RECEIVED, lost=0)))

    def test_sent(self):
        out = dict(RECEIVED, direction="out", lost=None, jitter_ms=None)
        self.assertEqual(self.complaints(dict(SEEN, direction="out", lost=0), out), [])
        self.assertTrue(self.complaints(dict(SEEN, direction="out", lost=1), out))

    def test_what_the_bad_link_takes(self):
        self.assertTrue(bad_link.is_rtp(bytes.fromhex("806f0001") + bytes(8)))
        for payload in (
            "80c90001" + "00" * 8,
            "000100002112a44200000000",
            "16fefd000000000000000000",
            "806f0001",
        ):
            self.assertFalse(bad_link.is_rtp(bytes.fromhex(payload)))


class Table(unittest.TestCase):
    def test_line(self):
        """Retransmissions (9) are lost here, too, but not the client's loss; what goes the other
        way (8) does not belong there."""
        client = {
            "local_ufrag": "a",
            "remote_ufrag": "b",
            "rtp": [dict(RECEIVED, freezes=None), dict(RECEIVED, ssrc=6, kind="video", freezes=2)],
        }
        media = [
            dict(SEEN, packets=10, lost_here=5, freezes=0),
            dict(SEEN, ssrc="0x00000006", packets=20, lost=1, lost_here=2, freezes=1),
            dict(SEEN, ssrc="0x00000009", packets=1, lost=3, lost_here=4, freezes=0),
            dict(SEEN, ssrc="0x00000008", packets=1, lost=3, lost_here=4, direction="out"),
            {"ssrc": None, "direction": "in"},
        ]
        session = {"ufrags": ["b", "a"], "media": media}
        session["impaired"] = {"cause": "rule", "share": 0.25}
        cells = media_table.cells(
            media_table.Condition("x", "in"), 11, [session], {"alice": {"peers": [client]}}
        )
        self.assertEqual(
            cells,
            ("x", "in", 30, 11, 11, 83, 90, 160, "12.0", "10.0", 1, 2, "rule 25 %"),
        )
