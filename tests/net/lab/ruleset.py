# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A gateway's own word on its rules: each with its place, its handle and its text; and all of them,
to see whether they stay."""

import json
import re

POLICY = "policy drop"  # instead of a comment: the chain that drops what no rule let pass
HANDLE = re.compile(r"^(.*\S)\s+# handle (\d+)$")
COUNTER = re.compile(r"counter packets \d+ bytes \d+")
LIVELY = ("packets", "bytes", "expires")  # what changes in a ruleset that nobody touches


def rule(family, table, chain, handle, text):
    return {"family": family, "table": table, "chain": chain, "handle": handle, "text": text}


def parse(listing):
    """The rules of `nft -a list ruleset`, and the policies that drop, which have no handle."""
    found, place = [], None
    for line in listing.splitlines():
        words = line.split()
        if words[:1] == ["table"]:
            family, table, place = words[1], words[2], None
        elif line.startswith("\t") and not line.startswith("\t\t"):
            place = (family, table, words[1]) if words[0] == "chain" else None
        elif place and words[:1] == ["type"]:
            found += [rule(*place, 0, POLICY)] if POLICY + ";" in line else []
        elif place and (m := HANDLE.match(line.strip())):
            found.append(rule(*place, int(m[2]), m[1]))
    return found


def steady(text):
    """A rule's text without what its counter says just now, and without the spaces that nft leaves
    where it has no words."""
    return " ".join(COUNTER.sub("counter", text).split())


def named(listed, comment):
    """The one rule with this comment, or the one chain whose policy drops."""
    there = [
        r for r in listed if (r["text"] == POLICY if comment == POLICY else comment in r["text"])
    ]
    if len(there) != 1:
        raise RuntimeError(f"rules with '{comment}': expected one, actual {len(there)}")
    return there[0]


def rules(ns):
    return parse(ns.run("nft", "-a", "list", "ruleset"))


def legacy(ns):
    """Those of iptables-legacy: the handle is a rule's number in its chain, the text its line."""
    found, table = [], None
    for line in ns.run("iptables-legacy-save").splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith("-A "):
            chain = line.split()[1]
            number = sum((r["table"], r["chain"]) == (table, chain) for r in found) + 1
            found.append(rule("ip", table, chain, number, line))
    return found


def find(ns, comment):
    return named(rules(ns) + legacy(ns), comment)


def idle(listed):
    """The rules whose counter shows that they met no packet."""
    return [r["text"] for r in listed if "counter packets 0 " in r["text"]]


def snapshot(ns):
    """The whole ruleset with its handles, as lines; without counters and the time that is left to
    set elements."""
    return lines(json.loads(ns.run("nft", "-j", "list", "ruleset")))


def lines(listed):
    return [json.dumps(without_lively(entry), sort_keys=True) for entry in listed["nftables"]]


def without_lively(node):
    if isinstance(node, dict):
        return {key: without_lively(value) for key, value in node.items() if key not in LIVELY}
    return [without_lively(value) for value in node] if isinstance(node, list) else node
