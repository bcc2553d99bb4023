# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Random, lying and truncated packets, sent raw. None of them is a valid STUN message: none may
become a session.

The seed makes a run repeatable.
"""

import fcntl
import random
import socket
import struct
import time

SETTLE_SECONDS = 0.2
ROUNDS = 10
COOKIE = b"\x21\x12\xa4\x42"
BATCH = 50
SIOCGIFHWADDR = 0x8927


def send(ns, dev, to_ns, to_dev, count, seed, toward=None):
    """Sends frames out of DEV in NS until COUNT of them have arrived at the other interface: a
    queue that is full drops
    some. Returns how many that interface counted."""
    mac, before = to_ns.call(mac_of, to_dev), to_ns.call(received, to_dev)
    maker, arrived = Maker(random.Random(seed), toward), 0
    for _ in range(ROUNDS):
        ns.call(pump, dev, mac, count - arrived, maker)
        arrived = settled(lambda: to_ns.call(received, to_dev)) - before
        if arrived >= count:
            break
    return arrived


def settled(counter):
    """The counter's value once it no longer changes."""
    value = None
    while (now := counter()) != value:
        value = now
        time.sleep(SETTLE_SECONDS)
    return value


def received(dev):
    """The interface's own count of frames that came in."""
    with open("/proc/thread-self/net/dev", encoding="ascii") as f:
        return next(
            int(line.split(":")[1].split()[1]) for line in f if line.strip().startswith(dev + ":")
        )


def mac_of(dev):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        answer = fcntl.ioctl(s, SIOCGIFHWADDR, struct.pack("256s", dev.encode()))
    return answer[18:24]


def pump(dev, mac, count, maker):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind((dev, 0))
        for number in range(count):
            ethertype, payload = maker.packet()
            s.send((mac + b"\x02\x00\x00\x00\x00\x01" + ethertype + payload)[:1514])
            if number % BATCH == 0:
                time.sleep(0.001)  # the gateway shall get them, not a queue that is full


