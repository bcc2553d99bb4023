# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""An intrusion prevention system in small: drops every STUN packet out of an NFQUEUE and lets the
others pass.

It speaks nfnetlink_queue by itself (linux/netfilter/nfnetlink_queue.h); no Debian package has
Python bindings for it.
"""

import os
import socket
import struct
import sys

NETLINK_NETFILTER = 12
SUBSYSTEM = 3 << 8  # NFNL_SUBSYS_QUEUE
MSG_PACKET, MSG_VERDICT, MSG_CONFIG = SUBSYSTEM, SUBSYSTEM | 1, SUBSYSTEM | 2
NLMSG_ERROR, NLM_F_REQUEST, NLM_F_ACK = 2, 1, 4
CFG_CMD, CFG_PARAMS = 1, 2
BIND, COPY_PACKET = 1, 2
PACKET_HDR, VERDICT_HDR, PAYLOAD = 1, 2, 10
DROP, ACCEPT = 0, 1
COOKIE = bytes.fromhex("2112a442")
PYTHON = "/usr/bin/python3"


def start(lab, name, number, program=__file__, *arguments):
    """Starts this program, or another one that speaks by it, behind a queue of a namespace."""
    from .procs import PATIENCE, wait_for

    argv = [PYTHON, "-u", os.path.abspath(program), str(number), *map(str, arguments)]
    proc = lab.procs.start(lab.ns[name], argv, "nfqueue")
    wait_for(lambda: "listening" in lab.procs.log(proc), PATIENCE, "the program behind the queue")
    return proc


def attribute(kind, value):
    size = 4 + len(value)
    return struct.pack("=HH", size, kind) + value + bytes(-size % 4)


def attributes(data):
    """{kind: value}; the kinds' flag bits are left out."""
    found, at = {}, 0
    while at + 4 <= len(data):
        size, kind = struct.unpack_from("=HH", data, at)
        if size < 4:
            break
        found[kind & 0x3FFF] = data[at + 4 : at + size]
        at += (size + 3) // 4 * 4
    return found


def message(kind, queue, flags, *attrs):
    body = struct.pack(">BBH", socket.AF_UNSPEC, 0, queue) + b"".join(attrs)
    return struct.pack("=LHHLL", 16 + len(body), kind, NLM_F_REQUEST | flags, 0, 0) + body


def messages(data):
    at = 0
    while at + 16 <= len(data):
        size, kind = struct.unpack_from("=LH", data, at)
        yield kind, data[at + 16 : at + size]
        at += (size + 3) // 4 * 4


def configure(sock, queue, *attrs):
    sock.send(message(MSG_CONFIG, queue, NLM_F_ACK, *attrs))
    for kind, body in messages(sock.recv(65536)):
        error = struct.unpack_from("=i", body)[0] if kind == NLMSG_ERROR else 0
        if error:
            sys.exit(f"queue {queue}: {os.strerror(-error)}")


def payload(packet):
    """Of UDP over IPv4."""
    return packet[(packet[0] & 15) * 4 + 8 :]


def judge(packet):
    return DROP if payload(packet)[4:8] == COOKIE else ACCEPT


def listen(queue):
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    sock.bind((0, 0))
    configure(sock, queue, attribute(CFG_CMD, struct.pack(">BBH", BIND, 0, socket.AF_INET)))
    configure(sock, queue, attribute(CFG_PARAMS, struct.pack(">LB", 65535, COPY_PACKET)))
    print("listening")
    return sock


def receive(sock):
    """The packets that came: (name, bytes)."""
    for kind, body in messages(sock.recv(1 << 17)):
        if kind == MSG_PACKET:
            attrs = attributes(body[4:])
            yield attrs[PACKET_HDR][:4], attrs[PAYLOAD]


def answer(sock, queue, name, verdict):
    sock.send(
        message(MSG_VERDICT, queue, 0, attribute(VERDICT_HDR, struct.pack(">L", verdict) + name))
    )


def serve(queue):
    sock = listen(queue)
    while True:
        for name, packet in receive(sock):
            answer(sock, queue, name, judge(packet))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
