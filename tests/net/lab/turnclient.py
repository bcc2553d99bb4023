# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""coturn's own client, through TURN over TLS: no WebRTC client can be told to trust a certificate
that was made just now."""

import re

from .procs import PATIENCE, wait_for
from .topology import SERVER, SERVER2
from .turn import PASSWORD, USER

TOOL, ECHO = "turnutils_uclient", "turnutils_peer"
ECHO_PORT = 4800
SECONDS = 10
RECEIVED = re.compile(r"tot_recv_msgs=(\d+)")


def start_echo(lab):
    """The peer beyond the relay, which sends everything back."""
    proc = lab.procs.start(lab.ns["servers"], [ECHO, "-L", SERVER2, "-p", str(ECHO_PORT)], "echo")
    wait_for(
        lambda: f"{SERVER2}:{ECHO_PORT}" in lab.ns["servers"].run("ss", "-Hlun"),
        PATIENCE,
        "the echo beyond the relay",
    )
    return proc


def works_over_tls(ns, port):
    """Whether something comes back through a relay that is reached over TLS on this port."""
    argv = (
        "timeout",
        str(SECONDS),
        TOOL,
        "-t",
        "-S",
        "-u",
        USER,
        "-w",
        PASSWORD,
        "-e",
        SERVER2,
        "-r",
        str(ECHO_PORT),
        "-n",
        "5",
        "-m",
        "1",
        "-l",
        "170",
        "-c",
        "-p",
        str(port),
        SERVER,
    )
    received = [int(n) for n in RECEIVED.findall(ns.run(*argv, check=False))]
    return bool(received and received[-1])
