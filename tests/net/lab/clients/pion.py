# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The pion client (Go): compiled once into the build directory, out of Debian's Go packages."""

import fcntl
import os
import shutil
import subprocess

from . import HERE, common_options

DEBIAN_GOPATH = "/usr/share/gocode"
SOURCE = os.path.join(HERE, "pion")


def start(lab, name, call, path):
    binary = build(lab.builddir)
    own = ["-every", str(call.every), "-late", str(call.late)]
    return lab.procs.start(
        lab.host_of(name), [binary, *common_options(lab, call, path), *own], f"{name}-pion"
    )


def build(builddir):
    """Returns the binary's path; compiles only when a source is newer."""
    out = os.path.join(builddir, "pion")
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        binary = os.path.join(out, "pionclient")
        if not fresh(binary):
            compile_into(out, binary)
    return binary


def fresh(binary):
    if not os.path.exists(binary):
        return False
    made = os.path.getmtime(binary)
    return all(entry.stat().st_mtime <= made for entry in os.scandir(SOURCE))


def compile_into(out, binary):
    # Without modules, "pion/webrtc/v3" is found only for a package inside a GOPATH that lies next
    # to a go.mod.
    package = os.path.join(out, "gopath", "src", "pionclient")
    shutil.rmtree(package, ignore_errors=True)
    shutil.copytree(SOURCE, package)
    env = dict(
        os.environ,
        GO111MODULE="off",
        GOPATH=os.path.join(out, "gopath") + ":" + DEBIAN_GOPATH,
        GOCACHE=os.path.join(out, "cache"),
        GOFLAGS="",
    )
    done = subprocess.run(
        ["go", "build", "-o", binary, "pionclient"],
        env=env,
        cwd=package,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise RuntimeError("go build: " + done.stdout)
