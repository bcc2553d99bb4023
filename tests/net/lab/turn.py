# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The TURN and STUN server: coturn on both server addresses."""

import os
import socket

from .netns import Netns, run
from .procs import PATIENCE, wait_for
from .topology import SERVER, SERVER2

USER, PASSWORD, REALM, PORT = "lab", "secret", "lab", 3478
TLS_PORTS = (443, 5349)

STUN = {"urls": [f"stun:{SERVER}:{PORT}"]}
STUN2 = {"urls": [f"stun:{SERVER2}:{PORT}"]}
STUN_ALTERNATE = {"urls": [f"stun:{SERVER}:{PORT + 1}"]}  # where RFC 5780 is spoken, too


def turn_urls(*transports, password=PASSWORD):
    """An entry of iceServers: TURN over udp and/or tcp."""
    return {
        "urls": [f"turn:{SERVER}:{PORT}?transport={t}" for t in transports],
        "username": USER,
        "credential": password,
    }


def start(lab, quota=0, tcp=True, tls=False, denied=""):
    data = os.path.join(lab.dir, "coturn")
    os.makedirs(data, exist_ok=True)
    argv = [
        "turnserver",
        "-n",
        "--log-file",
        "stdout",
        "--simple-log",
        "--pidfile",
        os.path.join(data, "pid"),
        "--userdb",
        os.path.join(data, "db"),
        "--listening-ip",
        SERVER,
        "--listening-ip",
        SERVER2,
        "--listening-port",
        str(PORT),
        "--relay-ip",
        SERVER,
        "--min-port",
        "49152",
        "--max-port",
        "65535",
        "--realm",
        REALM,
        "--lt-cred-mech",
        "--user",
        f"{USER}:{PASSWORD}",
        "--no-dtls",
        "--no-cli",
    ]
    argv += secured(data) if tls else ["--no-tls"]
    if quota:
        argv += ["--user-quota", str(quota)]
    if not tcp:
        argv += ["--no-tcp"]
    if denied:
        argv += ["--denied-peer-ip", denied]
    proc = lab.procs.start(lab.ns["servers"], argv, "coturn")
    ns: Netns = lab.ns["servers"]
    wait_for(lambda: ns.call(answers), PATIENCE, "coturn to answer", step=0.1)
    return proc


def secured(directory):
    """The options for TLS, with a certificate that was made just now."""
    key, certificate = (os.path.join(directory, name) for name in ("key.pem", "certificate.pem"))
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=turn.example",
        "-keyout",
        key,
        "-out",
        certificate,
    )
    return [
        "--cert",
        certificate,
        "--pkey",
        key,
        "--tls-listening-port",
        str(TLS_PORTS[0]),
        "--alt-tls-listening-port",
        str(TLS_PORTS[1]),
    ]


def answers():
    """One STUN binding request, answered?"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.3)
        s.sendto(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + os.urandom(12), (SERVER, PORT))
        try:
            return s.recv(1500)[:2] == b"\x01\x01"
        except OSError:
            return False
