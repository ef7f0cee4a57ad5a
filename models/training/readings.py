"""Stage 2, the readings: the official high H is the larger of M, the official maximum so far, and F, that of the hours to come.

    P(H ≤ k) = P(M ≤ k) · P(F ≤ k)

M: the official maximum is of one-minute samples, so it is the running floor f (whole °F, what the readings prove) or a
little more: P(M - f ≤ j) = sigmoid(c_j - m · β) for j = 0, 1, 2 and 1 from 3 on; never below f.

F: Student's t. Its location leans from stage 1's (μ) to what the readings imply (r = latest reading + typical rise still to
come in that city, month and hour), by a share that is learned; its scale comes from both uncertainties:

    w = sigmoid(v · α)      μ_F = w μ + (1 - w) r + o · ω      σ_F = exp(s · γ)

The designs v, o, s, m hold piecewise linear hats over the hour of the day, the logarithms of σ and of the deviation of the
typical rise, how far μ and r are apart, how old the maximum is, and the trend; a quadratic pull is to what two independent
opinions would give (`prior`). Where a station has taught none of this the
scale is multiplied by `carried`, learned by leaving stations out. Rows without readings keep stage 1.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

import student
from emos import CLASSES, EDGES, UNIFORM_SHARE, classes_of, clip, edges_around, student_edge
from inputs import Inputs, fill

# Of the hats: the training hours; outside them the nearest one holds.
HOURS = (2, 5, 8, 11, 14, 17)
STEPS = 3
SCALE_MIN_F, SCALE_MAX_F = 0.15, 16.0
NU = 8
NO_FLOOR_F = -100.0
USUAL_DEPRESSION_F = 20.0
# About the best where each station in turn is left out: a third of it gains .004 nats at a station that taught and loses .012
# at one that did not, and six of the seven cities did not.
PENALTY = 1e-3
TAUGHT = "miami"


def sigmoid(value):
    return 1 / (1 + np.exp(-clip(value, -30.0, 30.0)))


def hats(hour):
    """Piecewise linear weights of the hours of `HOURS`, summing to one."""
    at = clip(hour, float(HOURS[0]), float(HOURS[-1]))
    columns = []
    for index, middle in enumerate(HOURS):
        left = HOURS[index - 1] if index > 0 else middle - 1
        right = HOURS[index + 1] if index + 1 < len(HOURS) else middle + 1
        rising, falling = (at - left) / (middle - left), (right - at) / (right - middle)
        columns.append(np.maximum(np.minimum(rising, falling), 0.0))
    return np.concatenate(columns, axis=1)


@dataclass(frozen=True)
class Situation:
    """What the readings of a row say beside stage 1; [rows, 1] each, harmless numbers where there are none."""

    location: object
    implied: object
    floor: object
    share: object
    offset: object
    spread: object
    minute: object


def situation(x: Inputs, location, scale) -> Situation:
    hour = hats(x["snapshot_hour"])
    implied = fill(x["implied_high_minus_base"], location)
    latest, top = x.filled("observed_latest_minus_base", 0.0), x.filled("observed_max_minus_base", 0.0)
    apart, gap = implied - location, top - location
    below = clip(top - latest, 0.0, 10.0)
    age = np.log(np.maximum(x.filled("observed_hours_since_max", 0.0), 0.0) + 1)
    trend = clip(x.filled("observed_trend", 0.0), -4.0, 4.0)
    floor = x.filled("observed_floor_minus_base", NO_FLOOR_F)
    covered = np.log(np.maximum(x["observed_covered_hours"], 0.0) + 1)
    sky = x.filled("dewpoint_depression", USUAL_DEPRESSION_F) * 0.1
    phase = np.concatenate(
        [
            np.log(scale),
            np.log(np.maximum(x.filled("rise_deviation", 1.0), 0.0) + 0.3),
            np.log(np.maximum(implied - latest, 0.0) + 1),
            age,
            trend,
        ],
        axis=1,
    )
    taught = x[f"city_{TAUGHT}"]
    apart_log, below_log = np.log(np.absolute(apart) + 1), np.log(below + 1)
    return Situation(
        location=location,
        implied=implied,
        floor=floor,
        share=np.concatenate([hour, phase, apart_log, taught, taught * phase], axis=1),
        offset=np.concatenate([hour, hour * apart, hour * below, age, trend, sky], axis=1),
        spread=np.concatenate(
            [hour, phase, apart_log, below_log, np.log(np.maximum(-gap, 0.0) + 1), taught, taught * phase], axis=1
        ),
        minute=np.concatenate([hour, clip(top - floor, -2.0, 2.0), age, below_log, covered], axis=1),
    )


@dataclass(frozen=True)
class Readings:
    share: np.ndarray  # α, [columns, 1]
    offset: np.ndarray  # ω
    spread: np.ndarray  # γ
    minute: np.ndarray  # β
    cuts: np.ndarray  # c_1 - c_0, c_2 - c_0 (c_0 is in the hats of β)
    carried: float  # factor of the scale outside the station that taught

    def below(self, x: Inputs, location, scale):
        """P(H ≤ upper edge) of all classes but the last, [rows, 40], from stage 1's location and scale; only of rows with readings."""
        s = situation(x, location, scale)
        share = sigmoid(s.share @ self.share)
        location = share * s.location + (1 - share) * s.implied + s.offset @ self.offset
        elsewhere = 1 + (1 - x[f"city_{TAUGHT}"]) * (self.carried - 1)
        scale = clip(np.exp(s.spread @ self.spread), SCALE_MIN_F, SCALE_MAX_F) * elsewhere
        to_come = student.cdf((EDGES[None, :] - location) / scale, NU)
        steps = CLASSES[None, :-1] - s.floor
        eta = s.minute @ self.minute
        so_far = 1.0
        for step, cut in reversed(list(enumerate([0.0, *self.cuts]))):
            so_far = np.where(steps < step + 0.5, sigmoid(eta + cut), so_far)
        return np.where(steps < -0.5, 0.0, so_far) * to_come


