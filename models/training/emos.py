"""Ensemble model output statistics (EMOS): location and scale of `high - base` as a linear model, Student's t around it.

Written twice, as numpy for fitting and as ONNX nodes for serving, from the same names and constants. Both compute in
double precision; `package.py` compares them row by row.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from onnx import TensorProto, helper, numpy_helper
from scipy.optimize import minimize

CLASSES = np.arange(-20, 21)
# Upper edges of all classes but the last: the outer classes are open.
EDGES = CLASSES[:-1] + 0.5
DEGREES_OF_FREEDOM = 8
SCALE_MIN_F, SCALE_MAX_F = 0.5, 12.0
# Spread evenly over the classes, so that no outcome is impossible and no logarithm is infinite.
UNIFORM_SHARE = 0.001
DEVIATION_MIN_F = 0.8
MISSING_TRAILING_DEVIATION_F = 3.0
MISSING_SOURCE_DEVIATION_F = 2.0
PENALTY = 1e-3


def design(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Columns of the location and of the log scale."""
    col = {name: rows[name].to_numpy(np.float32).astype(np.float64) for name in rows.columns}
    cities = np.column_stack([col[name] for name in city_columns(rows.columns)])
    bias = np.nan_to_num(col["trailing_bias"], nan=0.0)
    short = np.nan_to_num(col["trailing_bias_short"], nan=0.0)
    corrected = np.where(
        np.isnan(col["corrected_mean_minus_base"]), col["mean_minus_base"], col["corrected_mean_minus_base"]
    )
    sin, cos = col["season_sin"][:, None], col["season_cos"][:, None]
    location = np.column_stack(
        [corrected, col["mean_minus_base"] + bias, short - bias, sin, cos, cities, sin * cities, cos * cities]
    )
    trailing = np.nan_to_num(col["trailing_error_deviation"], nan=MISSING_TRAILING_DEVIATION_F)
    spread = np.nan_to_num(col["source_deviation"], nan=MISSING_SOURCE_DEVIATION_F)
    widened_evening = col["is_widened"] * (col["snapshot_hour"] < 0)
    scale = np.column_stack(
        [
            np.log(np.maximum(trailing, DEVIATION_MIN_F)),
            np.log1p(spread),
            sin,
            cos,
            widened_evening,
            np.log(col["source_count"]),
            cities,
        ]
    )
    return location, scale


def city_columns(names) -> list[str]:
    return [name for name in names if name.startswith("city_")]


@dataclass(frozen=True)
class Emos:
    location: np.ndarray
    log_scale: np.ndarray

    def probabilities(self, rows: pd.DataFrame) -> np.ndarray:
        location, scale = design(rows)
        sigma = np.clip(np.exp(scale @ self.log_scale), SCALE_MIN_F, SCALE_MAX_F)
        z = (EDGES[None, :] - (location @ self.location)[:, None]) / sigma[:, None]
        below = student_cdf(z)
        ends = np.zeros((len(rows), 1)), np.ones((len(rows), 1))
        inside = np.maximum(np.diff(np.hstack([ends[0], below, ends[1]]), axis=1), 0.0)
        return (1 - UNIFORM_SHARE) * inside + UNIFORM_SHARE / len(CLASSES)


def student_cdf(z: np.ndarray) -> np.ndarray:
    """Student's t with 8 degrees of freedom, in closed form (Abramowitz and Stegun 26.7.4)."""
    c = DEGREES_OF_FREEDOM / (DEGREES_OF_FREEDOM + z * z)
    sine = z / np.sqrt(DEGREES_OF_FREEDOM + z * z)
    return 0.5 + 0.5 * sine * (1 + c * (1 / 2 + c * (3 / 8 + c * (5 / 16))))


def fit(rows: pd.DataFrame, delta: np.ndarray) -> Emos:
    """Maximum likelihood with a small quadratic pull to the identity on the corrected mean."""
    location, scale = design(rows)
    split = location.shape[1]
    start = np.zeros(split + scale.shape[1])
    start[0] = 1.0
    start[-len(city_columns(rows.columns)) :] = 0.9
    nu = DEGREES_OF_FREEDOM

    def loss(theta: np.ndarray):
        log_sigma = scale @ theta[split:]
        z = (delta - location @ theta[:split]) / np.exp(log_sigma)
        pull = (nu + 1) * z / (nu + z * z)
        gradient = np.concatenate([location.T @ (-pull / np.exp(log_sigma)), scale.T @ (1 - pull * z)]) / len(delta)
        value = np.mean(log_sigma + (nu + 1) / 2 * np.log1p(z * z / nu))
        return value + PENALTY * np.sum((theta - start) ** 2), gradient + 2 * PENALTY * (theta - start)

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000, "ftol": 1e-12})
    return Emos(found.x[:split], found.x[split:])


