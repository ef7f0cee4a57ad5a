"""Scores of class probabilities, with intervals over days: rows of one day are not independent."""

import numpy as np
import pandas as pd

from emos import CLASSES


def rows_scored(probabilities: np.ndarray, label: np.ndarray) -> pd.DataFrame:
    """Log loss in nats and ranked probability score, which on steps of 1 °F is the CRPS in °F."""
    p = probabilities / probabilities.sum(axis=1, keepdims=True)
    index = np.arange(len(label))
    cumulative = p.cumsum(axis=1)
    reached = np.arange(len(CLASSES))[None, :] >= label[:, None]
    low = (cumulative >= 0.05 - 1e-12).argmax(axis=1)
    high = (cumulative >= 0.95 - 1e-12).argmax(axis=1)
    mean = p @ CLASSES
    return pd.DataFrame(
        {
            "log_loss": -np.log(np.maximum(p[index, label], 1e-12)),
            "rps": ((cumulative - reached) ** 2).sum(axis=1),
            "covered_90": ((label >= low) & (label <= high)).astype(float),
            "width_90": (high - low).astype(float),
            "std": np.sqrt(np.maximum(p @ CLASSES**2 - mean**2, 0)),
            # Middle of the class that happened: 0.5 on average, evenly spread, where the model is calibrated.
            "pit": cumulative[index, label] - p[index, label] / 2,
        }
    )


def summary(scored: pd.DataFrame) -> dict:
    return {
        "rows": int(len(scored)),
        "logLoss": round(float(scored.log_loss.mean()), 4),
        "rpsF": round(float(scored.rps.mean()), 4),
        "coverage90": round(float(scored.covered_90.mean()), 3),
        "meanWidth90F": round(float(scored.width_90.mean()), 2),
        "meanStdF": round(float(scored["std"].mean()), 2),
        "pitDeciles": np.histogram(scored.pit, bins=10, range=(0, 1))[0].tolist(),
    }


def difference(model: pd.DataFrame, baseline: pd.DataFrame, days: pd.Series, column: str, seed: int) -> dict:
    """Mean of model minus baseline with a 90 % interval from 1,000 bootstrap samples of whole days."""
    gap = pd.DataFrame({"gap": model[column].to_numpy() - baseline[column].to_numpy(), "day": days.to_numpy()})
    by_day = gap.groupby("day").gap.agg(["sum", "count"]).to_numpy()
    random = np.random.default_rng(seed)
    picks = random.integers(0, len(by_day), size=(1000, len(by_day)))
    sums = by_day[picks].sum(axis=1)
    means = sums[:, 0] / sums[:, 1]
    low, high = np.quantile(means, [0.05, 0.95])
    return {"mean": round(float(gap.gap.mean()), 4), "interval90": [round(float(low), 4), round(float(high), 4)]}


def mean_log_loss(probabilities: np.ndarray, label: pd.Series) -> float:
    return float(-np.log(probabilities[np.arange(len(label)), label.to_numpy()]).mean())
