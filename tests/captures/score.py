# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Sums over all captures: precision and recall of each class, and which outcome was taken for
which."""

from collections import Counter

OUTCOMES = ["succeeded_direct", "succeeded_relay", "failed", "incomplete", "none"]
ANY = "any of several"
BEGIN, END = "<!-- captures: begin -->", "<!-- captures: end -->"


class Scores:
    """Packets by class; of one file and carrier as many count as right as both have."""

    def __init__(self):
        self.right, self.missed, self.made_up = Counter(), Counter(), Counter()

    def add(self, want, got):
        self.right += want & got
        self.missed += want - got
        self.made_up += got - want

    def rows(self):
        for name in sorted(self.right + self.missed + self.made_up):
            right, missed, made_up = self.right[name], self.missed[name], self.made_up[name]
            yield (
                name,
                right + missed,
                right / (right + made_up) if right else 0,
                right / (right + missed) if right else 0,
            )

    def lines(self):
        return [
            f"{name}: {packets} packets, precision {precision:.4f}, recall {recall:.4f}"
            for name, packets, precision, recall in self.rows()
        ]

    def table(self):
        return ["| class | packets | precision | recall |", "|---|---|---|---|"] + [
            f"| `{name}` | {packets} | {precision:.4f} | {recall:.4f} |"
            for name, packets, precision, recall in self.rows()
        ]


class Tally:
    """Cases and their variants by what is to be said of them, and how many are right."""

    def __init__(self):
        self.rows = {}

    def add(self, truth, wrong, varied):
        said = [truth.get(key) for key in ("verdict", "cause")]
        key = tuple(ANY if isinstance(value, list) else value or "-" for value in said)
        row = self.rows.setdefault(key, [0, 0, 0, 0])
        varied = list(varied)
        for place, more in enumerate([1, not wrong, len(varied), varied.count([])]):
            row[place] += more

    def table(self):
        rows = ["| verdict | cause | cases | right | variants | right |", "|---" * 6 + "|"]
        for (verdict, cause), counts in sorted(self.rows.items()):
            rows.append(f"| {verdict} | {cause} | " + " | ".join(map(str, counts)) + " |")
        sums = (str(sum(column)) for column in zip(*self.rows.values()))
        return rows + ["| all | | " + " | ".join(sums) + " |"]


class Matrix:
    """Sessions by true and told outcome. Within a file only numbers are compared, so what differs
    is paired in order."""

    def __init__(self):
        self.cells = Counter()

    def add(self, want, got, none):
        for name, sessions in (want & got).items():
            self.cells[name, name] += sessions
        missed, made_up = list((want - got).elements()), list((got - want).elements())
        while missed or made_up:
            self.cells[
                missed.pop() if missed else "none", made_up.pop() if made_up else "none"
            ] += 1
        self.cells["none", "none"] += none

    def lines(self):
        return [
            f"{true} told as {told}: {n}" for (true, told), n in sorted(self.cells.items()) if n
        ]

    def table(self):
        rows = ["| truth | " + " | ".join(OUTCOMES) + " |", "|---" * (len(OUTCOMES) + 1) + "|"]
        for true in OUTCOMES:
            rows.append(
                f"| {true} | " + " | ".join(str(self.cells[true, told]) for told in OUTCOMES) + " |"
            )
        return rows

    def write(self, path, scores, tally):
        with open(path, encoding="utf-8") as f:
            before, rest = f.read().split(BEGIN)
        after = rest.split(END)[1]
        tables = [self.table(), scores.table(), tally.table()]
        middle = "\n".join([BEGIN, "", *(line for table in tables for line in [*table, ""]), END])
        with open(path, "w", encoding="utf-8") as f:
            f.write(before + middle + after)
