# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""/metrics in the hands of its real users: promtool and a Prometheus server."""

import json
import os
import subprocess
import time
import urllib.parse

from .observer import LISTEN
from .procs import PATIENCE, wait_for

WEB = "127.0.0.1:9090"
QUERY = 'sum(p2pscope_verdicts_total{verdict="succeeded"})'

CONFIG = f"""
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: p2pscope
    static_configs:
      - targets: ["{LISTEN}"]
"""


def promtool(observer):
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input=observer.metrics(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    complaints = [
        f"promtool check metrics: {line}" for line in done.stdout.splitlines() if line.strip()
    ]
    if done.returncode and not complaints:
        complaints.append(f"promtool check metrics: exit status {done.returncode}")
    return complaints


def prometheus(lab, observer, succeeded, seconds=PATIENCE):
    """Does a Prometheus beside p2pscope answer with the number of succeeded sessions?"""
    directory = lab.subdir("prometheus")
    config = os.path.join(directory, "prometheus.yml")
    with open(config, "w", encoding="ascii") as f:
        f.write(CONFIG)
    proc = lab.procs.start(
        observer.ns,
        [
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={directory}/data",
            f"--web.listen-address={WEB}",
        ],
        "prometheus",
    )
    wait_for(
        lambda: proc.poll() is not None or ready(observer),
        PATIENCE,
        "Prometheus to be ready",
        step=0.2,
    )
    deadline = time.monotonic() + seconds
    while (value := query(observer)) != succeeded and time.monotonic() < deadline:
        time.sleep(0.5)
    lab.procs.stop(proc)
    return (
        [] if value == succeeded else [f"Prometheus, {QUERY}: expected {succeeded}, actual {value}"]
    )


def ready(observer):
    try:
        return observer.ns.http_get(f"http://{WEB}/-/ready")[0] == 200
    except OSError:
        return False


def query(observer):
    status, text = observer.ns.http_get(
        f"http://{WEB}/api/v1/query?query={urllib.parse.quote(QUERY)}"
    )
    result = json.loads(text)["data"]["result"] if status == 200 else []
    return float(result[0]["value"][1]) if result else None
