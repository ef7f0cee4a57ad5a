"""The training matrix that `halcyon models training-matrix` wrote, and which of its rows are fitted."""

import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from emos import CLASSES

FEATURE_VERSION = "weather-features-2"
# Hours at which the inputs of a row without readings change: 20:00 of the day before, and when yesterday's high is known.
CHANGING_HOURS = (-4, 5)
LATER_HOURS = (2, 8, 11, 14, 17)
READING_FEATURES = (
    "observed_",
    "implied_high_minus_base",
    "rise_deviation",
    "dewpoint_depression",
    "pressure_trend",
    "wind_speed",
)


class MatrixError(Exception):
    """The matrix cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Matrix:
    rows: pd.DataFrame
    description: dict

    @property
    def names(self) -> list[str]:
        return [feature["name"] for feature in self.description["features"]]


def read(folder: Path) -> Matrix:
    """Adds `label`, the class of `high - base` by index; beyond the outer classes is in them."""
    try:
        description = json.loads((folder / "matrix.json").read_text())
        version = description.get("featureVersion")
        if version != FEATURE_VERSION:
            raise MatrixError(
                f"{folder} holds features of version {version}; this training expects {FEATURE_VERSION}. "
                "Make it again: npm run train -- features"
            )
        rows = pd.read_csv(folder / "matrix.csv.gz")
    except (OSError, ValueError) as error:
        raise MatrixError(
            f"{folder} holds no readable training matrix ({error}). Make it: npm run train -- features"
        ) from None
    rows["label"] = (rows.high - rows.base).clip(CLASSES[0], CLASSES[-1]).astype(int) - CLASSES[0]
    return Matrix(rows, description)


def has_readings(rows: pd.DataFrame) -> np.ndarray:
    return rows.observed_max_minus_base.notna().to_numpy()


def fitted_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Without the hours that repeat another: a row without readings is kept at the two hours at which its inputs change, and at
    one later hour chosen by its city and day."""
    later = np.array(
        [
            LATER_HOURS[zlib.crc32(f"{c},{d}".encode()) % len(LATER_HOURS)]
            for c, d in zip(rows.station, rows.date, strict=True)
        ]
    )
    kept = has_readings(rows) | rows.hour.isin(CHANGING_HOURS).to_numpy() | (rows.hour.to_numpy() == later)
    return rows[kept]


def forecast_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Of `fitted_rows`, what the forecast stages learn from: they see no reading, so that a day is three rows here too."""
    return fitted_rows(rows.assign(observed_max_minus_base=np.nan))


def forecast_features(names: list[str]) -> list[str]:
    return [name for name in names if not name.startswith(READING_FEATURES)]
