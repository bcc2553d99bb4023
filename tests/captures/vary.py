# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The same traffic, captured otherwise: what a case says must hold for each of these variants.

Each variant is a function from frames to frames; a frame is (time in ns, bytes). All but `ipv6`
leave what is inside the frames as it is. A variant raises Unfit where the traffic has none.
"""

import ipaddress
import re
import struct
import zlib

ETHERNET, SLL, SLL2 = 1, 113, 276
IPV4, IPV6, VLAN, QINQ, MPLS, PPPOE = 0x0800, 0x86DD, 0x8100, 0x88A8, 0x8847, 0x8864
UDP, TCP, ICMP, ICMPV6, GRE = 17, 6, 1, 58, 47


class Unfit(Exception):
    """This traffic has no such variant."""


def read(path):
    """Returns the frames of a pcap file of link type Ethernet."""
    with open(path, "rb") as file:
        data = file.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit = 1 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
    if struct.unpack(order + "I", data[20:24])[0] != ETHERNET:
        raise Unfit("not Ethernet")
    frames, at = [], 24
    while at + 16 <= len(data):
        sec, sub, length, whole = struct.unpack(order + "4I", data[at : at + 16])
        if length != whole:
            raise Unfit("a cut frame")
        frames.append((sec * 10**9 + sub * unit, data[at + 16 : at + 16 + length]))
        at += 16 + length
    return frames


def pcap(frames, order="<", link=ETHERNET):
    """Returns a pcap file of nanoseconds."""
    parts = [struct.pack(order + "IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, link)]
    for time, frame in frames:
        head = (time // 10**9, time % 10**9, len(frame), len(frame))
        parts += [struct.pack(order + "4I", *head), frame]
    return b"".join(parts)


def pcapng(frames):
    """Returns a pcapng file of one interface, in nanoseconds."""
    parts = [struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)]
    options = struct.pack("<HHB3xHH", 9, 1, 9, 0, 0)
    size = 20 + len(options)
    parts.append(struct.pack("<IIHHI", 1, size, ETHERNET, 0, 0) + options + struct.pack("<I", size))
    for time, frame in frames:
        padded = frame + bytes(-len(frame) % 4)
        size = 32 + len(padded)
        head = (6, size, 0, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame))
        parts.append(struct.pack("<7I", *head) + padded + struct.pack("<I", size))
    return b"".join(parts)


def behind_macs(*tags):
    """Returns a variant that puts these bytes between the addresses and the Ethernet type."""

    def vary(frames):
        return [(time, frame[:12] + b"".join(tags) + frame[12:]) for time, frame in frames]

    return vary


def instead_of_type(header):
    """Returns a variant whose frames have this header where the Ethernet type was."""

    def vary(frames):
        for _, frame in frames:
            if frame[12:14] not in (b"\x08\x00", b"\x86\xdd"):
                raise Unfit("more than IP")
        return [(time, frame[:12] + header(frame[12:14], frame[14:])) for time, frame in frames]

    return vary


def mpls(_, packet):
    return struct.pack(">HII", MPLS, 16 << 12 | 64, 17 << 12 | 1 << 8 | 64) + packet


def pppoe(kind, packet):
    protocol = 0x0021 if kind == b"\x08\x00" else 0x0057
    return struct.pack(">HBBHHH", PPPOE, 0x11, 0, 7, len(packet) + 2, protocol) + packet


def mirrored(protocol, port, header):
    """Returns a variant in which a switch sends each frame to an analyser, inside a tunnel: of UDP
    to this port, or another protocol."""

    def vary(frames):
        changed = []
        for number, (time, frame) in enumerate(frames):
            body = header(number) + frame
            if protocol == UDP:
                body = struct.pack(">HHHH", 50000, port, 8 + len(body), 0) + body
            head = struct.pack(
                ">BBHHHBBH", 0x45, 0, 20 + len(body), number & 0xFFFF, 0, 64, protocol, 0
            )
            head += ipaddress.IPv4Address("10.255.0.1").packed
            head += ipaddress.IPv4Address("10.255.0.2").packed
            changed.append((time, bytes(12) + b"\x08\x00" + head + body))
        return changed

    return vary


def vxlan(_):
    return struct.pack(">II", 0x08000000, 42 << 8)


def erspan2(number):
    """GRE with a sequence number, and ERSPAN's header (draft-foschiano-erspan-03)."""
    return struct.pack(">HHIHHI", 0x1000, 0x88BE, number, 0x1000 | 100, 7, 3)


