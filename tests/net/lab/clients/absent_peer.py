# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A peer that answers the offer and is never there.

Its answer is the offer itself with other credentials and with candidates on which nobody listens.
It sends no packet but its signalling, which no client that was switched off just in time could
promise.
"""

import json
import os
import re
import secrets
import sys
import time
import urllib.request

from . import common_options
from .. import topology

PYTHON = "/usr/bin/python3"
CANDIDATES = (
    f"1 1 udp 2130706431 {topology.BOB} 40404 typ host",
    f"2 1 udp 1694498815 {topology.WAN_B} 40404 typ srflx raddr {topology.BOB} rport 40404",
)


def start(lab, name, call, path):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    env = dict(os.environ, PYTHONPATH=root)
    return lab.procs.start(
        lab.host_of(name),
        [PYTHON, "-B", "-m", "lab.clients.absent_peer", *common_options(lab, call, path)],
        f"{name}-absent",
        env=env,
    )


def answer_to(offer, ufrag):
    sdp = re.sub(r"a=ice-ufrag:\S+", "a=ice-ufrag:" + ufrag, offer)
    sdp = re.sub(r"a=ice-pwd:\S+", "a=ice-pwd:" + secrets.token_hex(12), sdp)
    sdp = re.sub(r"a=setup:\S+", "a=setup:active", sdp)
    sdp = re.sub(r"(a=fingerprint:sha-256) \S+", r"\1 " + ":".join(["5A"] * 32), sdp)
    return re.sub(r"a=(candidate|end-of-candidates|ssrc|ssrc-group)\b[^\n]*\n", "", sdp)


def main(argv):
    options = dict(zip(argv[::2], argv[1::2]))
    url = f"{options['-signal']}/rooms/{options['-room']}-1/{options['-role']}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def send(message):
        opener.open(
            urllib.request.Request(
                url, json.dumps(message).encode(), {"Content-Type": "application/json"}
            )
        ).read()

    messages = []
    while not any(m["type"] == "offer" for m in messages):
        messages = json.load(opener.open(url + "?after=0"))
    offer = next(m["sdp"] for m in messages if m["type"] == "offer")
    ufrag = secrets.token_hex(4)
    send({"type": "answer", "sdp": answer_to(offer, ufrag)})
    for candidate in CANDIDATES:
        send(
            {
                "type": "candidate",
                "candidate": {
                    "candidate": "candidate:" + candidate,
                    "sdpMid": "0",
                    "sdpMLineIndex": 0,
                },
            }
        )
    report = {
        "stack": "absent",
        "role": options["-role"],
        "answered_at": time.time(),
        "local_ufrag": ufrag,
        "peers": [],
    }
    path = options["-report"]
    with open(path + ".part", "w", encoding="utf-8") as f:
        json.dump(report, f)
    os.rename(path + ".part", path)  # it is read as soon as it is there


if __name__ == "__main__":
    main(sys.argv[1:])
