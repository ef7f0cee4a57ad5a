"""The baseline that knows no weather: how often the base was wrong by so much, by city, before and in the day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from emos import CLASSES
from inputs import CITIES, Inputs
from traced import flag

# Added to every count, before the counts of neighbouring classes are mixed.
PRIOR_COUNT = 0.05
NEIGHBOUR_SHARE = 0.25


def groups(x: Inputs):
    """One of city × (evening before, day itself) × (forecasts, persistence) as 0 and 1, [rows, 28]."""
    cities, evening, persistence = flag(x.cities() > 0.5), flag(x["snapshot_hour"] < 0), flag(x["is_persistence"] > 0.5)
    issued, daytime = 1 - persistence, 1 - evening
    return np.concatenate(
        [cities * hours * kind for hours in (evening, daytime) for kind in (issued, persistence)], axis=1
    )


def member_count() -> int:
    return 4 * len(CITIES)


@dataclass(frozen=True)
class Climatology:
    names: list[str]
    table: np.ndarray  # [28, 41]
    pooled: np.ndarray  # [1, 41], of a row without a city

    def probabilities(self, x: Inputs):
        member = groups(x)
        count = member @ np.ones((member_count(), 1))
        nowhere = np.maximum(1 - count, 0.0)
        return (member @ self.table + nowhere * self.pooled) / (count + nowhere)

    def of(self, rows: pd.DataFrame) -> np.ndarray:
        return self.probabilities(Inputs.of(rows, self.names))


def histogram(label: np.ndarray) -> np.ndarray:
    counts = np.bincount(label, minlength=len(CLASSES)) + PRIOR_COUNT
    smooth = np.convolve(counts, [NEIGHBOUR_SHARE, 1 - 2 * NEIGHBOUR_SHARE, NEIGHBOUR_SHARE], "same")
    return smooth / smooth.sum()


def fit(rows: pd.DataFrame, names: list[str]) -> Climatology:
    """Neighbours are not among the rows. A city without a past has the histogram of all in its place."""
    member = groups(Inputs.of(rows, names)).astype(bool)
    label = rows.label.to_numpy()
    of_kind = [member[:, start : start + len(CITIES)].any(axis=1) for start in range(0, member.shape[1], len(CITIES))]
    table = [
        histogram(label[own] if (own := member[:, group]).any() else label[of_kind[group // len(CITIES)]])
        for group in range(member.shape[1])
    ]
    return Climatology(names, np.array(table), histogram(label)[None, :])
