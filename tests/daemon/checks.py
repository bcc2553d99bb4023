#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Sends packets for tests/daemon: `checks.py checks FROM TO COUNT`, `checks.py sessions FROM TO
COUNT` or `checks.py noise INTERFACE COUNT`."""

import os
import random
import socket
import struct
import sys

COOKIE = 0x2112A442
HOSTILE = (
    b'x9Yz\x1b[31m\xff"<b>:aB3d'  # an ESC, no UTF-8, quotes, tags; RFC 8445 allows none of them
)


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def check(username):
    body = attribute(0x0006, username) + attribute(0x0024, struct.pack("!I", 1853824767))
    body += attribute(0x802A, os.urandom(8)) + attribute(0x0008, os.urandom(20))
    return struct.pack("!HHI", 1, len(body), COOKIE) + os.urandom(12) + body


def send_checks(source, target, count):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((source, 7000))
        for _ in range(count):
            sock.sendto(check(HOSTILE), (target, 7000))


def send_sessions(source, target, count):
    """A check of each of so many sessions."""
    for number in range(count):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((source, 10000 + number))
            sock.sendto(check(b"peer%d:host%d" % (number, number)), (target, 7000))


def frame(rng, payload):
    """A frame for the gateway that claims to be Ethernet, IPv4 and UDP; lengths and what follows
    may lie."""
    udp = (
        struct.pack("!HHHH", rng.randrange(65536), rng.randrange(65536), len(payload) + 8, 0)
        + payload
    )
    ip = struct.pack(
        "!BBHHHBBH4s4s",
        0x45,
        0,
        len(udp) + 20,
        rng.randrange(65536),
        0,
        64,
        17,
        0,
        bytes((192, 168, 0, 10)),
        bytes((5, 0, 0, rng.randrange(3, 250))),
    )
    return b"\xff" * 6 + b"\x02\x00\x00\x00\x00\x01" + b"\x08\x00" + ip + udp


def mangled(rng):
    """A check with some bytes changed and a length that is no multiple of four: never a valid one
    (RFC 8489, section 5)."""
    data = bytearray(check(HOSTILE))
    for _ in range(6):
        data[rng.randrange(len(data))] = rng.randrange(256)
    data[3] |= 1
    return bytes(data)


def noise(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return rng.randbytes(rng.randrange(14, 200))
    if kind == 1:
        data = frame(rng, check(HOSTILE))
        return data[: rng.randrange(14, len(data))]
    if kind == 2:
        return frame(rng, rng.randbytes(rng.randrange(0, 120)))
    return frame(rng, mangled(rng))


def send_noise(interface, count):
    rng = random.Random(1)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((interface, 0))
        for _ in range(count):
            sock.send(noise(rng))


if sys.argv[1] == "checks":
    send_checks(sys.argv[2], sys.argv[3], int(sys.argv[4]))
elif sys.argv[1] == "sessions":
    send_sessions(sys.argv[2], sys.argv[3], int(sys.argv[4]))
else:
    send_noise(sys.argv[2], int(sys.argv[3]))