def probabilities(x: Inputs, location, scale, nu: int, readings: Readings):
    """Stage 1 where there are no readings, stage 2 where there are; [rows, 41] of an array or of a graph."""
    plain = student.cdf((EDGES[None, :] - location) / scale, nu)
    return classes_of(np.where(np.isnan(x["observed_max_minus_base"]), plain, readings.below(x, location, scale)))


def fit(x: Inputs, location: np.ndarray, scale: np.ndarray, label: np.ndarray, penalty: float = PENALTY) -> Readings:
    """Maximum likelihood over rows with readings. `location` and `scale` [rows, 1] are stage 1's, of folds that did not see the row."""
    s = situation(x, location, scale)
    designs = [s.share, s.offset, s.spread, s.minute]
    ends = np.cumsum([design.shape[1] for design in designs])
    lower, upper = edges_around(label)
    start = prior(*ends)
    count = len(label)

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        alpha, omega, gamma, beta, cut_logs = np.split(theta, ends)
        share = sigmoid(s.share @ alpha)[:, None]
        mu = share * s.location + (1 - share) * s.implied + (s.offset @ omega)[:, None]
        sigma = np.exp(np.clip(s.spread @ gamma, np.log(SCALE_MIN_F), np.log(SCALE_MAX_F)))[:, None]
        eta = (s.minute @ beta)[:, None]
        total, slopes = 0.0, []
        for edge, sign in ((upper, 1.0), (lower, -1.0)):
            t, t_mu, t_sigma = student_edge(edge, mu, sigma, NU)
            m, m_eta, m_cuts = so_far_edge(edge, s.floor, eta, cut_logs)
            total = total + sign * m * t
            slopes.append(
                [sign * m * t_mu, sign * m * t_sigma, sign * t * m_eta, *(sign * t * part for part in m_cuts)]
            )
        p = (1 - UNIFORM_SHARE) * total + UNIFORM_SHARE / len(CLASSES)
        outer = -(1 - UNIFORM_SHARE) / (p * count)
        by_mu, by_sigma, by_eta, *by_cuts = [outer * (a + b) for a, b in zip(*slopes, strict=True)]
        gradient = np.concatenate(
            [
                s.share.T @ (by_mu * (s.location - s.implied) * share * (1 - share)),
                s.offset.T @ by_mu,
                s.spread.T @ by_sigma,
                s.minute.T @ by_eta,
                [[part.sum()] for part in by_cuts],
            ]
        )[:, 0]
        away = theta - start
        return float(-np.log(p).mean() + penalty * away @ away), gradient + 2 * penalty * away

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000, "ftol": 1e-10})
    alpha, omega, gamma, beta, cut_logs = (part for part in np.split(found.x, ends))
    column = [part[:, None] for part in (alpha, omega, gamma, beta)]
    return Readings(*column, cuts=np.cumsum(np.exp(cut_logs)), carried=1.0)


def prior(share: int, offset: int, spread: int, minute: int) -> np.ndarray:
    """Where nothing is learned: two independent opinions, μ ± σ and r ± deviation of the typical rise, weighted by precision."""
    start = np.zeros(minute + STEPS - 1)
    of_sigma, of_rise = len(HOURS), len(HOURS) + 1
    start[[of_sigma, of_rise]] = -2.0, 2.0
    start[[offset + of_sigma, offset + of_rise]] = 0.5, 0.5
    return start


def so_far_edge(edge: np.ndarray, floor: np.ndarray, eta: np.ndarray, cut_logs: np.ndarray):
    """P(M ≤ edge), its derivative by η and by the logarithm of each distance between cuts."""
    step = np.where(
        np.isfinite(edge), np.where(np.isfinite(edge), edge, 0.0) - 0.5 - floor, np.where(edge > 0, STEPS, -1)
    )
    gaps = np.exp(cut_logs)
    shift = np.zeros_like(eta)
    for index, gap in enumerate(gaps):
        shift = shift + np.where(step > index + 0.5, gap, 0.0)
    inside = (step > -0.5) & (step < STEPS - 0.5)
    value = sigmoid(eta + shift)
    slope = np.where(inside, value * (1 - value), 0.0)
    by_cuts = [np.where(step > index + 0.5, slope * gap, 0.0) for index, gap in enumerate(gaps)]
    return np.where(inside, value, (step > 0).astype(float)), slope, by_cuts
