# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A bad link: behind an NFQUEUE, loses some RTP packets and holds the others back for random times,
in their order; some it holds back for so long that others overtake them.

Everything else passes at once. (tc's netem does more, but is not in every kernel.)
"""

from collections import deque
import os
import random
import select
import sys
import time

LOSS, DELAY_SECONDS = 0.05, 0.04
LATE_SECONDS = 0.08  # time enough for the packets of four audio frames
QUEUE = 8


def on_the_way(dev, loss=LOSS, delay=DELAY_SECONDS, late=0):
    """To be done before the clients start: the internet router's link DEV becomes bad in its
    outward direction. loss, late: shares of the packets."""

    def impair(lab):
        from . import nfqueue

        nfqueue.start(lab, "inet", QUEUE, __file__, loss, delay, late)
        lab.ns["inet"].run(
            "iptables-nft",
            "-A",
            "FORWARD",
            "-o",
            dev,
            "-p",
            "udp",
            "-j",
            "NFQUEUE",
            "--queue-num",
            str(QUEUE),
        )

    return impair


def is_rtp(payload):
    return len(payload) >= 12 and payload[0] >> 6 == 2 and not 192 <= payload[1] <= 223


class Link:
    def __init__(self, queue, loss, delay, late):
        import nfqueue

        self.nfqueue, self.queue, self.sock = nfqueue, queue, nfqueue.listen(queue)
        self.loss, self.delay, self.late = loss, delay, late
        self.random = random.Random(1)
        self.held = deque()  # (when it goes on, name), in the order of both
        self.overtaken = deque()  # the same
        self.last = 0.0

    def take(self):
        for name, packet in self.nfqueue.receive(self.sock):
            if not is_rtp(self.nfqueue.payload(packet)):
                self.nfqueue.answer(self.sock, self.queue, name, self.nfqueue.ACCEPT)
            elif self.random.random() < self.loss:
                self.nfqueue.answer(self.sock, self.queue, name, self.nfqueue.DROP)
            elif self.random.random() < self.late:
                self.overtaken.append((time.monotonic() + LATE_SECONDS, name))
            else:
                self.last = max(self.last, time.monotonic() + self.random.random() * self.delay)
                self.held.append((self.last, name))

    def release(self):
        for held in (self.held, self.overtaken):
            while held and held[0][0] <= time.monotonic():
                self.nfqueue.answer(self.sock, self.queue, held.popleft()[1], self.nfqueue.ACCEPT)

    def serve(self):
        while True:
            next_ones = [held[0][0] for held in (self.held, self.overtaken) if held]
            wait = max(0.0, min(next_ones) - time.monotonic()) if next_ones else None
            if select.select([self.sock], [], [], wait)[0]:
                self.take()
            self.release()


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    Link(int(sys.argv[1]), *map(float, sys.argv[2:])).serve()
