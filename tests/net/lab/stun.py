# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""STUN Binding (RFC 8489), just enough to ask for the own mapping and to answer who asks."""

import contextlib
import os
import socket
import struct

from .conntrack import endpoint
from .topology import SERVER
from .traffic import udp_server

COOKIE = 0x2112A442
HEADER = struct.Struct(">HHL12s")
REQUEST, SUCCESS = 0x0001, 0x0101
XOR_MAPPED_ADDRESS = 0x0020
TRIES, PATIENCE = 5, 1.0


def request():
    return HEADER.pack(REQUEST, 0, COOKIE, os.urandom(12))


def answer(asked, peer):
    """A success response with the IPv4 peer's own address; nothing if it was no request."""
    kind, _, _, transaction = HEADER.unpack(asked[: HEADER.size])
    if kind != REQUEST:
        return b""
    address = struct.unpack(">L", socket.inet_aton(peer[0]))[0] ^ COOKIE
    attribute = struct.pack(">HHBBHL", XOR_MAPPED_ADDRESS, 8, 0, 1, peer[1] ^ COOKIE >> 16, address)
    return HEADER.pack(SUCCESS, len(attribute), COOKIE, transaction) + attribute


def mapped(packet):
    """The IPv4 address in a success, as "address:port"; None if there is none."""
    if len(packet) < HEADER.size or HEADER.unpack(packet[: HEADER.size])[0] != SUCCESS:
        return None
    at = HEADER.size
    while at + 4 <= len(packet):
        kind, size = struct.unpack_from(">HH", packet, at)
        if kind == XOR_MAPPED_ADDRESS and size == 8:
            _, family, port, address = struct.unpack_from(">BBHL", packet, at + 4)
            return endpoint(
                socket.inet_ntoa(struct.pack(">L", address ^ COOKIE)), port ^ COOKIE >> 16
            )
        at += 4 + (size + 3) // 4 * 4
    return None


def ask(ns, server, bind=("", 0)):
    """(own endpoint, what the server says it is seen as) of a new socket in this namespace; None
    for no answer."""
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with ns.call(socket.socket, family, socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE)
        s.bind(bind)
        s.connect(server)
        own = endpoint(*s.getsockname()[:2])
        packet = request()
        for _ in range(TRIES):
            with contextlib.suppress(OSError):
                s.send(packet)
                if seen := mapped(s.recv(2048)):
                    return own, seen
    return own, None


def send(ns, server):
    """One request from a new socket, without waiting for an answer."""
    with ns.call(socket.socket, socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(request(), server)


def responder(ns, address):
    """Answers Binding requests to this address while the block lasts."""
    return udp_server(ns, address, answer)


def server64(prefix="64:ff9b::"):
    """The STUN server as a host without IPv4 addresses it (RFC 6052)."""
    return prefix + SERVER