class Graph:
    """Collects ONNX nodes and double constants under readable names."""

    def __init__(self) -> None:
        self.nodes: list = []
        self.constants: list = []

    def constant(self, name: str, value, dtype=np.float64) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def add(self, op: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output


def onnx_log_probabilities(model: Emos, names: list[str], features: str) -> tuple[Graph, str]:
    """The same as `log(Emos.probabilities)`, from the float features [N, F] to double log probabilities [N, 41]."""
    g = Graph()
    x = g.add("Cast", [features], "features_double", to=TensorProto.DOUBLE)

    def column(name: str) -> str:
        index = g.constant(f"index_{name}", [names.index(name)], np.int64)
        return g.add("Gather", [x, index], f"column_{name}", axis=1)

    def filled(name: str, replacement: str) -> str:
        missing = g.add("IsNaN", [column(name)], f"missing_{name}")
        return g.add("Where", [missing, replacement, f"column_{name}"], f"filled_{name}")

    zero, one = g.constant("zero", 0.0), g.constant("one", 1.0)
    index = g.constant("index_cities", [names.index(name) for name in city_columns(names)], np.int64)
    cities = g.add("Gather", [x, index], "cities", axis=1)
    sin, cos = column("season_sin"), column("season_cos")
    mean = column("mean_minus_base")
    bias = filled("trailing_bias", zero)
    parts = [
        filled("corrected_mean_minus_base", mean),
        g.add("Add", [mean, bias], "mean_and_bias"),
        g.add("Sub", [filled("trailing_bias_short", zero), bias], "bias_change"),
        sin,
        cos,
        cities,
        g.add("Mul", [sin, cities], "sin_cities"),
        g.add("Mul", [cos, cities], "cos_cities"),
    ]
    location_design = g.add("Concat", parts, "location_design", axis=1)
    location = g.add(
        "MatMul", [location_design, g.constant("location_weights", model.location[:, None])], "location"
    )
    trailing = filled("trailing_error_deviation", g.constant("usual_deviation", MISSING_TRAILING_DEVIATION_F))
    spread = filled("source_deviation", g.constant("usual_spread", MISSING_SOURCE_DEVIATION_F))
    evening = g.add("Less", [column("snapshot_hour"), zero], "is_evening")
    scale_parts = [
        g.add("Log", [g.add("Max", [trailing, g.constant("deviation_min", DEVIATION_MIN_F)], "trailing")], "log_trailing"),
        g.add("Log", [g.add("Add", [spread, one], "spread_and_one")], "log_spread"),
        sin,
        cos,
        g.add("Mul", [column("is_widened"), g.add("Cast", [evening], "evening", to=TensorProto.DOUBLE)], "widened_evening"),
        g.add("Log", [column("source_count")], "log_count"),
        cities,
    ]
    scale_design = g.add("Concat", scale_parts, "scale_design", axis=1)
    log_scale = g.add("MatMul", [scale_design, g.constant("scale_weights", model.log_scale[:, None])], "log_scale")
    scale = g.add(
        "Clip",
        [g.add("Exp", [log_scale], "raw_scale"), g.constant("scale_min", SCALE_MIN_F), g.constant("scale_max", SCALE_MAX_F)],
        "scale",
    )
    z = g.add("Div", [g.add("Sub", [g.constant("edges", EDGES[None, :]), location], "distance"), scale], "z")
    return g, _student_log_probabilities(g, z, zero, one)


def _student_log_probabilities(g: Graph, z: str, zero: str, one: str) -> str:
    nu, half = g.constant("nu", float(DEGREES_OF_FREEDOM)), g.constant("half", 0.5)
    wide = g.add("Add", [g.add("Mul", [z, z], "z_squared"), nu], "nu_and_z_squared")
    c = g.add("Div", [nu, wide], "cosine_squared")
    sine = g.add("Div", [z, g.add("Sqrt", [wide], "root")], "sine")
    series = g.add("Mul", [c, g.constant("five_sixteenths", 5 / 16)], "series_3")
    for step, coefficient in ((2, 3 / 8), (1, 1 / 2)):
        inner = g.add("Add", [series, g.constant(f"coefficient_{step}", coefficient)], f"inner_{step}")
        series = g.add("Mul", [c, inner], f"series_{step}")
    polynomial = g.add("Mul", [sine, g.add("Add", [series, one], "series_0")], "polynomial")
    below = g.add("Add", [g.add("Mul", [polynomial, half], "half_polynomial"), half], "below")
    first = g.add("Gather", [below, g.constant("index_first", [0], np.int64)], "below_first", axis=1)
    start = g.add("Mul", [first, zero], "below_none")
    end = g.add("Add", [start, one], "below_all")
    upper = g.add("Concat", [below, end], "upper", axis=1)
    lower = g.add("Concat", [start, below], "lower", axis=1)
    inside = g.add("Max", [g.add("Sub", [upper, lower], "difference"), zero], "inside")
    shrunk = g.add("Mul", [inside, g.constant("certain_share", 1 - UNIFORM_SHARE)], "shrunk")
    mixed = g.add("Add", [shrunk, g.constant("uniform_share", UNIFORM_SHARE / len(CLASSES))], "emos_probabilities")
    return g.add("Log", [mixed], "emos_log_probabilities")