def erspan3(number):
    return struct.pack(">HHIHHIHH", 0x1000, 0x22EB, number, 0x2000 | 100, 7, 0, 0, 0)


def tzsp(_):
    return struct.pack(">BBHB", 1, 0, 1, 1)


def any_device(link):
    """Returns a variant as `tcpdump -i any` writes it on the host itself, which is the one with a
    private address (LINUX_SLL and LINUX_SLL2)."""

    def vary(frames):
        changed = []
        for time, frame in frames:
            if frame[12:14] != b"\x08\x00":
                raise Unfit("more than IPv4")
            source, target = (str(ipaddress.IPv4Address(frame[at : at + 4])) for at in (26, 30))
            if inside(source) == inside(target):
                raise Unfit("no telling which is the host")
            way = 4 if inside(source) else 0
            if link == SLL:
                head = struct.pack(">HHH6s2x", way, 1, 6, frame[6:12])
                changed.append((time, head + frame[12:]))
            else:
                head = struct.pack(">2sHIHBB6s2x", frame[12:14], 0, 2, 1, way, 6, frame[6:12])
                changed.append((time, head + frame[14:]))
        return changed

    return vary


def twice(frames):
    """Each frame is captured twice, as on a bridge and its port."""
    return [(time + gap, frame) for time, frame in frames for gap in (0, 3000)]


def inside(address):
    return ipaddress.IPv4Address(address).is_private and not address.startswith(
        ("192.0.2.", "198.51.100.", "203.0.113.")
    )


def address6(packed):
    """Returns the IPv6 address that stands for these four bytes: a ULA for a private one."""
    text = str(ipaddress.IPv4Address(packed))
    prefix = "fd00:0:0:1::" if inside(text) else "2001:db8:0:1::"
    return ipaddress.IPv6Address(prefix).packed[:12] + packed


def text6(text):
    """Returns the text with its IPv4 transport addresses and addresses as ipv6() has them."""

    def address(found):
        packed = address6(ipaddress.IPv4Address(found[1]).packed)
        name = str(ipaddress.IPv6Address(packed))
        return f"[{name}]:{found[2]}" if found[2] else name

    return re.sub(r"(\d+\.\d+\.\d+\.\d+)(?::(\d+))?", address, text)


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF or 0xFFFF


def xored(value, transaction):
    """An (XOR-)address attribute of IPv4 as one of IPv6 (RFC 8489 section 14.2)."""
    key = b"\x21\x12\xa4\x42" + transaction
    plain = bytes(a ^ b for a, b in zip(value[4:8], key))
    return b"\0\2" + value[2:4] + bytes(a ^ b for a, b in zip(address6(plain), key))


def stun6(message):
    """A STUN message whose addresses are IPv6's; its FINGERPRINT is made anew."""
    transaction, at, body = message[8:20], 20, b""
    end = 20 + struct.unpack(">H", message[2:4])[0]
    while at + 4 <= end:
        kind, length = struct.unpack(">HH", message[at : at + 4])
        value = message[at + 4 : at + 4 + length]
        if kind in (0x0012, 0x0016, 0x0020) and length == 8:
            value = xored(value, transaction)
        elif kind in (0x0001, 0x8023, 0x802B, 0x802C) and length == 8:
            value = b"\0\2" + value[2:4] + address6(value[4:8])
        elif kind == 0x0013:
            value = payload6(value)
        elif kind == 0x8028:
            head = message[:2] + struct.pack(">H", len(body) + 8) + message[4:20]
            value = struct.pack(">I", zlib.crc32(head + body) ^ 0x5354554E)
        body += struct.pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4)
        at += 4 + length + -length % 4
    head = message[:2] + struct.pack(">H", len(body)) + message[4:20]
    return head + body + message[end:]


