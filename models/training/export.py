"""`export`: the three packages of one fit."""

import shutil
from pathlib import Path

from booster import BoostedEmos
from folds import CITIES_KNOWN_FROM
from matrix import Matrix
from package import Package, write
from pipeline import Packages

EMOS_ID, CLIMATOLOGY_ID, MODEL_ID = "high-emos-2", "high-error-climatology-2", "high-ordinal-2"
# 20:00 of the day before to 12:00. It beats its baselines until 18:00, but on the last quarter of 2024 the market was 1.7 to 2.2 times
# better at 14:00 (models/evaluation): it is served no later until readings of every city show otherwise.
SERVED_HOURS = (-4, 11)
DESCRIPTION = (
    "Settled daily high minus the mean forecast. Pooled EMOS (location and scale, Student's t){trees}; where the day has station "
    "readings, the larger of the official maximum so far and the highest of the hours to come{multinomial}. It reads no market."
)


def export(fitted: Packages, matrix: Matrix, out: Path) -> list[str]:
    """One line per package; nothing of a package is written unless onnxruntime agrees with the training on every row."""
    lines = []
    rows = matrix.rows[matrix.rows.date >= fitted.first_day]
    for package in packages(fitted):
        folder = out / package.id
        shutil.rmtree(folder, ignore_errors=True)
        worst = write(folder, package, rows, matrix.description)
        lines.append(f"{folder}: {len(rows)} rows, onnxruntime and the training differ by at most {worst:.1e}")
    return lines


def packages(fitted: Packages) -> list[Package]:
    model = fitted.model
    trees = [model.forecast.trees] if isinstance(model.forecast, BoostedEmos) else []
    description = DESCRIPTION.format(
        trees=", its location and scale corrected by CatBoost's trees" if trees else "",
        multinomial=", then CatBoost's multinomial from there" if model.multinomial else "",
    )
    trees += [model.multinomial] if model.multinomial else []
    metrics = fitted.metrics
    baseline = {"calibration": {"kind": "none"}, "served_hours": SERVED_HOURS, "trees": [], "baselines": []}
    return [
        Package(
            EMOS_ID,
            fitted.emos,
            "Settled daily high minus the mean forecast: pooled EMOS (location and scale, Student's t) on the forecasts alone. A baseline.",
            metrics=of_baseline(metrics, "emos"),
            parameters={"emos": fitted.parameters["emos"]},
            **baseline,
        ),
        Package(
            CLIMATOLOGY_ID,
            fitted.climatology,
            "How often the mean forecast was wrong by so much, by city, evening before and day itself. A baseline.",
            metrics=of_baseline(metrics, "errorClimatology"),
            parameters={},
            **baseline,
        ),
        Package(
            MODEL_ID,
            model,
            description,
            trees,
            calibration(fitted.temperature),
            SERVED_HOURS,
            metrics,
            fitted.parameters,
            [EMOS_ID, CLIMATOLOGY_ID],
        ),
    ]


def calibration(temperature: float) -> dict:
    if temperature == 1.0:
        return {"kind": "none"}
    return {
        "kind": "temperature",
        "temperature": temperature,
        "fittedOn": f"walk-forward predictions of the settling cities from {CITIES_KNOWN_FROM} on, when each had a year or more before",
    }


def of_baseline(metrics: dict, name: str) -> dict:
    """The part of the cross-validation that is about this baseline."""
    groups = ("byCity", "byHour", "byKind", "bySeason")
    return {
        **{key: metrics[key] for key in ("note", "folds", "embargoDays")},
        "all": metrics["all"][name],
        **{group: {key: lines[name] for key, lines in metrics[group].items()} for group in groups},
    }
