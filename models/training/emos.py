"""Stage 1, the forecasts: ensemble model output statistics (EMOS), pooled over cities.

`high - base` is Student's t around a linear location with a log-linear scale:

    μ = location(x) · a        σ = exp(scale(x) · b)        P(class k) = T((k + ½ - μ) / σ) - T((k - ½ - μ) / σ)

fitted by maximum likelihood of the classes with a quadratic pull to "the corrected mean is right, and as wrong as lately".
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

import student
from inputs import SOURCES, Inputs, fill
from traced import flag

CLASSES = np.arange(-20, 21)
# Upper edges of all classes but the last: the outer classes are open.
EDGES = CLASSES[:-1] + 0.5
SCALE_MIN_F, SCALE_MAX_F = 0.5, 16.0
# Spread evenly over the classes, so that no outcome is impossible and no logarithm is infinite.
UNIFORM_SHARE = 0.001
DEVIATION_MIN_F = 0.8
MISSING_TRAILING_DEVIATION_F = 3.0
MISSING_SOURCE_DEVIATION_F = 2.0


def location_design(x: Inputs):
    mean, bias = x["mean_minus_base"], x.filled("trailing_bias", 0.0)
    corrected = x.filled("corrected_mean_minus_base", mean)
    sin, cos, cities = x["season_sin"], x["season_cos"], x.cities()
    # What the days before say beside a forecast differs by city: much at Los Angeles, little at Miami.
    recent, newest = x.filled("recent_highs_minus_base", 0.0), x.filled("newest_high_minus_base", 0.0)
    persistence = x["is_persistence"]
    issued = 1 - persistence
    # How far a source, its own bias removed, is from what all say together; halved, which pulls their weights harder to zero.
    opinions = [
        fill(x[f"from_base_{source}"] + x.filled(f"trailing_bias_{source}", 0.0) - corrected, 0.0) * 0.5
        for source in SOURCES
    ]
    return np.concatenate(
        [
            corrected,
            mean + bias,
            x.filled("trailing_bias_short", 0.0) - bias,
            x.filled("newest_error", 0.0) - bias,
            persistence * recent,
            persistence * newest,
            issued * recent,
            issued * newest,
            issued * recent * cities,
            issued * newest * cities,
            sin,
            cos,
            cities,
            sin * cities,
            cos * cities,
            *opinions,
        ],
        axis=1,
    )


def scale_design(x: Inputs):
    sin, cos, cities = x["season_sin"], x["season_cos"], x.cities()
    persistence, widened = x["is_persistence"], x["is_widened"]
    evening = flag(x["snapshot_hour"] < 0)
    trailing = x.filled("trailing_error_deviation", MISSING_TRAILING_DEVIATION_F)
    spread = x.filled("source_deviation", MISSING_SOURCE_DEVIATION_F)
    return np.concatenate(
        [
            np.log(np.maximum(trailing, DEVIATION_MIN_F)),
            np.log(np.maximum(spread, 0.0) + 1),
            flag(np.isnan(x["source_deviation"])),
            np.log(np.maximum(x["source_count"], 1.0)),
            np.absolute(x.filled("newest_error", 0.0)),
            evening,
            widened * evening,
            widened,
            persistence,
            persistence * evening,
            persistence * sin,
            persistence * cos,
            sin,
            cos,
            cities,
        ],
        axis=1,
    )


@dataclass(frozen=True)
class Emos:
    location_weights: np.ndarray  # [columns of the location, 1]
    scale_weights: np.ndarray  # [columns of the log scale, 1]
    nu: int

    def location(self, x: Inputs):
        return location_design(x) @ self.location_weights

    def scale(self, x: Inputs):
        return clip(np.exp(scale_design(x) @ self.scale_weights), SCALE_MIN_F, SCALE_MAX_F)

    def location_and_scale(self, x: Inputs):
        return self.location(x), self.scale(x)

    def probabilities(self, x: Inputs):
        """[rows, 41] of an array or of a graph."""
        location, scale = self.location_and_scale(x)
        return classes_of(student.cdf((EDGES[None, :] - location) / scale, self.nu))


def clip(value, low: float, high: float):
    return np.minimum(np.maximum(value, low), high)


def classes_of(below):
    """P(high - base ≤ upper edge) [rows, 40] as probabilities of the 41 classes, none of them zero."""
    first = np.take(below, [0], axis=1)
    inside = np.concatenate([below, first * 0.0 + 1.0], axis=1) - np.concatenate([first * 0.0, below], axis=1)
    return np.maximum(inside, 0.0) * (1 - UNIFORM_SHARE) + UNIFORM_SHARE / len(CLASSES)


def edges_around(label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper edge of each row's class, infinite at the ends; [rows, 1]."""
    upper = np.where(label < len(CLASSES) - 1, CLASSES[label] + 0.5, np.inf)
    lower = np.where(label > 0, CLASSES[label] - 0.5, -np.inf)
    return lower[:, None], upper[:, None]


def student_edge(edge: np.ndarray, location: np.ndarray, scale: np.ndarray, nu: int):
    """T and its derivatives by location and by log scale at finite edges; 0 or 1 and 0 beyond."""
    finite = np.isfinite(edge)
    z = np.where(finite, (np.where(finite, edge, 0.0) - location) / scale, 0.0)
    density = np.where(finite, student.pdf(z, nu), 0.0)
    value = np.where(finite, student.cdf(z, nu), (edge > 0).astype(float))
    return value, -density / scale, -density * z


def fit(x: Inputs, label: np.ndarray, weight: np.ndarray, nu: int = 8, penalty: float = 5e-3) -> Emos:
    """Maximum likelihood. `label` is the class by index, `weight` what a row counts."""
    location, scale = location_design(x), scale_design(x)
    split = location.shape[1]
    start = np.zeros(split + scale.shape[1])
    start[0], start[split] = 1.0, 1.0
    lower, upper = edges_around(label)
    share = weight / weight.sum()

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        mu, log_sigma = (location @ theta[:split])[:, None], (scale @ theta[split:])[:, None]
        sigma = np.exp(np.clip(log_sigma, -4, 4))
        above, above_mu, above_sigma = student_edge(upper, mu, sigma, nu)
        below, below_mu, below_sigma = student_edge(lower, mu, sigma, nu)
        p = (1 - UNIFORM_SHARE) * (above - below) + UNIFORM_SHARE / len(CLASSES)
        slope = -share[:, None] * (1 - UNIFORM_SHARE) / p
        gradient = np.concatenate(
            [location.T @ (slope * (above_mu - below_mu)), scale.T @ (slope * (above_sigma - below_sigma))]
        )[:, 0]
        away = theta - start
        return float(-(share @ np.log(p[:, 0])) + penalty * away @ away), gradient + 2 * penalty * away

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-10})
    return Emos(found.x[:split, None], found.x[split:, None], nu)
