"""The stages together: forecasts (EMOS, trees on its residual), readings, and a multinomial that may follow."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

import emos
import readings
from booster import BoostedEmos, fit_location_scale, fit_multinomial, softmax, with_factor
from emos import Emos
from folds import blocks
from inputs import Inputs
from matrix import fitted_rows, forecast_rows, has_readings
from missing import with_copies
from readings import TAUGHT, Readings
from scores import mean_log_loss
from trees import Trees


@dataclass(frozen=True)
class HighModel:
    names: list[str]
    forecast: Emos | BoostedEmos
    readings: Readings | None = None
    multinomial: Trees | None = None

    def probabilities(self, x: Inputs):
        """[rows, 41] of an array or of a graph."""
        if self.readings is None:
            answer = self.forecast.probabilities(x)
        else:
            location, scale = self.forecast.location_and_scale(x)
            answer = readings.probabilities(x, location, scale, self.forecast.nu, self.readings)
        return answer if self.multinomial is None else softmax(np.log(answer) + self.multinomial.raw(x))

    def of(self, rows: pd.DataFrame) -> np.ndarray:
        return self.probabilities(Inputs.of(rows, self.names))


@dataclass(frozen=True)
class Settings:
    nu: int = 8
    penalty: float = 3e-3
    # Of the trees of stage 1b; none without.
    location_scale: dict | None = None
    multinomial: dict | None = None


@dataclass(frozen=True)
class Fitted:
    model: HighModel
    # Rows with readings that the model was fitted on, with stage 1's location and scale from days not fitted.
    taught: pd.DataFrame


def fit_emos(rows: pd.DataFrame, names: list[str], settings: Settings) -> Emos:
    """Neighbours are not among the rows: they settle nothing."""
    own = rows[rows.role != "neighbour"]
    return emos.fit(Inputs.of(own, names), own.label.to_numpy(), own.weight.to_numpy(), settings.nu, settings.penalty)


def fit_forecast(rows: pd.DataFrame, names: list[str], settings: Settings) -> Emos | BoostedEmos:
    linear = fit_emos(rows, names, settings)
    if settings.location_scale is None:
        return linear
    return fit_location_scale(rows, names, linear, settings.location_scale)


def fit(everything: pd.DataFrame, names: list[str], settings: Settings) -> Fitted:
    """On all rows of a matrix, or of its first days.

    Stage 1 is fitted four times: on all days, and without each of three blocks of days, so that what stage 2 and the factor
    of the scale learn from it are predictions of days that it has not seen.
    """
    learning = with_copies(forecast_rows(everything), everything)
    forecast = fit_forecast(learning, names, settings)
    taught = everything[has_readings(everything)]
    unseen = {"learning": np.zeros((len(learning), 2)), "taught": np.zeros((len(taught), 2))}
    for outside, inside in blocks(learning.date):
        partial = fit_forecast(learning[outside(learning.date)], names, settings)
        for key, rows in (("learning", learning), ("taught", taught)):
            mask = inside(rows.date)
            if mask.any():
                unseen[key][mask] = np.hstack(partial.location_and_scale(Inputs.of(rows[mask], names)))
    if isinstance(forecast, BoostedEmos):
        location, scale = np.hsplit(unseen["learning"], 2)
        forecast = with_factor(forecast, location, scale, learning.label.to_numpy(), learning.weight.to_numpy())
        unseen["taught"][:, 1] *= forecast.factor
    taught = taught.assign(location=unseen["taught"][:, 0], scale=unseen["taught"][:, 1])
    learned = None if taught.date.nunique() < READING_DAYS_MIN else fit_readings(taught, names)
    model = HighModel(names, forecast, learned)
    if settings.multinomial is None:
        return Fitted(model, taught)
    rows = fitted_rows(everything)
    rows = rows[rows.role != "strict"].assign(weight=1.0)
    return Fitted(
        replace(model, multinomial=fit_multinomial(rows, names, model.of(rows), settings.multinomial)), taught
    )


# Before that stage 2 would learn the weather of one season; rows with readings keep stage 1 then.
READING_DAYS_MIN = 150


def readings_of(taught: pd.DataFrame, names: list[str]) -> Readings:
    location, scale = taught.location.to_numpy()[:, None], taught.scale.to_numpy()[:, None]
    return readings.fit(Inputs.of(taught, names), location, scale, taught.label.to_numpy())


def answers(taught: pd.DataFrame, names: list[str], learned: Readings) -> np.ndarray:
    location, scale = taught.location.to_numpy()[:, None], taught.scale.to_numpy()[:, None]
    return emos.classes_of(learned.below(Inputs.of(taught, names), location, scale))


def left_out(taught: pd.DataFrame, names: list[str]):
    """Per station: its rows as of a city that taught nothing, and stage 2 learned at the other stations."""
    for station, rows in taught.groupby("station"):
        yield station, rows.assign(**{f"city_{TAUGHT}": 0}), readings_of(taught[taught.station != station], names)


def fit_readings(taught: pd.DataFrame, names: list[str]) -> Readings:
    """Stage 2, with the factor of its scale for stations that taught nothing: the best one where each station in turn is left out."""
    cases = list(left_out(taught, names))

    def loss(carried: float) -> float:
        losses = [
            len(rows) * mean_log_loss(answers(rows, names, replace(learned, carried=carried)), rows.label)
            for _, rows, learned in cases
        ]
        return sum(losses) / len(taught)

    carried = float(minimize_scalar(loss, bounds=(1.0, 2.0), method="bounded", options={"xatol": 0.01}).x)
    return replace(readings_of(taught, names), carried=carried)
