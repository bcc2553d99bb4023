# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Which BPF programs hang on an interface: XDP, tcx, clsact. To be called inside the interface's
namespace."""

import ctypes
import os
import socket
import subprocess

LIBC = ctypes.CDLL(None, use_errno=True)
SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
BPF_PROG_QUERY = 16
POINTS = {"tcx ingress": 46, "tcx egress": 47}  # enum bpf_attach_type


class Query(ctypes.Structure):
    """union bpf_attr, the part of BPF_PROG_QUERY."""

    _fields_ = [
        ("target_ifindex", ctypes.c_uint32),
        ("attach_type", ctypes.c_uint32),
        ("query_flags", ctypes.c_uint32),
        ("attach_flags", ctypes.c_uint32),
        ("prog_ids", ctypes.c_uint64),
        ("count", ctypes.c_uint32),
        ("pad", ctypes.c_uint32),
        ("prog_attach_flags", ctypes.c_uint64),
        ("link_ids", ctypes.c_uint64),
        ("link_attach_flags", ctypes.c_uint64),
        ("revision", ctypes.c_uint64),
    ]


def attached(dev):
    index = socket.if_nametoindex(dev)
    found = [
        f"{dev} {point}: {count} program(s)"
        for point, kind in POINTS.items()
        if (count := tcx(index, kind))
    ]
    if "prog/xdp" in output("ip", "link", "show", "dev", dev):
        found.append(f"{dev} xdp")
    for side in ("ingress", "egress"):
        # No clsact at all is an error to tc, and is just what we want.
        if "bpf" in output("tc", "filter", "show", "dev", dev, side):
            found.append(f"{dev} clsact {side}")
    return found


def tcx(ifindex, attach_type):
    ids = (ctypes.c_uint32 * 64)()
    query = Query(
        target_ifindex=ifindex, attach_type=attach_type, prog_ids=ctypes.addressof(ids), count=64
    )
    if LIBC.syscall(SYS_BPF, BPF_PROG_QUERY, ctypes.byref(query), ctypes.sizeof(query)):
        error = ctypes.get_errno()
        raise OSError(error, f"BPF_PROG_QUERY: {os.strerror(error)}")
    return query.count


def output(*argv):
    return subprocess.run(argv, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
