"""Fits the edge classifiers: P(a weather-edge signal wins), one per city, and says what they are worth.

    python models/training/edges.py --table models/training/data/edges.csv.gz --out .halcyon/edges

Writes per city CatBoost's own export, its answers for the golden rows and the manifest; `halcyon models import` makes the
package of them. The rows of one day are not independent: a day weighs one, windows and intervals are of whole days.
"""

import argparse
import hashlib
import json
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, Pool
from scipy.optimize import minimize

SEED = 20240930
EMBARGO_DAYS = 2
FEATURE_VERSION = "edge-features-1"
KEYS = ["city", "date", "hour"]
# Share of the days that the first window is fitted on, and how many windows follow.
FIRST_SHARE, WINDOWS = 0.4, 6
PENALTY = 0.05
# From nearly nothing to little: with so few days more would only be noise.
GRID = [{"iterations": n, "depth": depth, "l2_leaf_reg": l2} for n in (10, 30, 100) for depth in (1, 2) for l2 in (10, 100)]
FIXED = {
    "loss_function": "Logloss",
    "learning_rate": 0.05,
    "boosting_type": "Plain",
    "bootstrap_type": "No",
    "random_seed": SEED,
    "thread_count": 1,
    "allow_writing_files": False,
    "verbose": 0,
}
STATIONS = {"chicago": "KMDW", "denver": "KDEN"}
RANGES = {
    "snapshot_hour": ("hours", -24, 24),
    "edge": ("degF", -30, 30),
    "edge_size": ("degF", 0, 30),
    "edge_in_model_deviations": ("ratio", -60, 60),
    "model_deviation": ("degF", 0, 15),
    "market_deviation": ("degF", 0, 15),
    "forecast_bracket_model": ("probability", 0, 1),
    "forecast_bracket_market": ("probability", 0, 1),
    "season_sin": ("ratio", -1, 1),
    "season_cos": ("ratio", -1, 1),
}
GOLDEN_ROWS = 24


@dataclass(frozen=True)
class Rows:
    x: np.ndarray  # [rows, features]
    wins: np.ndarray  # 0 or 1
    dates: np.ndarray
    weight: np.ndarray  # sums to one per day

    def take(self, mask: np.ndarray) -> "Rows":
        return Rows(self.x[mask], self.wins[mask], self.dates[mask], self.weight[mask])


def base_rate(train: Rows, test: Rows) -> np.ndarray:
    """How often signals won before, one win and one loss added."""
    share = (train.weight @ train.wins + 1) / (train.weight.sum() + 2)
    return np.full(len(test.wins), share)


def logistic(train: Rows, test: Rows) -> np.ndarray:
    """Ridge logistic regression on standardised features."""
    mean, spread = train.x.mean(axis=0), train.x.std(axis=0) + 1e-6

    def design(rows: Rows) -> np.ndarray:
        return np.column_stack([np.ones(len(rows.x)), (rows.x - mean) / spread])

    x = design(train)

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        eta = x @ beta
        value = train.weight @ (np.logaddexp(0, eta) - train.wins * eta) / train.weight.sum()
        slope = x.T @ (train.weight * (1 / (1 + np.exp(-eta)) - train.wins)) / train.weight.sum()
        pull = np.r_[0.0, beta[1:]]
        return value + PENALTY * pull @ pull, slope + 2 * PENALTY * pull

    found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B")
    return 1 / (1 + np.exp(-design(test) @ found.x))


def booster(train: Rows, parameters: dict) -> CatBoostClassifier:
    model = CatBoostClassifier(**FIXED, **parameters)
    model.fit(Pool(train.x, train.wins, weight=train.weight))
    return model


