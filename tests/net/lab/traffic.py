# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Traffic through gateway A that is no WebRTC. Each function returns how much of it was
answered."""

import contextlib
import json
import os
import socket
import struct
import threading

from .netns import http_get
from .procs import PATIENCE, wait_for

QUIC_PACKETS = 2000
TRIES = 3


def http(ns, url, times):
    return ns.call(lambda: sum(http_get(url, 3)[0] == 200 for _ in range(times)))


def udp_socket(ns, address=None):
    s = ns.call(socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(1)
    if address:
        s.bind(address)
    return s


@contextlib.contextmanager
def udp_server(ns, address, answer):
    """Answers each datagram with answer(datagram, peer) while the block lasts."""
    server, over = udp_socket(ns, address), threading.Event()

    def serve():
        while not over.is_set():
            with contextlib.suppress(socket.timeout):
                data, peer = server.recvfrom(2048)
                server.sendto(answer(data, peer), peer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        server.close()


def ask(client, packet, server):
    """Whether the packet was answered; it is sent again if it or its answer may be lost."""
    for _ in range(TRIES):
        client.sendto(packet, server)
        with contextlib.suppress(socket.timeout):
            return bool(client.recv(2048))
    return False


def dns(ns, server_ns, host):
    """Queries whose ids begin with every byte there is, as STUN, DTLS and RTP do, each from its own
    port."""
    question = b"\x07example\x03org\x00\x00\x01\x00\x01"

    def answer(query, _):
        return (
            query[:2]
            + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
            + question
            + b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x05\x00\x00\x14"
        )

    answered = 0
    with udp_server(server_ns, (host, 53), answer):
        for number in range(512):
            with udp_socket(ns) as client:
                query = (
                    struct.pack(">BB", number & 0xFF, number >> 8)
                    + b"\x01\x00\x00\x01"
                    + bytes(6)
                    + question
                )
                answered += ask(client, query, (host, 53))
    return answered


def quic_like(ns, server_ns, host, port=443, packets=QUIC_PACKETS):
    """One connection: long headers first, then short ones whose first byte is 64 to 127 and nothing
    else is clear."""

    def packet(number):
        if number < 4:
            return (
                bytes([0xC0 | number])
                + b"\x00\x00\x00\x01\x08"
                + b"\x11" * 8
                + b"\x08"
                + b"\x22" * 8
                + os.urandom(1178)
            )
        return bytes([0x40 | number & 0x3F]) + b"\x11" * 8 + os.urandom(200 + number % 1000)

    answered = 0
    with udp_server(
        server_ns, (host, port), lambda data, _: data[:5] + os.urandom(len(data) - 5)
    ), udp_socket(ns) as client:
        for number in range(packets):
            answered += ask(client, packet(number), (host, port))
    return answered


def iperf3(lab, client, server, host, seconds=3):
    """UDP at 20 Mbit/s, up and down; returns the packets that arrived."""
    server_proc = lab.procs.start(
        lab.ns[server], ["iperf3", "-s", "--forceflush", "-B", host], "iperf3-server"
    )
    wait_for(lambda: "listening" in lab.procs.log(server_proc), PATIENCE, "the iperf3 server")
    arrived = 0
    for direction in ([], ["-R"]):
        out = lab.ns[client].run(
            "iperf3", "-c", host, "-u", "-b", "20M", "-t", str(seconds), "-J", *direction
        )
        total = json.loads(out)["end"]["sum"]
        arrived += total["packets"] - total["lost_packets"]
    lab.procs.stop(server_proc)
    return arrived
