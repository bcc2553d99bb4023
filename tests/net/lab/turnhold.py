# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Holds one TURN allocation, so that the user's quota is used up."""

import asyncio
import os
import sys


PYTHON = "/usr/bin/python3"


def start(lab):
    from .procs import wait_for
    from .topology import SERVER
    from .turn import PASSWORD, PORT, USER
    argv = [PYTHON, "-u", os.path.abspath(__file__), SERVER, str(PORT), USER, PASSWORD]
    proc = lab.procs.start(lab.ns["signalling"], argv, "turnhold")
    wait_for(lambda: "holding" in lab.procs.log(proc), 10, "the allocation that uses the quota up")


async def hold(host, port, user, password):
    from aioice import turn
    transport, _ = await turn.create_turn_endpoint(asyncio.DatagramProtocol, (host, int(port)), user, password)
    print("holding", transport.get_extra_info("sockname"))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(hold(*sys.argv[1:]))