def windows(dates: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Masks of fitted and scored rows: ever more days before, an embargo, the next days."""
    days = np.unique(dates)
    blocks = np.array_split(days[int(len(days) * FIRST_SHARE) :], WINDOWS)
    masks = []
    for block in blocks:
        cut = (pd.Timestamp(block[0]) - pd.Timedelta(days=EMBARGO_DAYS)).strftime("%Y-%m-%d")
        masks.append((dates < cut, (dates >= block[0]) & (dates <= block[-1])))
    return masks


def log_loss(p: np.ndarray, wins: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return -(wins * np.log(p) + (1 - wins) * np.log(1 - p))


def interval(gap: np.ndarray, rows: Rows) -> dict:
    """Weighted mean with a 90 % interval from 1,000 bootstrap samples of whole days."""
    _, day = np.unique(rows.dates, return_inverse=True)
    sums = np.bincount(day, gap * rows.weight)
    counts = np.bincount(day, rows.weight)
    picks = np.random.default_rng(SEED).integers(0, len(sums), size=(1000, len(sums)))
    means = sums[picks].sum(axis=1) / counts[picks].sum(axis=1)
    low, high = np.quantile(means, [0.05, 0.95])
    return {"mean": round(float(sums.sum() / counts.sum()), 4), "interval90": [round(float(low), 4), round(float(high), 4)]}


def compare(rows: Rows) -> tuple[dict, dict]:
    """Scores of every candidate on days later than those it was fitted on, and the parameters of the final booster.

    The search too looks back only: each window is answered by the booster that was the best on the windows before it.
    """
    masks = windows(rows.dates)
    tested = rows.take(np.any([test for _, test in masks], axis=0))
    answers: dict[str, list[np.ndarray]] = {"baseRate": [], "logistic": [], "catboost": []}
    so_far = np.zeros(len(GRID))
    for train_mask, test_mask in masks:
        train, test = rows.take(train_mask), rows.take(test_mask)
        boosted = [booster(train, parameters).predict_proba(test.x)[:, 1] for parameters in GRID]
        answers["baseRate"].append(base_rate(train, test))
        answers["logistic"].append(logistic(train, test))
        answers["catboost"].append(boosted[int(so_far.argmin())])
        so_far += [test.weight @ log_loss(p, test.wins) for p in boosted]
    p = {name: np.concatenate(parts) for name, parts in answers.items()}
    losses = {name: log_loss(answer, tested.wins) for name, answer in p.items()}
    metrics = {
        "note": "Signals of days later than those fitted on, 2 days of embargo; a day weighs one. Intervals: 90 %, 1,000 "
        "bootstrap samples of whole days.",
        "rows": len(tested.wins),
        "days": int(len(np.unique(tested.dates))),
        "winRate": round(float(np.average(tested.wins, weights=tested.weight)), 4),
        "candidates": {
            name: {
                "logLoss": round(float(np.average(losses[name], weights=tested.weight)), 4),
                "brier": round(float(np.average((p[name] - tested.wins) ** 2, weights=tested.weight)), 4),
            }
            for name in answers
        },
        "catboostMinusBaseRate": interval(losses["catboost"] - losses["baseRate"], tested),
        "logisticMinusBaseRate": interval(losses["logistic"] - losses["baseRate"], tested),
    }
    return metrics, GRID[int(so_far.argmin())]


def worth(metrics: dict) -> dict:
    low, high = metrics["catboostMinusBaseRate"]["interval90"]
    gain = f"log loss minus the base rate's {metrics['catboostMinusBaseRate']['mean']:+.4f} [{low:+.4f}, {high:+.4f}] on {metrics['days']} days"
    if high < 0:
        return {"beatsBaseline": True, "note": f"Better than the base rate out of sample: {gain}."}
    return {"beatsBaseline": False, "note": f"Not better than the base rate out of sample, so off: {gain}."}


def reference(model: CatBoostClassifier, x: np.ndarray, features: list[str]) -> dict:
    """Golden rows: spread over the table, each feature at its ends, on and just above thresholds."""
    picked = [x[index] for index in np.linspace(0, len(x) - 1, GOLDEN_ROWS - 6).astype(int)]
    picked += [x.min(axis=0), x.max(axis=0)]
    for index, borders in sorted(model.get_borders().items(), key=lambda item: -len(item[1]))[:2]:
        border = np.float32(borders[len(borders) // 2])
        for value in (border, np.nextafter(border, np.float32(np.inf))):
            row = x[0].copy()
            row[index] = value
            picked.append(row)
    inputs = np.array(picked, np.float32)
    return {
        "inputs": [[float(value) for value in row] for row in inputs],
        "feature_names": features,
        "author_native_predictions": [[float(p) for p in row] for row in model.predict_proba(inputs)],
    }


def manifest(city: str, rows: Rows, features: list[str], metrics: dict, parameters: dict, table_hash: str) -> dict:
    last = max(rows.dates)
    return {
        "version": "1.0.0",
        "description": f"P(a weather-edge signal of {city} wins). {worth(metrics)['note']}",
        "features": [
            {"name": name, "unit": RANGES[name][0], "min": RANGES[name][1], "max": RANGES[name][2], "missingAllowed": False}
            for name in features
        ],
        "featureCodeHash": hashlib.sha256(FEATURE_VERSION.encode()).hexdigest(),
        "output": {"tails": {"lower": "class 0: the signal loses", "upper": "class 1: the signal wins"}},
        "base": "none: a probability",
        "calibration": {"kind": "none"},
        "cities": [city],
        "target": {
            "definition": "The high settled on the side of the market-implied temperature on which the model's expected settlement was",
            "stations": {city: STATIONS[city]},
            "settlementSource": "official daily high of the station",
        },
        "training": {
            "from": min(rows.dates),
            "to": last,
            "rows": len(rows.wins),
            "days": int(len(np.unique(rows.dates))),
            "dataSha256": table_hash,
            "seed": SEED,
            "parameters": {**FIXED, **parameters, "searched": len(GRID)},
            "libraries": {"python": platform.python_version(), **{name: version(name) for name in ("catboost", "numpy", "pandas", "scipy")}},
        },
        "metrics": metrics,
        "worth": worth(metrics),
        "validUntil": (pd.Timestamp(last) + pd.Timedelta(days=365)).strftime("%Y-%m-%d"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    table_hash = hashlib.sha256(arguments.table.read_bytes()).hexdigest()
    table = pd.read_csv(arguments.table)
    features = [name for name in table.columns if name not in (*KEYS, "wins")]
    for city, part in table.groupby("city"):
        per_day = part.groupby("date").date.transform("count").to_numpy()
        x = part[features].to_numpy(np.float32)
        rows = Rows(x, part.wins.to_numpy(), part.date.to_numpy(), 1 / per_day)
        metrics, parameters = compare(rows)
        model = booster(rows, parameters)
        out = arguments.out / f"edge-{city.replace('_', '-')}-1"
        out.mkdir(parents=True, exist_ok=True)
        model.save_model(str(out / "catboost.onnx"), format="onnx")
        description = manifest(city, rows, features, metrics, parameters, table_hash)
        (out / "reference.json").write_text(json.dumps(reference(model, x, features)))
        (out / "manifest.json").write_text(json.dumps(description, indent=2) + "\n")
        print(f"{city}: {json.dumps(metrics['candidates'])} {description['worth']['note']}")


if __name__ == "__main__":
    main()
