# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The SFU: Debian's janus on a host of its own, with its API over WebSocket, without TLS."""

import os
import signal

from .procs import PATIENCE, wait_for
from .topology import SFU

PORT, ROOM = 8188, 1234
URL = f"ws://{SFU}:{PORT}"
LIBRARIES = f"/usr/lib/{os.uname().machine}-linux-gnu/janus"

CONFIGURATION = {
    "janus.jcfg": """
general: {{
	configs_folder = "{folder}"
	plugins_folder = "{libraries}/plugins"
	transports_folder = "{libraries}/transports"
	debug_colors = false
	debug_timestamps = true
}}
nat: {{
	ice_lite = {ice_lite}
	ice_tcp = {ice_tcp}
	ignore_mdns = true
}}
plugins: {{
	disable = "{other_plugins}"
}}
transports: {{
	disable = "{other_transports}"
}}
events: {{
	broadcast = false
}}
""",
    "janus.transport.websockets.jcfg": """
general: {{
	ws = true
	ws_port = {port}
	ws_ip = "{address}"
}}
""",
    "janus.plugin.echotest.jcfg": "general: {{ }}\n",
    "janus.plugin.videoroom.jcfg": """
room-{room}: {{
	publishers = 6
	bitrate = 300000
	audiocodec = "opus"
	videocodec = "vp8"
}}
""",
}


def others(kind, *wanted):
    """The libraries of one kind that are not wanted."""
    there = {name.partition(".so")[0] + ".so" for name in os.listdir(os.path.join(LIBRARIES, kind))}
    return ",".join(sorted(there - {f"libjanus_{name}.so" for name in wanted}))


def beyond(ice_lite=False, ice_tcp=False):
    """To be done before the clients start: the SFU is there."""

    def start(lab):
        folder = lab.subdir("janus")
        values = {
            "folder": folder,
            "libraries": LIBRARIES,
            "ice_lite": str(ice_lite).lower(),
            "ice_tcp": str(ice_tcp).lower(),
            "other_plugins": others("plugins", "echotest", "videoroom"),
            "other_transports": others("transports", "websockets"),
            "address": SFU,
            "port": PORT,
            "room": ROOM,
        }
        for name, text in CONFIGURATION.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(text.format(**values))
        argv = ["janus", "--configs-folder", folder, "--config", f"{folder}/janus.jcfg"]
        proc = lab.procs.start(lab.ns["sfu"], argv, "janus")
        wait_for(lambda: listens(lab, proc), PATIENCE, "janus to listen")

    return start


def listens(lab, proc):
    if proc.poll() is not None:
        raise RuntimeError("janus: " + lab.procs.log(proc)[-500:])
    return f"{SFU}:{PORT}" in lab.ns["sfu"].run("ss", "-Hltn")


def kill(lab):
    """kill -9: nothing says farewell, its sockets are closed from one moment to the next."""
    proc = next(p for p in lab.procs.running if p.name == "janus")
    lab.procs.stop(proc, sig=signal.SIGKILL)
