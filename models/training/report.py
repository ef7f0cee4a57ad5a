"""What the cross-validation says: tables, the winner and its temperature."""

import numpy as np
import pandas as pd

from booster import SEED
from candidates import ABOUT, BASELINES, OTHERS, POOL, SERVABLE
from folds import EMBARGO_DAYS
from matrix import has_readings
from scores import difference, mean_log_loss, rows_scored, summary

# Of the log loss, in nats, below which a temperature is not worth its place.
TEMPERATURE_GAIN_MIN = 5e-4
TEMPERATURES = [round(0.8 + step / 100, 2) for step in range(51)]
COVERAGE = (0.87, 0.93)
SEASONS = {
    12: "winter",
    1: "winter",
    2: "winter",
    3: "spring",
    4: "spring",
    5: "spring",
    6: "summer",
    7: "summer",
    8: "summer",
    9: "autumn",
    10: "autumn",
    11: "autumn",
}


def choose(scored: dict[str, pd.DataFrame], days: pd.Series) -> tuple[str, list[str]]:
    """The first servable candidate, and each later one that is better than the holder by a 90 % interval below zero."""
    holder, steps = SERVABLE[0], []
    for name in SERVABLE[1:]:
        gap = difference(scored[name], scored[holder], days, "log_loss", SEED)
        is_better = gap["interval90"][1] < 0
        steps.append(
            f"{name} minus {holder}: {gap['mean']} {gap['interval90']} nats: {'taken' if is_better else 'not taken'}"
        )
        holder = name if is_better else holder
    return holder, steps


def with_pool(answers: dict[str, np.ndarray], label: pd.Series) -> dict[str, np.ndarray]:
    """The pool is of the best two that are no baselines."""
    candidates = [name for name in answers if name not in BASELINES]
    first, second = sorted(candidates, key=lambda name: mean_log_loss(np.maximum(answers[name], 1e-12), label))[:2]
    return {**answers, POOL: (answers[first] + answers[second]) / 2}


def temperature(probabilities: np.ndarray, label: pd.Series) -> float:
    """The power 1/T of out-of-fold probabilities with the least log loss among those whose 90 % interval covers what it should.

    1 where hardly anything is gained. The interval is of whole degrees and contains both its ends, so that a perfect model
    covers more than 90 %: the narrower the distribution, the more.
    """
    tried = {}
    for value in TEMPERATURES:
        scored = rows_scored(warmed(probabilities, value), label.to_numpy())
        if COVERAGE[0] <= scored.covered_90.mean() <= COVERAGE[1]:
            tried[value] = scored.log_loss.mean()
    best = min(tried, key=tried.get, default=1.0)
    return 1.0 if 1.0 in tried and tried[1.0] - tried[best] < TEMPERATURE_GAIN_MIN else best


def warmed(probabilities: np.ndarray, value: float) -> np.ndarray:
    powers = probabilities ** (1 / value)
    return powers / powers.sum(axis=1, keepdims=True)


def line_of(name: str, scored: pd.DataFrame, mask: np.ndarray | None = None) -> dict:
    line = summary(scored if mask is None else scored[mask])
    # A point forecast has no logarithm.
    return {"rows": line["rows"], "rpsF": line["rpsF"]} if name == "rawForecast" else line


def comparison(scored: dict[str, pd.DataFrame], winner: str, steps: list[str], days: pd.Series) -> dict:
    order = [*BASELINES, *SERVABLE, *OTHERS, POOL]
    table = {
        name: {
            "about": ABOUT[name],
            "servable": name in SERVABLE,
            **{key: value for key, value in line_of(name, scored[name]).items() if key != "pitDeciles"},
            **(
                {}
                if name in (winner, "rawForecast")
                else {"winnerMinusThis": difference(scored[winner], scored[name], days, "log_loss", SEED)}
            ),
        }
        for name in order
        if name in scored
    }
    return {"rule": choose.__doc__, "steps": steps, "winner": winner, "candidates": table}


def groups_of(test: pd.DataFrame) -> dict[str, pd.Series]:
    months = test.date.str[5:7].astype(int)
    readings = pd.Series(np.where(has_readings(test), "withReadings", "withoutReadings"), index=test.index)
    return {
        "byCity": test.city,
        "byHour": test.hour.astype(str),
        "byKind": test.kind,
        "bySeason": months.map(SEASONS),
        "byReadings": readings,
        "byHourWithReadings": test.hour.astype(str).where(has_readings(test)),
    }


def describe(test: pd.DataFrame, scored: dict[str, pd.DataFrame], winner: str, folds: list) -> dict:
    shown = {"model": winner, **{name: name for name in BASELINES}}

    def compare(mask: np.ndarray) -> dict:
        return {label: line_of(name, scored[name], mask) for label, name in shown.items()}

    def against(baseline: str) -> dict:
        return {
            column: difference(scored[winner], scored[baseline], test.date, column, SEED)
            for column in ("log_loss", "rps")
        }

    return {
        "note": "Settling cities; every row scored by a model fitted on earlier days only. rpsF is the CRPS in °F. Intervals: "
        "90 %, 1,000 bootstrap samples of whole days; rows of one day are not independent.",
        "folds": [list(fold) for fold in folds],
        "embargoDays": EMBARGO_DAYS,
        "all": compare(np.ones(len(test), bool)),
        "modelMinusEmos": against("emos"),
        "modelMinusErrorClimatology": against("errorClimatology"),
        **{
            name: {key: compare((values == key).to_numpy()) for key in sorted(values.dropna().unique())}
            for name, values in groups_of(test).items()
        },
    }


def scored_rows(probabilities: np.ndarray, rows: pd.DataFrame) -> pd.DataFrame:
    return rows_scored(probabilities, rows.label.to_numpy())