def payload6(data):
    if len(data) >= 20 and data[0] < 4 and data[4:8] == b"\x21\x12\xa4\x42":
        return stun6(data)
    if len(data) >= 4 and 0x40 <= data[0] <= 0x4F:
        length = struct.unpack(">H", data[2:4])[0]
        inner = payload6(data[4 : 4 + length])
        return data[:2] + struct.pack(">H", len(inner)) + inner + data[4 + length :]
    return data


def icmp6(body):
    """ICMP errors as ICMPv6's (RFC 4443 section 3)."""
    kinds = {(3, 0): (1, 0), (3, 1): (1, 3), (3, 3): (1, 4), (3, 4): (2, 0), (11, 0): (3, 0)}
    kinds.update({(3, code): (1, 1) for code in (9, 10, 13)})
    if tuple(body[:2]) not in kinds:
        raise Unfit("an ICMP message that has no equal")
    rest = body[4:8] if body[1] == 4 else bytes(4)
    return bytes(kinds[tuple(body[:2])]) + b"\0\0" + rest + packet6(body[8:], quoted=True)


def transport6(protocol, body, quoted):
    if protocol == ICMP:
        return ICMPV6, icmp6(body)
    if protocol == UDP:
        data = body[8:] if quoted else payload6(body[8:])
        return UDP, body[:4] + struct.pack(">H", 8 + len(data)) + b"\0\0" + data
    if b"\x21\x12\xa4\x42" in body:
        raise Unfit("STUN over TCP, whose sequence numbers would move")
    return protocol, body[:16] + b"\0\0" + body[18:] if protocol == TCP else body


def packet6(packet, quoted=False):
    size, total = (packet[0] & 15) * 4, struct.unpack(">H", packet[2:4])[0]
    if packet[0] >> 4 != 4 or struct.unpack(">H", packet[6:8])[0] & 0x3FFF:
        raise Unfit("not whole IPv4 packets")
    protocol, body = transport6(packet[9], packet[size:total], quoted)
    ends = address6(packet[12:16]) + address6(packet[16:20])
    at = {UDP: 6, TCP: 16, ICMPV6: 2}.get(protocol)
    if at and not quoted:
        whole = checksum(ends + struct.pack(">II", len(body), protocol) + body)
        body = body[:at] + struct.pack(">H", whole) + body[at + 2 :]
    return struct.pack(">IHBB", 6 << 28, len(body), protocol, packet[8]) + ends + body


def ipv6(frames):
    """IPv4 as IPv6, also in what STUN and ICMP quote; private addresses become unique local."""
    for _, frame in frames:
        if frame[12:14] != b"\x08\x00":
            raise Unfit("more than IPv4")
    return [(time, frame[:12] + b"\x86\xdd" + packet6(frame[14:])) for time, frame in frames]


VARIANTS = {
    "ipv6": lambda frames: pcap(ipv6(frames)),
    "vlan": lambda frames: pcap(behind_macs(struct.pack(">HH", VLAN, 7))(frames)),
    "qinq": lambda frames: pcap(
        behind_macs(struct.pack(">HH", QINQ, 7), struct.pack(">HH", VLAN, 8))(frames)
    ),
    "mpls": lambda frames: pcap(instead_of_type(mpls)(frames)),
    "pppoe": lambda frames: pcap(instead_of_type(pppoe)(frames)),
    "vxlan": lambda frames: pcap(mirrored(UDP, 4789, vxlan)(frames)),
    "vxlan-8472": lambda frames: pcap(mirrored(UDP, 8472, vxlan)(frames)),
    "erspan2": lambda frames: pcap(mirrored(GRE, 0, erspan2)(frames)),
    "erspan3": lambda frames: pcap(mirrored(GRE, 0, erspan3)(frames)),
    "tzsp": lambda frames: pcap(mirrored(UDP, 37008, tzsp)(frames)),
    "sll": lambda frames: pcap(any_device(SLL)(frames), "<", SLL),
    "sll2": lambda frames: pcap(any_device(SLL2)(frames), "<", SLL2),
    "big-endian": lambda frames: pcap(frames, ">"),
    "pcapng": pcapng,
    "twice": lambda frames: pcap(twice(frames)),
}
