# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The active measurement: an RFC 5780 client in a host's namespace asks coturn what the NATs on the
way are like.

Its packets pass p2pscope too: it is to run when p2pscope has already been asked.
"""

from concurrent.futures import ThreadPoolExecutor
import re

from .topology import SERVER

TOOL = "turnutils_natdiscovery"
TESTS = {"mapping": "-m", "filtering": "-f", "hairpinning": "-H"}
SECONDS = 20  # its own patience is 3 s a question, two of them may stay without an answer
FIRST_PORT = 41000
VERDICT = re.compile(
    r"NAT with (Endpoint Independent|Address Dependent|Address and Port Dependent)"
    r" (Mapping|Filtering)!"
)
REFLEXIVE = re.compile(r"UDP reflexive addr: (\S+)")


def measure(ns, address):
    """{"nat", "mapping", "filtering", "hairpinning"} as the host with this address finds them, in
    p2pscope's words."""

    def run(number, option):
        argv = (
            "timeout",
            str(SECONDS),
            TOOL,
            option,
            "-L",
            address,
            "-l",
            str(FIRST_PORT + number),
            SERVER,
        )
        return ns.run(*argv, check=False)

    with ThreadPoolExecutor(len(TESTS)) as pool:
        outputs = pool.map(run, range(len(TESTS)), TESTS.values())
    return parse(dict(zip(TESTS, outputs)), address)


def parse(outputs, address):
    return {
        "nat": behind_nat(outputs["mapping"], address),
        "mapping": behaviour(outputs["mapping"], "Mapping"),
        "filtering": behaviour(outputs["filtering"], "Filtering"),
        "hairpinning": hairpinning(outputs["hairpinning"]),
    }


def behind_nat(output, address):
    seen = REFLEXIVE.search(output)
    return seen[1].rsplit(":", 1)[0] != address if seen else None


def behaviour(output, what):
    if what == "Mapping" and "No NAT!" in output:
        return "endpoint-independent"
    verdict = next((v for v, kind in VERDICT.findall(output) if kind == what), None)
    return verdict.lower().replace(" ", "-") if verdict else None


def hairpinning(output):
    if not REFLEXIVE.search(output):
        return None
    return "yes" if "Received a request" in output else "no"
