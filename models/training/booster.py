"""Stage 1b, what the linear model misses, and the multinomial that may follow stage 2: CatBoost on one thread.

Location and scale: with ζ = (high - base - μ) / σ of EMOS, CatBoost's `RMSEWithUncertainty` finds the m(x) and s(x) that make
ζ ~ N(m, exp(s)²) most likely, and the forecast becomes Student's t around

    μ' = μ + σ m(x)        σ' = σ exp(s(x)) · factor

where `factor` (the normal's deviation as a scale of the t, and what is lost out of sample) is learned on days not fitted.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor, Pool
from scipy.optimize import minimize_scalar

import student
from emos import CLASSES, EDGES, SCALE_MAX_F, UNIFORM_SHARE, Emos, classes_of, clip, edges_around, student_edge
from inputs import Inputs
from matrix import forecast_features
from traced import Traced
from trees import Trees

SEED = 20240930
COMMON = {
    "boosting_type": "Plain",
    "bootstrap_type": "Bernoulli",
    "random_seed": SEED,
    # One thread: sums of floats depend on the order of the threads.
    "thread_count": 1,
    "allow_writing_files": False,
    "verbose": 0,
}
LOCATION_SCALE = {
    "iterations": 700,
    "depth": 5,
    "learning_rate": 0.05,
    "l2_leaf_reg": 10.0,
    "subsample": 0.7,
    "rsm": 0.5,
}
MULTINOMIAL = {"iterations": 60, "depth": 4, "learning_rate": 0.05, "l2_leaf_reg": 10.0, "subsample": 0.7, "rsm": 0.3}
RESIDUAL_MAX = 5.0
SCALE_MIN_F = 0.3
# CatBoost drops classes that never occur; a feather-light row of each keeps all 41.
PADDING_WEIGHT = 1e-4


@dataclass(frozen=True)
class BoostedEmos:
    """EMOS with its location and scale corrected by trees; to the later stages the same as an `Emos`."""

    emos: Emos
    trees: Trees
    factor: float = 1.0

    @property
    def nu(self) -> int:
        return self.emos.nu

    def location_and_scale(self, x: Inputs):
        raw = self.trees.raw(x)
        sigma = self.emos.scale(x)
        location = self.emos.location(x) + sigma * np.take(raw, [0], axis=1)
        return location, clip(sigma * np.exp(np.take(raw, [1], axis=1)) * self.factor, SCALE_MIN_F, SCALE_MAX_F)

    def probabilities(self, x: Inputs):
        location, scale = self.location_and_scale(x)
        return classes_of(student.cdf((EDGES[None, :] - location) / scale, self.nu))


def fit_location_scale(rows: pd.DataFrame, names: list[str], emos: Emos, parameters: dict) -> BoostedEmos:
    """Readings are left to stage 2: the trees do not see them."""
    x = Inputs.of(rows, names)
    residual = ((rows.high - rows.base).to_numpy()[:, None] - emos.location(x)) / emos.scale(x)
    seen = set(forecast_features(names))
    hidden = [index for index, name in enumerate(names) if name not in seen]
    booster = CatBoostRegressor(loss_function="RMSEWithUncertainty", ignored_features=hidden, **COMMON, **parameters)
    target = np.clip(residual[:, 0], -RESIDUAL_MAX, RESIDUAL_MAX)
    booster.fit(Pool(x.values.astype(np.float32), target, weight=rows.weight.to_numpy()))
    return BoostedEmos(emos, Trees(booster, 2))


def with_factor(
    model: BoostedEmos, location: np.ndarray, scale: np.ndarray, label: np.ndarray, weight: np.ndarray
) -> BoostedEmos:
    """`location` and `scale` [rows, 1] are of days not fitted, with factor 1."""
    lower, upper = edges_around(label)

    def loss(log_factor: float) -> float:
        sigma = scale * np.exp(log_factor)
        inside = student_edge(upper, location, sigma, model.nu)[0] - student_edge(lower, location, sigma, model.nu)[0]
        return float(-(weight @ np.log((1 - UNIFORM_SHARE) * inside[:, 0] + UNIFORM_SHARE / len(CLASSES))))

    return replace(model, factor=float(np.exp(minimize_scalar(loss, bounds=(-0.7, 0.7), method="bounded").x)))


def fit_multinomial(rows: pd.DataFrame, names: list[str], start: np.ndarray | None, parameters: dict) -> Trees:
    """CatBoost's multinomial over all classes, from the logarithm of `start` [rows, 41] or from nothing."""
    classes = len(CLASSES)
    padding = np.linspace(0, len(rows) - 1, classes).astype(int)
    order = np.concatenate([np.arange(len(rows)), padding])
    booster = CatBoostClassifier(loss_function="MultiClass", **COMMON, **parameters)
    booster.fit(
        Pool(
            rows[names].to_numpy(np.float32)[order],
            np.concatenate([rows.label.to_numpy(), np.arange(classes)]),
            weight=np.concatenate([rows.weight.to_numpy(), np.full(classes, PADDING_WEIGHT)]),
            baseline=None if start is None else np.log(start)[order],
        )
    )
    return Trees(booster, classes)


def softmax(margins):
    """Of an array or of a graph [rows, classes]."""
    if isinstance(margins, Traced):
        return margins.emit("Softmax", [margins], axis=1)
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