class Maker:
    """Makes one (ethertype, payload) after the other."""

    def __init__(self, rng, toward=None):
        self.rng, self.toward = rng, toward
        self.inner = (
            self.noise,
            self.stun_lying,
            self.turn_lying,
            self.dtls_lying,
            self.rtp_short,
            self.truncated_stun,
        )
        self.outer = (
            self.udp4,
            self.udp4,
            self.udp4,
            self.tcp4,
            self.udp6,
            self.icmp4,
            self.ip_noise,
            self.vlans,
            self.fragment,
        )

    def packet(self):
        ethertype, payload = self.rng.choice(self.outer)()
        if self.rng.random() < 0.2:
            payload = payload[: self.rng.randrange(len(payload) + 1)]
        return ethertype, payload

    def bytes(self, low, high):
        return self.rng.randbytes(self.rng.randint(low, high))

    # Payloads

    def noise(self):
        return self.bytes(0, 1400)

    def stun_lying(self):
        """The header claims another length than there is, or one that is no multiple of four."""
        attributes = b"".join(self.attribute() for _ in range(self.rng.randrange(6)))
        claimed = (
            self.rng.choice(
                (len(attributes) + self.rng.choice((-4, -1, 1, 2, 3, 4, 8, 1000)), 0xFFFF, 0xFFFC)
            )
            & 0xFFFF
        )
        claimed += claimed == len(attributes)
        kind = self.rng.choice(
            (
                b"\x00\x01",
                b"\x01\x01",
                b"\x01\x11",
                b"\x00\x03",
                b"\x01\x13",
                b"\x00\x16",
                b"\x00\x17",
            )
        )
        return kind + struct.pack(">H", claimed & 0xFFFF) + COOKIE + self.bytes(12, 12) + attributes

    def attribute(self):
        kind = self.rng.choice(
            (0x0006, 0x0009, 0x0012, 0x0013, 0x0016, 0x0020, 0x0024, 0x0025, 0x8028, 0x8029, 0x802A)
        )
        return struct.pack(
            ">HH", kind, self.rng.choice((0, 1, 3, 4, 8, 20, 0x7FFF, 0xFFFF))
        ) + self.bytes(0, 24)

    def truncated_stun(self):
        whole = (
            b"\x00\x01\x00\x44"
            + COOKIE
            + self.bytes(12, 12)
            + struct.pack(">HH", 6, 9)
            + b"aaaa:bbbb\0\0\0"
            + self.bytes(52, 52)
        )
        return whole[: self.rng.randrange(1, len(whole))]

    def turn_lying(self):
        return struct.pack(
            ">HH", self.rng.randrange(0x4000, 0x5000), self.rng.choice((0, 1, 0xFFFF, 1500))
        ) + self.bytes(0, 60)

    def dtls_lying(self):
        header = (
            bytes([self.rng.randrange(20, 64)])
            + self.rng.choice((b"\xfe\xff", b"\xfe\xfd", b"\x03\x03"))
            + self.bytes(8, 8)
        )
        return (
            header + struct.pack(">H", self.rng.choice((0, 1, 0xFFFF, 0x4000))) + self.bytes(0, 200)
        )

    def rtp_short(self):
        return bytes([self.rng.randrange(128, 192)]) + self.bytes(0, 14)

    def payload(self):
        return self.rng.choice(self.inner)()

    # Packets around them

    def addresses(self):
        near = socket.inet_aton(self.toward) if self.toward else b"\xc0\xa8\x00\x02"
        far = b"\xc6\x33\x64" + bytes([self.rng.randrange(256)])
        return (far, near) if self.toward else (near, far)

    def ip4(self, protocol, payload, length=None, offset=0):
        ihl = self.rng.choice((5, 5, 5, 5, 6, 15, 4, 0))
        options = b"\x01" * max(0, ihl * 4 - 20)
        total = length if length is not None else 20 + len(options) + len(payload)
        src, dst = self.addresses()
        head = (
            struct.pack(
                ">BBHHHBBH",
                0x40 | ihl,
                0,
                total & 0xFFFF,
                self.rng.randrange(65536),
                offset,
                64,
                protocol,
                0,
            )
            + src
            + dst
        )
        head = head[:10] + struct.pack(">H", checksum(head + options)) + head[12:]
        return b"\x08\x00", head + options + payload

    def ports(self):
        return self.rng.choice((3478, 443, 53, self.rng.randrange(65536))), self.rng.choice(
            (3478, 443, self.rng.randrange(65536))
        )

    def udp(self):
        payload = self.payload()
        length = 8 + len(payload) if self.rng.random() < 0.7 else self.rng.randrange(65536)
        return struct.pack(">HHHH", *self.ports(), length, 0) + payload

    def udp4(self):
        return self.ip4(17, self.udp(), self.rng.choice((None, None, None, 0, 19, 65535)))

    def tcp4(self):
        offset = self.rng.randrange(16)
        segment = struct.pack(
            ">HHLLBBHHH",
            *self.ports(),
            self.rng.randrange(1 << 32),
            0,
            offset << 4,
            self.rng.randrange(256),
            1000,
            0,
            0,
        )
        framed = self.payload()
        return self.ip4(
            6, segment + struct.pack(">H", self.rng.choice((len(framed), 0, 0xFFFF))) + framed
        )

    def icmp4(self):
        kind, code = self.rng.choice(((3, 3), (3, 4), (3, 13), (11, 0), (8, 0)))
        quoted = self.ip4(self.rng.choice((17, 6, 1)), self.udp())[1]
        return self.ip4(
            1,
            struct.pack(">BBHL", kind, code, 0, self.rng.randrange(1 << 32))
            + quoted[: self.rng.randrange(len(quoted))],
        )

    def fragment(self):
        return self.ip4(17, self.udp(), offset=self.rng.choice((0x2000, 0x2001, 0x1FFF, 0x00B9)))

    def ip_noise(self):
        return self.rng.choice(
            (b"\x08\x00", b"\x86\xdd", b"\x88\x64", b"\x81\x00", b"\x08\x06", b"\xff\xff")
        ), self.bytes(0, 200)

    def udp6(self):
        """A chain of extension headers, some without an end."""
        chain, first = self.udp(), 17
        for _ in range(self.rng.randrange(10)):
            kind = self.rng.choice((0, 43, 44, 60, 135))
            size = 0 if kind == 44 else self.rng.choice((0, 0, 1, 255))
            chain, first = (
                bytes([first, size]) + self.bytes(6, 6) + bytes(8 * min(size, 1)) + chain,
                kind,
            )
        address = b"\x20\x01\x0d\xb8" + self.bytes(12, 12)
        return (
            b"\x86\xdd",
            struct.pack(">LHBB", 6 << 28, min(len(chain), 65535), first, 64)
            + address
            + address
            + chain,
        )

    def vlans(self):
        tags = b"".join(
            struct.pack(">H", self.rng.randrange(4096))
            + self.rng.choice((b"\x81\x00", b"\x88\xa8"))
            for _ in range(self.rng.randrange(6))
        )
        ethertype, packet = self.udp4()
        return (
            self.rng.choice((b"\x81\x00", b"\x88\xa8")),
            tags + struct.pack(">H", 5) + ethertype + packet,
        )


def checksum(header):
    if len(header) % 2:
        header += b"\0"
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
