# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The same traffic between host and peer, inside TURN over UDP (RFC 8656): the host allocates,
binds a channel for each peer, and what it exchanges with them goes as channel data."""

import ipaddress
import struct

from vary import UDP, Unfit, checksum, inside

SERVER, RELAYED = ipaddress.IPv4Address("203.0.113.200").packed, "203.0.113.200"
PORT, GAP = 3478, 50_000_000
SERVERS = (3478, 3479, 5349, 19302)  # what goes there is no peer's
COOKIE = b"\x21\x12\xa4\x42"


def xor_address(address, port):
    value = bytes(a ^ b for a, b in zip(address, COOKIE))
    return b"\0\1" + struct.pack(">H", port ^ 0x2112) + value


def message(kind, number, *attributes):
    body = b"".join(
        struct.pack(">HH", key, len(value)) + value + bytes(-len(value) % 4)
        for key, value in attributes
    )
    return struct.pack(">HH", kind, len(body)) + COOKIE + struct.pack(">III", 7, 7, number) + body


def udp(macs, source, target, data):
    """A frame; source and target are (address, port)."""
    ends = source[0] + target[0]
    head = struct.pack(">HHHH", source[1], target[1], 8 + len(data), 0)
    whole = checksum(ends + struct.pack(">HH", UDP, 8 + len(data)) + head + data)
    head = head[:6] + struct.pack(">H", whole)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 28 + len(data), 0, 0, 64, UDP, 0) + ends
    ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
    return macs + b"\x08\x00" + ip + head + data


class Host:
    """One socket of the host and its allocation."""

    def __init__(self, macs, socket, number):
        self.macs, self.back = macs, macs[6:] + macs[:6]
        self.socket, self.number, self.channels = socket, number, {}
        self.relay = 49152 + number

    def ask(self, time, kind, *attributes, answer=()):
        """A request at this time and its success, a millisecond later."""
        self.number += 1000
        sent = udp(self.macs, self.socket, (SERVER, PORT), message(kind, self.number, *attributes))
        told = message(kind | 0x0100, self.number, *answer)
        return [
            (time, sent),
            (time + 1_000_000, udp(self.back, (SERVER, PORT), self.socket, told)),
        ]

    def allocate(self, time):
        return self.ask(
            time,
            0x0003,
            (0x0019, b"\x11\0\0\0"),
            (0x0006, b"user"),
            answer=(
                (0x0016, xor_address(SERVER, self.relay)),
                (0x0020, xor_address(ipaddress.IPv4Address("198.51.100.250").packed, self.relay)),
                (0x000D, struct.pack(">I", 600)),
            ),
        )

    def bind(self, time, peer):
        self.channels[peer] = 0x4000 + len(self.channels)
        number = struct.pack(">HH", self.channels[peer], 0)
        return self.ask(time, 0x0009, (0x000C, number), (0x0012, xor_address(*peer)))

    def relayed(self, outward, peer, data):
        data = struct.pack(">HH", self.channels[peer], len(data)) + data
        if outward:
            return udp(self.macs, self.socket, (SERVER, PORT), data)
        return udp(self.back, (SERVER, PORT), self.socket, data)


def parse(frame):
    """Returns source, target, data of a whole UDP datagram over IPv4."""
    if frame[12:14] != b"\x08\x00" or frame[14] != 0x45 or frame[23] != UDP:
        raise Unfit("more than UDP over IPv4")
    source, target, length = struct.unpack(">HHH", frame[34:40])
    return (frame[26:30], source), (frame[30:34], target), frame[42 : 34 + length]


def relayed(frames):
    changed, hosts = [], {}
    for time, frame in frames:
        source, target, data = parse(frame)
        outward = inside(str(ipaddress.IPv4Address(source[0])))
        if outward == inside(str(ipaddress.IPv4Address(target[0]))):
            raise Unfit("no telling which is the host")
        socket, peer = (source, target) if outward else (target, source)
        if data[:2] == b"\0\3" or (data[:1] and 0x40 <= data[0] < 0x50):
            raise Unfit("a relay of its own")
        if peer[1] in SERVERS:
            changed.append((time, frame))
            continue
        if socket not in hosts:
            macs = frame[:12] if outward else frame[6:12] + frame[:6]
            hosts[socket] = Host(macs, socket, len(hosts))
            changed += hosts[socket].allocate(time - 2 * GAP)
        host = hosts[socket]
        if peer not in host.channels:
            changed += host.bind(time - GAP, peer)
        changed.append((time, host.relayed(outward, peer, data)))
    return sorted(changed, key=lambda frame: frame[0])
