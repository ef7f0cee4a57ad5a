"""What is compared by cross-validation: the servable ones in order of how much is in them, and others that show what is not lost."""

from dataclasses import dataclass, replace

import lightgbm
import numpy as np
import pandas as pd
from catboost import CatBoostRegressor, Pool

import climatology
import student
from booster import COMMON, MULTINOMIAL, RESIDUAL_MAX, SEED, fit_multinomial, softmax
from emos import CLASSES, EDGES, classes_of
from inputs import Inputs
from matrix import fitted_rows
from model import Settings, fit, fit_emos

# In order: a later one is taken only if it is better beyond doubt.
SERVABLE = ("emosReadings", "emosReadingsMultinomial", "treesReadings", "treesReadingsMultinomial")
BASELINES = ("rawForecast", "errorClimatology", "emos")
OTHERS = ("emosPerCity", "multinomialAlone", "locationScaleAlone", "quantilesAlone")
POOL = "poolOfBestTwo"
ABOUT = {
    "rawForecast": "all probability on the mean of the forecasts",
    "errorClimatology": "how often the base was wrong by so much, by city, evening and day",
    "emos": "pooled EMOS on the forecasts alone",
    "emosReadings": "pooled EMOS, then readings",
    "emosReadingsMultinomial": "pooled EMOS, then readings, then CatBoost's multinomial from there",
    "treesReadings": "pooled EMOS, CatBoost's location and scale on its residual, then readings",
    "treesReadingsMultinomial": "the same, then CatBoost's multinomial from there",
    "emosPerCity": "one EMOS per city on the forecasts alone",
    "multinomialAlone": "CatBoost's multinomial from nothing",
    "locationScaleAlone": "CatBoost's RMSEWithUncertainty from nothing",
    "quantilesAlone": "LightGBM, one booster per quantile",
    POOL: "half and half of the best two",
}
QUANTILES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98)
PER_CITY_DAYS_MIN = 120


@dataclass(frozen=True)
class Sizes:
    """How large the boosters are that start from nothing."""

    multinomial: int = 200
    location_scale: int = 800
    quantiles: int = 150


QUICK_SIZES = Sizes(3, 10, 5)


def raw_forecast(test: pd.DataFrame) -> np.ndarray:
    """Its ranked probability score is the forecast's mean absolute error."""
    point = np.zeros((len(test), len(CLASSES)))
    point[:, -CLASSES[0]] = 1.0
    return point


def per_city(
    rows: pd.DataFrame, test: pd.DataFrame, names: list[str], settings: Settings, pooled: np.ndarray
) -> np.ndarray:
    """A city with too short a past keeps the pooled answer."""
    answer = pooled.copy()
    for city in test.city.unique():
        own, asked = rows[(rows.city == city) & (rows.role != "strict")], (test.city == city).to_numpy()
        if own.date.nunique() >= PER_CITY_DAYS_MIN:
            answer[asked] = fit_emos(own, names, settings).probabilities(Inputs.of(test[asked], names))
    return answer


def location_scale_alone(rows: pd.DataFrame, test: pd.DataFrame, names: list[str], iterations: int) -> np.ndarray:
    booster = CatBoostRegressor(
        loss_function="RMSEWithUncertainty",
        iterations=iterations,
        depth=5,
        learning_rate=0.05,
        l2_leaf_reg=10,
        subsample=0.7,
        rsm=0.5,
        **COMMON,
    )
    target = (rows.high - rows.base).clip(CLASSES[0], CLASSES[-1])
    booster.fit(Pool(rows[names].to_numpy(np.float32), target, weight=rows.weight))
    raw = booster.predict(test[names].to_numpy(np.float32), prediction_type="RawFormulaVal")
    return classes_of(student.cdf((EDGES[None, :] - raw[:, :1]) / np.exp(np.clip(raw[:, 1:], -2, RESIDUAL_MAX)), 8))


def quantiles_alone(rows: pd.DataFrame, test: pd.DataFrame, names: list[str], trees: int) -> np.ndarray:
    """Linear between the quantiles, and beyond them as steep as in the last step."""
    settings = {
        "objective": "quantile",
        "learning_rate": 0.08,
        "num_leaves": 31,
        "min_data_in_leaf": 60,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "feature_fraction": 0.5,
        "seed": SEED,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    known = lightgbm.Dataset(rows[names].to_numpy(np.float32), (rows.high - rows.base).to_numpy(), free_raw_data=False)
    asked = test[names].to_numpy(np.float32)
    columns = [lightgbm.train({**settings, "alpha": quantile}, known, trees).predict(asked) for quantile in QUANTILES]
    values = np.maximum.accumulate(np.column_stack(columns) + np.arange(len(QUANTILES)) * 1e-3, axis=1)
    ends = [2 * values[:, [0]] - values[:, [2]] - 1, values, 2 * values[:, [-1]] - values[:, [-3]] + 1]
    levels = np.array([0.0, *QUANTILES, 1.0])
    below = np.array([np.interp(EDGES, row, levels) for row in np.hstack(ends)])
    return classes_of(below)


def all_answers(
    everything: pd.DataFrame, test: pd.DataFrame, names: list[str], settings: Settings, sizes: Sizes
) -> dict[str, np.ndarray]:
    """Of every candidate but the pool, fitted on `everything`: [rows of the test, 41]."""
    small = settings.multinomial or MULTINOMIAL
    linear = fit(everything, names, replace(settings, location_scale=None, multinomial=None)).model
    boosted = fit(everything, names, replace(settings, multinomial=None)).model
    rows = fitted_rows(everything)
    rows = rows[rows.role != "strict"].assign(weight=1.0)
    own = rows[rows.role == "settlement"]
    answers = {
        "rawForecast": raw_forecast(test),
        "errorClimatology": climatology.fit(everything[everything.role != "neighbour"], names).of(test),
        "emos": replace(linear, readings=None).of(test),
        "emosReadings": linear.of(test),
        "treesReadings": boosted.of(test),
    }
    for name, before in (("emosReadingsMultinomial", linear), ("treesReadingsMultinomial", boosted)):
        after = replace(before, multinomial=fit_multinomial(rows, names, before.of(rows), small))
        answers[name] = after.of(test)
    answers["emosPerCity"] = per_city(own, test, names, settings, answers["emos"])
    alone = fit_multinomial(rows, names, None, {**MULTINOMIAL, "iterations": sizes.multinomial})
    answers["multinomialAlone"] = softmax(alone.raw(Inputs.of(test, names)))
    answers["locationScaleAlone"] = location_scale_alone(rows, test, names, sizes.location_scale)
    answers["quantilesAlone"] = quantiles_alone(rows, test, names, sizes.quantiles)
    return answers
