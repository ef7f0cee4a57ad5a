"""The matrix of features as columns [rows, 1] in double precision: of an array for fitting, of a graph for serving."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

SOURCES = [
    "gfs_mos",
    "nam_mos",
    "nbm",
    "hrrr",
    "rap",
    "gefs_mean",
    "openmeteo_best_match",
    "nws",
    "gfs_seamless",
    "ecmwf_ifs025",
    "icon_seamless",
    "gem_seamless",
    "jma_seamless",
]
CITIES = ["new_york", "chicago", "austin", "denver", "los_angeles", "miami", "philadelphia"]


@dataclass(frozen=True)
class Inputs:
    names: list[str]
    values: object  # [rows, features], a numpy array or a Traced

    @staticmethod
    def of(rows: pd.DataFrame, names: list[str]) -> "Inputs":
        """Through float32, as the runtime gives them."""
        return Inputs(names, rows[names].to_numpy(np.float32).astype(np.float64))

    def __getitem__(self, name: str):
        return np.take(self.values, [self.names.index(name)], axis=1)

    def columns(self, names: list[str]):
        return np.take(self.values, [self.names.index(name) for name in names], axis=1)

    def filled(self, name: str, replacement):
        """The column with `replacement` where it is missing."""
        return fill(self[name], replacement)

    def cities(self):
        return self.columns([f"city_{city}" for city in CITIES])


def fill(column, replacement):
    return np.where(np.isnan(column), replacement, column)
