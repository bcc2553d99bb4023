# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a program leaves behind: processes, network namespaces of its own."""

import contextlib
import os
import time

NAMED = "/run/netns"
PATIENCE = 10.0


class Belongings:
    """The processes that a program began, and the network namespaces that only they have; looked at
    while it lives."""

    def __init__(self, pid, *known):
        """`known` are paths of namespaces that are not the program's own."""
        self.pids = {pid} | relatives(pid)
        others = {inode(path) for path in (*known, "/proc/self/ns/net")}
        self.namespaces = {ns for p in self.pids for ns in opened(p)} - others

    def left(self):
        """What is still there, in words; children may take a moment longer than their parent."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.look()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def look(self):
        found = [f"process {p} ({command(p)})" for p in sorted(self.pids) if alive(p)]
        if self.namespaces:
            found += [
                f"network namespace {ns} in process {p} ({command(p)})"
                for p in processes()
                for ns in opened(p) & self.namespaces
            ]
            found += [
                f"network namespace {name}"
                for name in names()
                if inode(os.path.join(NAMED, name)) in self.namespaces
            ]
        return found


def processes():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def names():
    return os.listdir(NAMED) if os.path.isdir(NAMED) else []


def status(pid):
    """(state, parent, session) of a process; None if there is none."""
    with contextlib.suppress(OSError), open(
        f"/proc/{pid}/stat", encoding="ascii", errors="replace"
    ) as f:
        state, parent, _, session = f.read().rsplit(")", 1)[1].split()[:4]
        return state, int(parent), int(session)
    return None


def alive(pid):
    now = status(pid)
    return bool(now) and now[0] not in "ZX"


def relatives(pid):
    """Its children and theirs, and who shares its session without being its child any more."""
    table = {p: now for p in processes() if (now := status(p))}
    found, before = {pid}, set()
    while found != before:
        before = set(found)
        found |= {
            p for p, (_, parent, session) in table.items() if parent in before or session == pid
        }
    return found


def inode(path):
    with contextlib.suppress(OSError):
        return os.stat(path).st_ino
    return None


def opened(pid):
    """The network namespaces that a process is in or holds open."""
    links = [f"/proc/{pid}/ns/net"]
    with contextlib.suppress(OSError):
        links += [f"/proc/{pid}/fd/{fd}" for fd in os.listdir(f"/proc/{pid}/fd")]
    found = set()
    for link in links:
        with contextlib.suppress(OSError):
            if os.readlink(link).startswith("net:["):
                found.add(os.stat(link).st_ino)
    return found


def command(pid):
    with contextlib.suppress(OSError), open(
        f"/proc/{pid}/comm", encoding="utf-8", errors="replace"
    ) as f:
        return f.read().strip()
    return "gone"
