# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""NAT64 on gateway A: TAYGA between IPv6 inside and a pool of outside IPv4 addresses, one for each
inside host."""

import os

from .procs import PATIENCE, wait_for
from .topology import NAT64_POOL

DEV, PREFIX = "nat64", "64:ff9b::/96"
OWN_ADDRESS = NAT64_POOL.replace(
    ".64/28", ".78"
)  # TAYGA's own, for its ICMP errors: the pool's last

CONFIG = """
tun-device {dev}
ipv4-addr {own}
prefix {prefix}
dynamic-pool {pool}
data-dir {data}
"""


def start(lab):
    gateway, data = lab.ns["gwa"], lab.subdir("tayga")
    config = os.path.join(data, "tayga.conf")
    with open(config, "w", encoding="ascii") as f:
        f.write(CONFIG.format(dev=DEV, own=OWN_ADDRESS, prefix=PREFIX, pool=NAT64_POOL, data=data))
    gateway.run("tayga", "--mktun", "--config", config)
    gateway.ip("link", "set", DEV, "up")
    gateway.ip("route", "add", NAT64_POOL, "dev", DEV)
    gateway.ip("-6", "route", "add", PREFIX, "dev", DEV)
    proc = lab.procs.start(gateway, ["tayga", "--nodetach", "--config", config], "tayga")
    wait_for(
        lambda: proc.poll() is not None or "LOWER_UP" in gateway.ip("link", "show", "dev", DEV),
        PATIENCE,
        "tayga",
    )
    if proc.poll() is not None:
        raise RuntimeError("tayga: " + lab.procs.log(proc))
