"""Parameters by cross-validation: a grid for EMOS, Optuna for the trees of stage 1b."""

import time
from dataclasses import dataclass, field, replace

import numpy as np
import optuna
import pandas as pd

from booster import LOCATION_SCALE, SEED, fit_location_scale
from folds import before, within
from inputs import Inputs
from matrix import Matrix, forecast_rows
from missing import with_copies
from model import Settings, fit_emos
from scores import mean_log_loss

GRID = [(nu, penalty) for nu in (6, 8, 12) for penalty in (3e-4, 1e-3, 3e-3)]
TRIALS = 12
STARTUP_TRIALS = 4


@dataclass
class Windows:
    """What scores of one window have in common, kept for the next trial."""

    matrix: Matrix
    rows: dict = field(default_factory=dict)
    linear: dict = field(default_factory=dict)

    def rows_of(self, window: tuple[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """What is fitted and what is scored."""
        if window not in self.rows:
            everything = self.matrix.rows
            known = everything[before(everything.date, window[0])]
            tested = forecast_rows(everything[within(everything.date, window)])
            self.rows[window] = with_copies(forecast_rows(known), known), tested[tested.role == "settlement"]
        return self.rows[window]

    def score(self, window: tuple[str, str], settings: Settings) -> float:
        """Mean log loss of stage 1 on the settling cities, in nats."""
        learning, tested = self.rows_of(window)
        names, key = self.matrix.names, (window, settings.nu, settings.penalty)
        if key not in self.linear:
            self.linear[key] = fit_emos(learning, names, settings)
        model = self.linear[key]
        if settings.location_scale is not None:
            model = fit_location_scale(learning, names, model, settings.location_scale)
        return mean_log_loss(model.probabilities(Inputs.of(tested, names)), tested.label)


def best_linear(score, windows: list, grid: list) -> tuple[Settings, list[dict]]:
    """`score(jobs)` answers (window, settings) pairs in order."""
    choices = [Settings(nu=nu, penalty=penalty) for nu, penalty in grid]
    values = (
        np.array(score([(window, choice) for choice in choices for window in windows]))
        .reshape(len(choices), -1)
        .mean(axis=1)
    )
    tried = [
        {"degreesOfFreedom": c.nu, "penalty": c.penalty, "logLoss": round(float(v), 4)}
        for c, v in zip(choices, values, strict=True)
    ]
    return choices[int(values.argmin())], tried


def suggest(trial: optuna.Trial, iterations_max: int) -> dict:
    return {
        "iterations": trial.suggest_int("iterations", min(300, iterations_max), iterations_max, step=100),
        "depth": trial.suggest_int("depth", 4, 6),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.1, log=True),
        "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 1.0, 50.0, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 0.9),
        "rsm": trial.suggest_float("rsm", 0.3, 0.7),
    }


def best_trees(
    score, windows: list, linear: Settings, trials: int, default: dict = LOCATION_SCALE
) -> tuple[dict, dict]:
    """The default is the first trial; another one is taken only if it is better on the same windows.

    Two windows are scored at a time; a trial whose first two are worse than the median so far is given up.
    """
    iterations_max = max(1000, default["iterations"]) if trials > 1 else default["iterations"]
    steps = [windows[index : index + 2] for index in range(0, len(windows), 2)]
    started = time.monotonic()

    def objective(trial: optuna.Trial) -> float:
        parameters = suggest(trial, iterations_max)
        values: list[float] = []
        for step, pair in enumerate(steps):
            values += score([(window, replace(linear, location_scale=parameters)) for window in pair])
            trial.report(float(np.mean(values)), step)
            if step + 1 < len(steps) and trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(values))

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=SEED, n_startup_trials=STARTUP_TRIALS),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS),
    )
    study.enqueue_trial(default)
    study.optimize(objective, n_trials=trials)
    found = study.best_trial
    first = study.trials[0]
    is_better = found.value < first.value
    record = {
        "sampler": "TPE",
        "seed": SEED,
        "trials": trials,
        "pruned": sum(trial.state == optuna.trial.TrialState.PRUNED for trial in study.trials),
        "windows": [list(window) for window in windows],
        "defaultLogLoss": round(first.value, 4),
        "bestLogLoss": round(found.value, 4),
        "taken": "search" if is_better else "default",
        "spaces": {name: str(distribution) for name, distribution in found.distributions.items()},
    }
    print(
        f"search: {trials} trials in {time.monotonic() - started:.0f} s, default {first.value:.4f}, best {found.value:.4f}",
        flush=True,
    )
    return dict(found.params) if is_better else default, record
