# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Holds one TURN allocation: for good, so that the user's quota is used up, or for some seconds,
and then closes it."""

import asyncio
import os
import sys


PYTHON = "/usr/bin/python3"


def start(lab, place="signalling", seconds=0):
    from .procs import PATIENCE, wait_for
    from .topology import SERVER
    from .turn import PASSWORD, PORT, USER

    argv = [
        PYTHON,
        "-u",
        os.path.abspath(__file__),
        SERVER,
        str(PORT),
        USER,
        PASSWORD,
        str(seconds),
    ]
    proc = lab.procs.start(lab.ns[place], argv, "turnhold")
    wait_for(lambda: "holding" in lab.procs.log(proc), PATIENCE, "the held allocation")
    return proc


async def hold(host, port, user, password, seconds):
    from aioice import turn

    transport, protocol = await turn.create_turn_endpoint(
        Protocol, (host, int(port)), user, password
    )
    print("holding", transport.get_extra_info("sockname"))
    await asyncio.sleep(float(seconds) or float("inf"))
    transport.close()  # a Refresh with LIFETIME 0
    await protocol.over.wait()


class Protocol(asyncio.DatagramProtocol):
    def __init__(self):
        self.over = asyncio.Event()

    def connection_lost(self, _):
        self.over.set()


if __name__ == "__main__":
    asyncio.run(hold(*sys.argv[1:]))
