"""Fits the daily-high model and writes its package.

    python models/training/train.py --matrix <folder of `halcyon models training-matrix`> --out models/high-ordinal-1

Model: EMOS gives the distribution of `settled high - base`; CatBoost's multinomial starts from its logarithm (baseline)
and corrects it. Scored by day-ordered folds before the last fit on all rows.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, Pool

import emos
import package
from scores import difference, rows_scored, summary

SEED = 20240930
EMBARGO_DAYS = 2
# Test windows; each is fitted on everything that ended two days before it.
FOLDS = [("2022-01-01", "2022-12-31"), ("2023-01-01", "2023-12-31"), ("2024-01-01", "2024-09-30")]
PARAMETERS = {
    "loss_function": "MultiClass",
    "iterations": 150,
    "depth": 4,
    "learning_rate": 0.05,
    "l2_leaf_reg": 10,
    "boosting_type": "Plain",
    "bootstrap_type": "Bernoulli",
    "subsample": 0.7,
    "random_seed": SEED,
    # One thread: sums of floats depend on the order of the threads.
    "thread_count": 1,
    "allow_writing_files": False,
    "verbose": 0,
}
# CatBoost drops classes that never occur; a feather-light row of each keeps all 41.
PADDING_WEIGHT = 1e-4
ERROR_HISTOGRAM_PRIOR = 0.05


def fit_booster(rows: pd.DataFrame, names: list[str], start: emos.Emos | None) -> CatBoostClassifier:
    """CatBoost's multinomial over all classes, from the logarithm of `start` or from nothing."""
    classes = len(emos.CLASSES)
    padding = rows.iloc[np.linspace(0, len(rows) - 1, classes).astype(int)]
    padded = pd.concat([rows[names], padding[names]])
    booster = CatBoostClassifier(**PARAMETERS)
    booster.fit(
        Pool(
            padded,
            np.concatenate([rows.label.to_numpy(), np.arange(classes)]),
            weight=np.concatenate([np.ones(len(rows)), np.full(classes, PADDING_WEIGHT)]),
            baseline=None if start is None else np.log(start.probabilities(padded)),
        )
    )
    return booster


class HighModel:
    """EMOS and the booster on top of it."""

    def __init__(self, rows: pd.DataFrame, names: list[str]) -> None:
        self.names = names
        self.emos = emos.fit(rows[names], rows.delta.to_numpy(float))
        self.booster = fit_booster(rows, names, self.emos)

    def probabilities(self, rows: pd.DataFrame) -> np.ndarray:
        baseline = np.log(self.emos.probabilities(rows[self.names]))
        return self.booster.predict(Pool(rows[self.names], baseline=baseline), prediction_type="Probability")


def read_matrix(folder: Path) -> tuple[pd.DataFrame, dict]:
    description = json.loads((folder / "matrix.json").read_text())
    rows = pd.read_csv(folder / "matrix.csv.gz")
    names = [feature["name"] for feature in description["features"]]
    rows[names] = rows[names].astype(np.float32)
    rows["delta"] = rows.high - rows.base
    rows["label"] = rows.delta.clip(emos.CLASSES[0], emos.CLASSES[-1]).astype(int) - emos.CLASSES[0]
    return rows, description


def error_climatology(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """How often base was wrong by so much in this city before, lightly smoothed."""
    classes = len(emos.CLASSES)

    def histogram(labels: pd.Series) -> np.ndarray:
        counts = np.bincount(labels, minlength=classes) + ERROR_HISTOGRAM_PRIOR
        smooth = np.convolve(counts, [0.25, 0.5, 0.25], "same")
        return smooth / smooth.sum()

    pooled = histogram(train.label)
    by_city = {city: histogram(labels) for city, labels in train.groupby("city").label}
    return np.vstack([by_city.get(city, pooled) for city in test.city])


def raw_forecast(test: pd.DataFrame) -> np.ndarray:
    """All probability on base: its ranked probability score is the forecast's mean absolute error."""
    point = np.zeros((len(test), len(emos.CLASSES)))
    point[:, -emos.CLASSES[0]] = 1.0
    return point


def cross_validate(rows: pd.DataFrame, names: list[str]) -> dict:
    parts: dict[str, list[pd.DataFrame]] = {}
    tested = []
    for start, end in FOLDS:
        cut = (pd.Timestamp(start) - pd.Timedelta(days=EMBARGO_DAYS)).strftime("%Y-%m-%d")
        train, test = rows[rows.date < cut], rows[(rows.date >= start) & (rows.date <= end)]
        model = HighModel(train, names)
        tested.append(test)
        answers = {
            "model": model.probabilities(test),
            "emos": model.emos.probabilities(test[names]),
            "multinomial": fit_booster(train, names, None).predict_proba(test[names]),
            "errorClimatology": error_climatology(train, test),
            "rawForecast": raw_forecast(test),
        }
        for name, probabilities in answers.items():
            parts.setdefault(name, []).append(rows_scored(probabilities, test.label.to_numpy()))
        print(f"fold {start}: model {parts['model'][-1].log_loss.mean():.4f} emos {parts['emos'][-1].log_loss.mean():.4f}")
    return describe(pd.concat(tested, ignore_index=True), {k: pd.concat(v, ignore_index=True) for k, v in parts.items()})


def describe(test: pd.DataFrame, scored: dict[str, pd.DataFrame]) -> dict:
    def compare(mask: np.ndarray) -> dict:
        table = {name: summary(part[mask]) for name, part in scored.items()}
        # A point forecast has no logarithm.
        table["rawForecast"] = {"rows": table["rawForecast"]["rows"], "rpsF": table["rawForecast"]["rpsF"]}
        return table

    def against(baseline: str) -> dict:
        return {
            column: difference(scored["model"], scored[baseline], test.date, column, SEED)
            for column in ("log_loss", "rps")
        }

    everything = np.ones(len(test), bool)
    held_out = (test.date >= FOLDS[-1][0]).to_numpy()
    return {
        "note": "Every row scored by a model fitted on earlier days only. rpsF is the CRPS in °F. Intervals: 90 %, 1,000 "
        "bootstrap samples of whole days; rows of one day are not independent.",
        "folds": [list(fold) for fold in FOLDS],
        "embargoDays": EMBARGO_DAYS,
        "all": compare(everything),
        "holdOut": {"from": FOLDS[-1][0], "to": FOLDS[-1][1], **compare(held_out)},
        "modelMinusEmos": against("emos"),
        "modelMinusErrorClimatology": against("errorClimatology"),
        "byCity": {city: compare((test.city == city).to_numpy()) for city in sorted(test.city.unique())},
        "byHour": {str(hour): compare((test.hour == hour).to_numpy()) for hour in sorted(test.hour.unique())},
        "byKind": {kind: compare((test.kind == kind).to_numpy()) for kind in sorted(test.kind.unique())},
        "byMonth": {month: compare((test.date.str[5:7] == month).to_numpy()) for month in sorted(test.date.str[5:7].unique())},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--matrix", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows, description = read_matrix(arguments.matrix)
    names = [feature["name"] for feature in description["features"]]
    metrics = cross_validate(rows, names)
    model = HighModel(rows, names)
    worst = package.write(arguments.out, model, rows, description, metrics, PARAMETERS, SEED)
    print(f"{arguments.out}: {len(rows)} rows, onnxruntime and CatBoost differ by at most {worst:.2e}")


if __name__ == "__main__":
    main()
