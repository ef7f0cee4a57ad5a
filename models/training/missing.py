"""Copies of training rows as the live world gives them: one source, sources without a name, no past.

The archives have two to eight sources and a long past; a daemon that started yesterday has the NWS and nothing else. A row and
its copy share the row's weight, so that the number of effective rows stays. Which rows are copied, and how, is a function of
station, date and hour alone.
"""

import zlib

import numpy as np
import pandas as pd

from emos import CLASSES
from inputs import SOURCES

# Of all rows, in thousandths.
SHARES = (("single", 200), ("anonymous", 75), ("newcomer", 75))
TRAILING_DAYS, SHORT_DAYS, SHRINKAGE_DAYS = 30, 7, 5
# From this hour on yesterday's high is known (03:00).
YESTERDAY_KNOWN_HOUR = 3
PAST = (
    "trailing_bias",
    "trailing_bias_short",
    "trailing_mean_absolute_error",
    "trailing_error_deviation",
    "newest_error",
)
FROM_BASE = tuple(f"from_base_{source}" for source in SOURCES)
LAGS = tuple(f"lag_error_{source}" for source in SOURCES)
BIASES = tuple(f"trailing_bias_{source}" for source in SOURCES)
COUNTED_FROM_BASE = (
    "newest_high_minus_base",
    "recent_highs_minus_base",
    "observed_max_minus_base",
    "observed_latest_minus_base",
    "observed_floor_minus_base",
    "implied_high_minus_base",
)


def drawn(rows: pd.DataFrame, salt: str) -> np.ndarray:
    """0..999 by station, date and hour."""
    keys = zip(rows.station, rows.date, rows.hour, strict=True)
    return np.array(
        [zlib.crc32(f"{salt},{station},{date},{hour}".encode()) % 1000 for station, date, hour in keys], dtype=int
    )


def anonymous(rows: pd.DataFrame) -> pd.DataFrame:
    """Sources that have no column of their own."""
    return rows.assign(**{name: np.nan for name in (*FROM_BASE, *LAGS, *BIASES)})


def newcomer(rows: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of the day and nothing of the days before."""
    gone = (*PAST, *LAGS, *BIASES, "corrected_mean_minus_base", "newest_high_minus_base", "recent_highs_minus_base")
    return rows.assign(trailing_day_count=0, **{name: np.nan for name in gone})


def source_errors(everything: pd.DataFrame) -> pd.DataFrame:
    """Per station, role, hour, source and day: what `trailingErrors` of the feature code says of that source alone, up to that day."""
    keys = ["station", "role", "hour", "date"]
    long = everything.melt(id_vars=[*keys, "base", "high"], value_vars=list(FROM_BASE), var_name="source").dropna(
        subset="value"
    )
    long["error"] = long.high - long.base - long.value
    long = long.sort_values([*keys[:3], "source", "date"]).reset_index(drop=True)
    errors = long.groupby([*keys[:3], "source"]).error

    def rolled(days: int, what: str, series=errors) -> np.ndarray:
        return getattr(series.rolling(days, min_periods=1), what)().to_numpy()

    long["count"] = rolled(TRAILING_DAYS, "count")
    long["bias"] = rolled(TRAILING_DAYS, "mean")
    long["short"] = rolled(SHORT_DAYS, "mean")
    long["deviation"] = rolled(TRAILING_DAYS, "std")
    absolute = long.assign(error=long.error.abs()).groupby([*keys[:3], "source"]).error
    long["absolute"] = rolled(TRAILING_DAYS, "mean", absolute)
    return long.drop(columns=["base", "high", "value"])


def single(rows: pd.DataFrame, errors: pd.DataFrame) -> pd.DataFrame:
    """One of the row's sources alone, with the base, the spread and the past that it would have by itself."""
    offsets = rows[list(FROM_BASE)].to_numpy()
    present = ~np.isnan(offsets)
    rows, offsets = rows[present.any(axis=1)], offsets[present.any(axis=1)]
    turn = drawn(rows, "which") % (~np.isnan(offsets)).sum(axis=1)
    order = np.cumsum(~np.isnan(offsets), axis=1) - 1
    chosen = ((order == turn[:, None]) & ~np.isnan(offsets)).argmax(axis=1)
    value = rows.base.to_numpy() + offsets[np.arange(len(rows)), chosen]
    base = np.floor(value + 0.5 + 1e-9)
    shift = base - rows.base.to_numpy()
    day = pd.to_datetime(rows.date)
    known = day - pd.to_timedelta(np.where(rows.hour >= YESTERDAY_KNOWN_HOUR, 1, 2), unit="D")
    asked = pd.DataFrame(
        {
            "station": rows.station,
            "role": rows.role,
            "hour": rows.hour,
            "source": np.array(FROM_BASE)[chosen],
            "day": known,
        }
    ).reset_index(drop=True)
    asked["order"] = np.arange(len(asked))
    stored = errors.assign(day=pd.to_datetime(errors.date)).sort_values("day")
    past = pd.merge_asof(
        asked.sort_values("day"),
        stored,
        on="day",
        by=["station", "role", "hour", "source"],
        tolerance=pd.Timedelta(days=30),
    ).sort_values("order")
    count = past["count"].to_numpy()
    bias = past.bias.to_numpy()
    shrunk = bias * count / (count + SHRINKAGE_DAYS)
    changed = {
        "base": base.astype(int),
        "base_f": base,
        "mean_minus_base": value - base,
        "median_minus_base": value - base,
        "corrected_mean_minus_base": value - base + shrunk,
        "source_count": 1,
        "source_excluded_count": 0,
        "source_deviation": np.nan,
        "source_range": 0,
        "trailing_bias": bias,
        "trailing_bias_short": past.short.to_numpy(),
        "trailing_mean_absolute_error": past.absolute.to_numpy(),
        "trailing_error_deviation": past.deviation.to_numpy(),
        "newest_error": past.error.to_numpy(),
        "trailing_day_count": np.nan_to_num(count),
        **{name: rows[name].to_numpy() - shift for name in COUNTED_FROM_BASE},
    }
    mine = np.arange(len(SOURCES))[None, :] == chosen[:, None]
    for index in range(len(SOURCES)):
        changed[FROM_BASE[index]] = np.where(mine[:, index], value - base, np.nan)
        changed[LAGS[index]] = np.where(mine[:, index], rows[LAGS[index]], np.nan)
        changed[BIASES[index]] = np.where(mine[:, index], shrunk, np.nan)
    copied = rows.assign(**changed)
    return copied.assign(label=(copied.high - copied.base).clip(CLASSES[0], CLASSES[-1]).astype(int) - CLASSES[0])


def with_copies(rows: pd.DataFrame, everything: pd.DataFrame) -> pd.DataFrame:
    """`rows` and their copies, with column `weight`. `everything` is the matrix up to the last day of `rows`."""
    draw = drawn(rows, "copy")
    errors = source_errors(everything)
    parts, low = [], 0
    for kind, share in SHARES:
        picked = rows[(draw >= low) & (draw < low + share)]
        low += share
        picked = picked[picked.is_persistence == 0]
        parts.append(
            {"single": lambda r: single(r, errors), "anonymous": anonymous, "newcomer": newcomer}[kind](picked)
        )
    copied = set().union(*(part.index for part in parts))
    halved = rows.index.isin(list(copied))
    return pd.concat(
        [rows.assign(weight=np.where(halved, 0.5, 1.0)), *(part.assign(weight=0.5) for part in parts)],
        ignore_index=True,
    )
