"""Which days are fitted and which are scored: whole days, in order, with an embargo between."""

import numpy as np
import pandas as pd

EMBARGO_DAYS = 2
# Test windows; each is fitted on everything that ended two days before it.
FOLDS = [
    ("2022-01-01", "2022-06-30"),
    ("2022-07-01", "2022-12-31"),
    ("2023-01-01", "2023-06-30"),
    ("2023-07-01", "2023-12-31"),
    ("2024-01-01", "2024-09-30"),
]
# In windows from here on every city has a year or more before it, as at the last fit.
CITIES_KNOWN_FROM = "2023-01-01"
BLOCKS = 3


def before(dates: pd.Series, start: str) -> np.ndarray:
    """Days that a test window from `start` may be fitted on."""
    cut = (pd.Timestamp(start) - pd.Timedelta(days=EMBARGO_DAYS)).strftime("%Y-%m-%d")
    return (dates < cut).to_numpy()


def within(dates: pd.Series, window: tuple[str, str]) -> np.ndarray:
    return ((dates >= window[0]) & (dates <= window[1])).to_numpy()


def blocks(dates: pd.Series):
    """Of the days in order, each third with the days outside it and its embargo: two functions from dates to rows."""
    days = np.sort(dates.unique())
    for block in np.array_split(days, BLOCKS):
        first, last = block[0], block[-1]
        low = (pd.Timestamp(first) - pd.Timedelta(days=EMBARGO_DAYS)).strftime("%Y-%m-%d")
        high = (pd.Timestamp(last) + pd.Timedelta(days=EMBARGO_DAYS)).strftime("%Y-%m-%d")
        yield (
            lambda dates, low=low, high=high: ((dates < low) | (dates > high)).to_numpy(),
            lambda dates, first=first, last=last: ((dates >= first) & (dates <= last)).to_numpy(),
        )
