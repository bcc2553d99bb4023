# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Floods of STUN Binding requests from made-up inside addresses, sent raw: each its own flow, none
ever answered."""

import ctypes
import os
import random
import socket
import struct
import time

from . import nat
from .malformed import checksum, mac_of, received
from .topology import SERVER2, WAN_A

TARGET = (SERVER2, 3478)
BATCH = 512
LAN, ELSEWHERE = (192, 168), (172, 16)  # the upper half of the sources' addresses
PAYLOAD = struct.Struct(">HHL12s")
SOURCE_AT, CHECKSUM_AT, PORT_AT, TRANSACTION_AT = (
    14 + 14,
    14 + 10,
    14 + 20,
    14 + 28 + 8,
)  # in the frame
LIBC = ctypes.CDLL(None, use_errno=True)

# The gateway translates the flood without a conntrack entry for each, so that the table has room
# for others; the internet router spares the server it.
TRANSLATE = f"""
table ip flood {{
	chain prerouting {{
		type filter hook prerouting priority raw
		ip daddr {SERVER2} meta l4proto udp notrack
	}}
	chain postrouting {{
		type filter hook postrouting priority srcnat
		ip daddr {SERVER2} meta l4proto udp ip saddr set {WAN_A}
	}}
}}
"""
DROP = f"""
table ip flood {{
	chain prerouting {{
		type filter hook prerouting priority raw
		ip daddr {SERVER2} meta l4proto udp drop
	}}
}}
"""


class IOVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


class Header(ctypes.Structure):
    """struct mmsghdr, with the struct msghdr in it."""

    _fields_ = [
        ("name", ctypes.c_void_p),
        ("namelen", ctypes.c_uint),
        ("iov", ctypes.POINTER(IOVec)),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
        ("sent", ctypes.c_uint),
    ]


def translated(lab, count, seconds):
    """As many packets as this arrive at gateway A, if the time is enough: an interface that is full
    drops some."""
    nat.load(lab.ns["gwa"], TRANSLATE)
    return until(lab, LAN, lambda arrived: arrived >= count, count, seconds)


def tracked(lab, over, at_once, seconds):
    """Every packet makes a conntrack entry, until over(); the gateway is to leave such addresses as
    they are."""
    return until(lab, ELSEWHERE, lambda arrived: arrived and over(), at_once, seconds)


def until(lab, network, over, at_once, seconds):
    """From carol's place toward a STUN server: so many at once, then few until it is over. Returns
    how many more packets
    gateway A received, and how long it took."""
    nat.load(lab.ns["inet"], DROP)
    carol, gateway, rng = lab.ns["carol"], lab.ns["gwa"], random.Random(network[0])
    mac, before, start = (
        gateway.call(mac_of, "lan0"),
        gateway.call(received, "lan0"),
        time.monotonic(),
    )
    arrived = 0
    while not over(arrived) and time.monotonic() < start + seconds:
        carol.call(
            pump,
            "eth0",
            frame(mac, network),
            max(at_once - arrived, at_once // 20),
            start + seconds,
            rng,
        )
        arrived = gateway.call(received, "lan0") - before
    return arrived, time.monotonic() - start


def frame(mac, network):
    payload = PAYLOAD.pack(0x0001, 0, 0x2112A442, bytes(12))
    udp = struct.pack(">HHHH", 0, TARGET[1], 8 + len(payload), 0) + payload
    ip = struct.pack(
        ">BBHHHBBH4s4s",
        0x45,
        0,
        20 + len(udp),
        0,
        0,
        64,
        17,
        0,
        bytes((*network, 0, 0)),
        socket.inet_aton(TARGET[0]),
    )
    return mac + b"\x02\x00\x00\x00\x00\x02\x08\x00" + ip + udp


def pump(dev, template, count, deadline, rng):
    size, base = len(template), ~checksum(template[14:34]) & 0xFFFF
    buffer = bytearray(template * BATCH)
    headers, keep = headers_for(buffer, size)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind((dev, 0))
        for _ in range(count // BATCH):
            refill(buffer, size, base, rng)
            send_all(s.fileno(), headers)
            if time.monotonic() > deadline:
                break
    del keep


def headers_for(buffer, size):
    start = ctypes.addressof((ctypes.c_char * len(buffer)).from_buffer(buffer))
    vectors = (IOVec * BATCH)(*(IOVec(start + i * size, size) for i in range(BATCH)))
    headers = (Header * BATCH)()
    for i, header in enumerate(headers):
        header.iov, header.iovlen = ctypes.pointer(vectors[i]), 1
    return headers, vectors


def refill(buffer, size, base, rng):
    """Another source address, port and transaction id for each frame; of the IP header only the
    address changes."""
    transactions = os.urandom(12 * BATCH)
    put = struct.pack_into
    for i in range(BATCH):
        at, made_up = i * size, rng.getrandbits(32)
        total = base + (made_up >> 16)
        put(">H", buffer, at + SOURCE_AT, made_up >> 16)
        put(">H", buffer, at + CHECKSUM_AT, ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
        put(">H", buffer, at + PORT_AT, made_up & 0xFFFF or 1)
        buffer[at + TRANSACTION_AT : at + TRANSACTION_AT + 12] = transactions[12 * i : 12 * i + 12]


def send_all(fd, headers):
    done = 0
    while done < BATCH:
        sent = LIBC.sendmmsg(
            fd, ctypes.byref(headers, done * ctypes.sizeof(Header)), BATCH - done, 0
        )
        if sent < 0:
            error = ctypes.get_errno()
            raise OSError(error, "sendmmsg: " + os.strerror(error))
        done += sent
