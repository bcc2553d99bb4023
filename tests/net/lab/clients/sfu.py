# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Participants of the SFU: a Chromium on pages/sfu.html for each host, which posts its report each
second, and a last one when it is told that the call is over.

Reports are those of lab/clients/__init__.py; a peer also has "direction": sendrecv, sendonly or
recvonly.
"""

from dataclasses import dataclass
import json
import os
import time
import urllib.request

from .. import janus
from ..procs import wait_for
from . import chromium

GIVE_UP_SECONDS, REPORT_SECONDS = 45, 20
# Small pictures, too, get as many simulcast layers as they are asked for.
ALL_LAYERS = "--force-fieldtrials=WebRTC-LegacySimulcastLayerLimit/Disabled/"
LAYERS = 3


ECHO, ROOM = "echotest", "videoroom"  # Janus' plugins


@dataclass(frozen=True)
class Sfu:
    """Who uses which plugin of the SFU, on which host, and how."""

    alice: tuple = (ROOM, ROOM)
    carol: tuple = (ROOM,)
    simulcast: bool = False
    multistream: bool = False  # one connection for all subscriptions instead of one for each

    @property
    def participants(self):
        """{host: plugins}"""
        return {"alice": self.alice, "carol": self.carol} if self.carol else {"alice": self.alice}

    @property
    def others(self):
        """How many publishers each participant of the room finds there."""
        return max((self.alice + self.carol).count(ROOM) - 1, 0)

    def connections(self, host):
        """{direction: how many connections with it the host has}"""
        inside = self.participants[host].count(ROOM)
        counts = {
            "sendrecv": self.participants[host].count(ECHO),
            "sendonly": inside,
            "recvonly": inside * (1 if self.multistream else self.others),
        }
        return {direction: n for direction, n in counts.items() if n}

    @property
    def sessions(self):
        return sum(sum(self.connections(host).values()) for host in self.participants)

    def streams(self, direction):
        """{(kind, direction): number of SSRCs} of a connection, without retransmissions."""
        feeds = self.others if direction == "recvonly" and self.multistream else 1
        found = {}
        if direction != "recvonly":
            found |= {("audio", "out"): 1, ("video", "out"): LAYERS if self.simulcast else 1}
        if direction != "sendonly":
            found |= {("audio", "in"): feeds, ("video", "in"): feeds}
        return found


class Participants:
    """The browser of one host."""

    def __init__(self, lab, host, sfu):
        self.lab, self.host = lab, host
        self.path = os.path.join(lab.reports, f"{host}.json")
        job = {
            "janus": janus.URL,
            "room": janus.ROOM,
            "simulcast": sfu.simulcast,
            "multistream": sfu.multistream,
            "participants": [
                {"name": f"{host}{number}", "plugin": plugin}
                for number, plugin in enumerate(sfu.participants[host], 1)
            ],
            "others": sfu.others,
            "giveUp": GIVE_UP_SECONDS,
            "report": os.path.basename(self.path),
        }
        lab.event(f"start {host}: {', '.join(sfu.participants[host])}")
        self.proc = chromium.browse(lab, host, "sfu.html", job, ALL_LAYERS)

    def wait_connected(self):
        """Waits until all connections are there."""
        self.wait(self.path + ".connected", GIVE_UP_SECONDS + REPORT_SECONDS)
        if os.path.exists(self.path):
            raise RuntimeError(f"{self.host}: {self.read(self.path).get('error')}")

    def wait(self, path, seconds):
        wait_for(
            lambda: os.path.exists(path) or os.path.exists(self.path) or self.ended(),
            seconds,
            f"{os.path.basename(path)} of {self.host}",
        )
        if self.ended():
            raise RuntimeError(
                f"{self.host}: Chromium ended: " + self.lab.procs.log(self.proc)[-500:]
            )

    def ended(self):
        return self.proc.poll() is not None

    def read(self, path):
        with open(path, encoding="utf-8") as f:
            return json.load(f)

    def latest(self):
        """The newest report of a call that goes on."""
        self.wait(self.path + ".now", REPORT_SECONDS)
        return self.read(self.path + ".now")

    def fresh(self):
        """The next report."""
        asked = time.time()
        self.latest()
        wait_for(
            lambda: os.stat(self.path + ".now").st_mtime > asked,
            REPORT_SECONDS,
            f"a new report of {self.host}",
        )
        return self.latest()

    def finish(self):
        """Ends the call; returns the last report."""
        self.lab.ns["signalling"].call(self.say_over)
        self.wait(self.path, REPORT_SECONDS)
        report = self.read(self.path)
        time.sleep(0.5)  # for the farewells of the connections
        self.lab.procs.stop(self.proc)
        return report

    def say_over(self):
        url = f"{self.lab.signal_url}/rooms/{os.path.basename(self.path)}/offerer"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, b'"over"', headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(request, timeout=REPORT_SECONDS).close()


def join(lab, sfu):
    """Starts the browsers and waits until all of their connections are there."""
    browsers = [Participants(lab, host, sfu) for host in sfu.participants]
    for browser in browsers:
        browser.wait_connected()
    return browsers


def leave(browsers):
    return {browser.host: browser.finish() for browser in browsers}


def latest(browsers):
    return {browser.host: browser.latest() for browser in browsers}


def fresh(browsers):
    return {browser.host: browser.fresh() for browser in browsers}
