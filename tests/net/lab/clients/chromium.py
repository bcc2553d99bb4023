# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The Chromium client: a headless browser on a page that runs by itself and posts its report."""

import json
import os
import urllib.parse

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream=fps=10",
    "--no-default-browser-check",
    "--disable-features=WebRtcHideLocalIpsWithMdns,OptimizationHints,MediaRouter,Translate",
)


def start(lab, name, call, path):
    job = {
        "room": call.room,
        "role": call.role,
        "servers": call.servers,
        "policy": call.policy,
        "media": call.media,
        "hold": call.hold,
        "giveUp": call.give_up,
        "count": call.count,
        "report": os.path.basename(path),
        "every": call.every,
        "late": call.late,
        "dtx": call.dtx,
    }
    return browse(lab, name, "call.html", job)


def browse(lab, name, page, job, *flags):
    """Starts a browser on one of the pages, which gets the job."""
    home = os.path.join(lab.dir, f"{name}-chromium")
    os.makedirs(home, exist_ok=True)
    argv = [
        "chromium",
        *FLAGS,
        *flags,
        f"--user-data-dir={home}/profile",
        # getUserMedia wants a secure origin; and no name is ever to be resolved.
        "--unsafely-treat-insecure-origin-as-secure=" + lab.signal_url,
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 5.0.0.*",
        f"{lab.signal_url}/{page}#{urllib.parse.quote(json.dumps(job))}",
    ]
    env = {"HOME": home, "PATH": os.environ["PATH"], "TMPDIR": home, "XDG_RUNTIME_DIR": home}
    return lab.procs.start(lab.host_of(name), argv, f"{name}-chromium", env=env)
