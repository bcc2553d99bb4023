# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The WebRTC clients. Each takes a Call, runs in a namespace, and leaves a report of what it saw
itself.

A report: {"stack", "role", "peers": [{"room", "ice_connected_at", "connected_at" (Unix seconds or
null), "ice_states", "connection_states" ([{"t", "state"}]), "final_ice", "final", "selected"
({"local", "remote"}: type, address, port, protocol, relay_protocol), "dtls" {"state", "version"},
"rtp" ([{"ssrc", "kind", "direction", "packets"}, from a browser also "rtx_ssrc", "all_packets"
(with those of rtx_ssrc), "frames" (decoded), "freezes", "lost", "jitter_ms"]), "data_sent",
"data_received", "local_ufrag", "remote_ufrag", "local_candidates", "remote_candidates", "errors"}]}

In mid-call the lab can tell a client what to do, by a message of the signalling: a browser to
`mute` and `unmute` its tracks, to `hold` all media by negotiation and to `resume` it, to `close`
its page without a word, or to say `bye`; pion to `hold`, which replaces its tracks by nothing, and
to `resume`.
"""

from dataclasses import dataclass, field, replace
import json
import os
import signal
import time
import urllib.request

from ..procs import PATIENCE, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
MEDIA = "audio,video,data"


@dataclass
class Call:
    """What a client shall do."""

    stack: str
    role: str = "offerer"
    servers: list = field(default_factory=list)  # as in RTCConfiguration.iceServers
    policy: str = "all"
    media: str = MEDIA
    hold: float = 6  # seconds to stay once connected
    give_up: float = 45  # seconds to wait for a connection
    count: int = 1
    ipv6: bool = False
    port: int = 0  # the one local port, where the client can choose it (aiortc)
    room: str = "room"
    every: float = 0  # seconds between reports of the call while it goes on; 0: none
    late: float = 0  # seconds by which its candidates are sent late
    dtx: bool = False  # asks for discontinuous transmission of audio (Chromium)

    def but(self, **changes):
        return replace(self, **changes)


class Running:
    """A started client."""

    def __init__(self, lab, name, call, proc, report):
        self.lab, self.name, self.call, self.proc, self.path = lab, name, call, proc, report

    def report(self):
        """Waits for the client's report."""
        limit = self.call.give_up + self.call.hold + 20
        wait_for(
            lambda: os.path.exists(self.path) or self.proc.poll() is not None,
            limit,
            f"the report of {self.name}",
        )
        if not os.path.exists(self.path):
            raise RuntimeError(
                f"{self.name} ({self.call.stack}) ended with status {self.proc.returncode} and no"
                " report: " + self.lab.procs.log(self.proc)[-500:]
            )
        with open(self.path, encoding="utf-8") as f:
            return json.load(f)

    def wait_connected(self, seconds=PATIENCE):
        """Waits until the client says that it is connected; returns that moment."""
        path = self.path + ".connected"
        wait_for(
            lambda: os.path.exists(path) or self.proc.poll() is not None,
            seconds,
            f"{self.name} to be connected",
        )
        with open(path, encoding="utf-8") as f:
            return json.load(f)

    def fresh(self):
        """Waits for the next report of a call that goes on."""
        asked, path = time.time(), self.path + ".now"
        wait_for(
            lambda: os.path.exists(path) and os.stat(path).st_mtime > asked,
            PATIENCE,
            f"a new report of {self.name}",
        )
        return self.latest()

    def latest(self):
        """Its last report of the call while it went on."""
        with open(self.path + ".now", encoding="utf-8") as f:
            return json.load(f)

    def hang_up(self):
        """Tells a client that it was long enough."""
        if self.call.stack == "chromium":
            self.tell("bye")
        else:
            self.proc.send_signal(signal.SIGINT)

    def tell(self, action):
        """Tells it what to do in mid-call."""
        self.lab.event(f"{self.name}: {action}")
        self.lab.ns["signalling"].call(self.send, {"type": "do", "action": action})

    def send(self, message):
        other = {"offerer": "answerer", "answerer": "offerer"}[self.call.role]
        url = f"{self.lab.signal_url}/rooms/{self.call.room}-1/{other}"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(message).encode(), headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(request, timeout=PATIENCE).close()

    def kill(self):
        """As kill -9 of it and of all that it started; it says nothing more."""
        os.killpg(self.proc.pid, signal.SIGKILL)
        self.proc.wait()

    def end(self):
        """Lets a client that is done leave by itself, then stops it."""
        if self.call.stack != "chromium":
            wait_for(lambda: self.proc.poll() is not None, PATIENCE, f"{self.name} to leave")
        self.lab.procs.stop(self.proc)


def start(lab, name, call):
    """Starts a client in the namespace NAME."""
    from . import aiortc_client, chromium, absent_peer, pion

    stacks = {
        "pion": pion.start,
        "chromium": chromium.start,
        "aiortc": aiortc_client.start,
        "absent": absent_peer.start,
    }
    path = os.path.join(lab.reports, f"{name}.json")
    for old in (path, path + ".connected", path + ".now"):
        if os.path.exists(old):
            os.unlink(old)
    proc = stacks[call.stack](lab, name, call, path)
    return Running(lab, name, call, proc, path)


def common_options(lab, call, path):
    """The command line that the clients other than the browser share."""
    options = [
        "-signal",
        lab.signal_url,
        "-room",
        call.room,
        "-role",
        call.role,
        "-servers",
        json.dumps(call.servers),
        "-policy",
        call.policy,
        "-media",
        call.media,
        "-hold",
        str(call.hold),
        "-give-up",
        str(call.give_up),
        "-count",
        str(call.count),
        "-report",
        path,
    ]
    return (
        options
        + (["-ipv6"] if call.ipv6 else [])
        + (["-port", str(call.port)] if call.port else [])
    )
