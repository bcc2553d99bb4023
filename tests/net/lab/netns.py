# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Network namespaces: making them, running ip(8) inside, calling Python inside."""

import ctypes
import os
import subprocess
import threading
import urllib.request

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def run(*argv, check=True, stdin=None):
    """Runs a short command and returns what it printed; its complaint becomes the exception's
    text."""
    done = subprocess.run(
        argv, input=stdin, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def run_to_end(*argv):
    """Runs a command that may say no; returns its exit status, output and complaints."""
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    return done.returncode, done.stdout, done.stderr


class Netns:
    """One namespace; `name` is what the lab calls it, `full` what the machine calls it."""

    def __init__(self, prefix, name):
        self.name = name
        self.full = f"{prefix}-{name}"
        self.path = f"/run/netns/{self.full}"
        run("ip", "netns", "add", self.full)
        self.ip("link", "set", "lo", "up")

    def ip(self, *args, check=True):
        return run("ip", "-n", self.full, *args, check=check)

    def argv(self, *argv):
        # nsenter, not `ip netns exec`: that one remounts /sys and hides bpffs and tracefs.
        return ["nsenter", f"--net={self.path}", *argv]

    def run(self, *argv, check=True, stdin=None):
        return run(*self.argv(*argv), check=check, stdin=stdin)

    def sysctl(self, **values):
        for key, value in values.items():
            self.write("/proc/sys/net/" + sysctl_path(key), value)

    def write(self, path, value):
        def put():
            with open(path, "w", encoding="ascii") as f:
                f.write(str(value))

        self.call(put)

    def call(self, function, *args):
        """Calls a function in a thread that lives in this namespace (a namespace belongs to a
        thread)."""
        box = {}

        def body():
            try:
                enter(self.path)
                box["value"] = function(*args)
            except BaseException as e:  # handed over to the caller's thread
                box["error"] = e

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        if "error" in box:
            raise box["error"]
        return box["value"]

    def http_get(self, url, timeout=3.0):
        """(status, text) of an HTTP GET made from inside the namespace."""
        return self.call(http_get, url, timeout)

    def pids(self):
        return [int(p) for p in run("ip", "netns", "pids", self.full, check=False).split()]

    def remove(self):
        run("ip", "netns", "del", self.full, check=False)


def sysctl_path(key):
    """ipv4__ip_forward -> ipv4/ip_forward; the bridge's names alone are written with dashes."""
    path = key.replace("__", "/")
    return path.replace("_", "-") if path.startswith("bridge/") else path


def enter(path):
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if LIBC.setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {path}")
    finally:
        os.close(fd)


def http_get(url, timeout):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode(errors="replace")
