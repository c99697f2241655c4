"""Writes `reference.json`: figures of published libraries for random tables, to compare ours with.

Needs irrCAC 0.4.4 and statsmodels 0.15.0, which bring pandas and are installed for this alone:
`python tests/agreement/make_reference.py`.
"""

from __future__ import annotations

import json
import random
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from irrCAC.raw import CAC
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

NAMES = ("met", "not met", "cannot tell")


def tables(chance: random.Random) -> list[list[list[int]]]:
    made = [
        [[40, 9, 0], [6, 45, 0], [0, 0, 0]],
        [[118, 5, 0], [2, 0, 0], [0, 0, 0]],
        [[1, 0, 0], [0, 1, 0], [1, 0, 0]],
    ]
    while len(made) < 150:
        most = chance.choice((3, 10, 60, 500))
        made.append([[chance.randrange(most + 1) * (chance.random() < 0.8) for _ in NAMES] for _ in NAMES])
        if np.trace(made[-1]) == np.sum(made[-1]) or np.sum(made[-1]) < 3:
            made.pop()
    return made


def told(table: list[list[int]]) -> dict[str, object]:
    counts = np.array(table)
    pairs = [(a, b) for a in range(3) for b in range(3) for _ in range(table[a][b])]
    frame = pd.DataFrame(pairs, columns=["first", "second"])
    gwet = CAC(frame, categories=[0, 1, 2], digits=17).gwet()["est"]
    kappa = cohens_kappa(counts)
    low, high = proportion_confint(int(np.trace(counts)), int(counts.sum()), method="wilson")
    return {
        "table": table,
        "kappa": [kappa.kappa, kappa.kappa_low, kappa.kappa_upp],
        "ac1": [float(gwet["coefficient_value"]), float(gwet["se"])],
        "wilson": [float(low), float(high)],
    }


def main() -> None:
    content = {
        "made with": {name: version(name) for name in ("irrCAC", "statsmodels")},
        "categories": NAMES,
        "tables": [told(one) for one in tables(random.Random(6))],
    }
    Path(__file__).with_name("reference.json").write_text(json.dumps(content) + "\n")


main()
