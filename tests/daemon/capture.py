#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Writes a capture of raw IP: `capture.py FILE checks|hellos COUNT [gtpu]`.

Each check has its answer, each ClientHello its ServerHello; 100 ms from one packet to the next; in
GTP-U if wanted.
"""

import struct
import sys

COOKIE = 0x2112A442
HOST, PEER = bytes((192, 168, 0, 2)), bytes((5, 0, 0, 2))
HOSTILE = b'@peer:=SUM(1,2)&"x"'  # a spreadsheet's formulas, and what CSV separates and quotes with


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def message(kind, number, body):
    return struct.pack("!HHI", kind, len(body), COOKIE) + number.to_bytes(12, "big") + body


# Version, random, no session id, no cookie, a cipher suite, no compression; use_srtp (RFC 5764).
HELLO = bytes(34) + b"\0\0" + b"\0\2\xc0\x2b" + b"\1\0" + b"\0\x09\0\x0e\0\5\0\2\0\1\0"


def handshake(kind, number):
    size = len(HELLO)
    body = struct.pack("!BBHHBHBH", kind, 0, size, 0, 0, 0, 0, size) + HELLO
    return struct.pack("!BHHHIH", 22, 0xFEFD, 0, 0, number, len(body)) + body


def packet(source, target, payload, port=7000):
    udp = struct.pack("!HHHH", port, port, len(payload) + 8, 0) + payload
    return (
        struct.pack("!BBHHHBBH4s4s", 0x45, 0, len(udp) + 20, 0, 0, 64, 17, 0, source, target) + udp
    )


def checks(number):
    yield packet(
        HOST,
        PEER,
        message(0x0001, number, attribute(0x0006, HOSTILE) + attribute(0x0024, bytes(4))),
    )
    yield packet(
        PEER, HOST, message(0x0101, number, attribute(0x0020, struct.pack("!HHI", 1, 7000, COOKIE)))
    )


def hellos(number):
    yield packet(HOST, PEER, handshake(1, number))
    yield packet(PEER, HOST, handshake(2, number))


def packets(kind, count, tunnel):
    for number in range(int(count)):
        for data in {"checks": checks, "hellos": hellos}[kind](number):
            yield packet(
                HOST, PEER, struct.pack("!BBHI", 0x30, 255, len(data), 42) + data, 2152
            ) if tunnel else data


with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("!IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
    for index, data in enumerate(packets(*sys.argv[2:4], "gtpu" in sys.argv[4:])):
        moment = 1700000000_000000 + index * 100000
        file.write(
            struct.pack("!IIII", moment // 1000000, moment % 1000000, len(data), len(data)) + data
        )
