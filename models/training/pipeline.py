"""`fit`: search, cross-validation of all candidates, choice, last fit on all rows; two processes of one thread each."""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

import climatology
import missing
from booster import LOCATION_SCALE, MULTINOMIAL
from candidates import QUICK_SIZES, SERVABLE, Sizes, all_answers
from emos import CLASSES
from folds import CITIES_KNOWN_FROM, FOLDS, before, within
from matrix import Matrix, read
from model import Fitted, HighModel, Settings, answers, fit, left_out
from report import choose, comparison, describe, scored_rows, temperature, warmed, with_pool
from scores import mean_log_loss, summary
from search import GRID, TRIALS, Windows, best_linear, best_trees

PROCESSES = 2
# Of the table of out-of-fold predictions, which the edge classifiers' table is made with.
KEYS = ["city", "date", "hour", "base"]
OUT_OF_FOLD_DECIMALS = 6


@dataclass(frozen=True)
class Effort:
    first_day: str
    folds: list
    search_folds: list
    grid: list
    trials: int
    location_scale: dict
    multinomial: dict
    sizes: Sizes
    # Taken whatever the comparison says.
    candidate: str | None = None


FULL = Effort("2018-01-01", FOLDS, FOLDS[1:], GRID, TRIALS, LOCATION_SCALE, MULTINOMIAL, Sizes())
# Only to see that everything works, so it takes the candidate that has every stage: its packages are worth nothing.
QUICK = Effort(
    "2023-09-01",
    [("2024-07-01", "2024-09-30")],
    [("2024-07-01", "2024-09-30")],
    [(8, 1e-2)],
    1,
    {**LOCATION_SCALE, "iterations": 10},
    {**MULTINOMIAL, "iterations": 3},
    QUICK_SIZES,
    SERVABLE[-1],
)


@dataclass(frozen=True)
class Packages:
    """What `export` needs."""

    model: HighModel
    emos: HighModel
    climatology: climatology.Climatology
    temperature: float
    first_day: str
    parameters: dict
    metrics: dict


@dataclass(frozen=True)
class Result:
    packages: Packages
    metrics: dict
    out_of_fold: pd.DataFrame
    seconds: float


def load(folder: Path, effort: Effort) -> Matrix:
    matrix = read(folder)
    return replace(matrix, rows=matrix.rows[matrix.rows.date >= effort.first_day].reset_index(drop=True))


# Of a worker process: what every job of it looks at.
HELD: dict = {}


def start_worker(folder: Path, effort: Effort) -> None:
    matrix = load(folder, effort)
    HELD.update(matrix=matrix, effort=effort, windows=Windows(matrix))


def score_job(job) -> float:
    return HELD["windows"].score(*job)


def fold_job(job) -> tuple[dict, dict]:
    """Of one fold: every candidate's answers on the settling cities, and the two tree models' on rows that settle nothing or lack inputs."""
    window, settings = job
    matrix, effort = HELD["matrix"], HELD["effort"]
    rows, names = matrix.rows, matrix.names
    known, test = rows[before(rows.date, window[0])], rows[within(rows.date, window)]
    own = test[test.role == "settlement"]
    errors = missing.source_errors(rows[rows.date <= window[1]])
    variants = {
        "strict": test[test.role == "strict"],
        "neighbour": test[test.role == "neighbour"],
        "singleSource": missing.single(own[own.source_count > 1], errors),
        "anonymousSources": missing.anonymous(own),
        "noPast": missing.newcomer(own),
    }
    asked = pd.concat([own, *variants.values()], ignore_index=True)
    every = all_answers(known, asked, names, settings, effort.sizes)
    ends = np.cumsum([len(own), *(len(part) for part in variants.values())])
    split = {name: np.split(answer, ends[:-1]) for name, answer in every.items()}
    others = {
        variant: (rows, {name: parts[index + 1] for name, parts in split.items()})
        for index, (variant, rows) in enumerate(variants.items())
    }
    return {name: parts[0] for name, parts in split.items()}, others


def run(folder: Path, effort: Effort) -> Result:
    started = time.monotonic()
    matrix = load(folder, effort)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        PROCESSES, mp_context=context, initializer=start_worker, initargs=(folder, effort)
    ) as pool:

        def score(jobs: list) -> list[float]:
            return list(pool.map(score_job, jobs))

        linear, tried = best_linear(score, effort.search_folds, effort.grid)
        trees, searched = best_trees(score, effort.search_folds, linear, effort.trials, effort.location_scale)
        settings = replace(linear, location_scale=trees, multinomial=effort.multinomial)
        # The longest first, so that both processes end at the same time.
        longest_first = sorted(effort.folds, reverse=True)
        done = dict(zip(longest_first, pool.map(fold_job, [(fold, settings) for fold in longest_first]), strict=True))
        print(f"cross-validation: done after {time.monotonic() - started:.0f} s", flush=True)
    return finish(matrix, effort, settings, done, {"emosGrid": tried, "optuna": searched}, started)


def finish(matrix: Matrix, effort: Effort, settings: Settings, done: dict, searched: dict, started: float) -> Result:
    rows = matrix.rows
    test = pd.concat(
        [rows[within(rows.date, fold) & (rows.role == "settlement").to_numpy()] for fold in effort.folds],
        ignore_index=True,
    )
    every = {name: np.vstack([done[fold][0][name] for fold in effort.folds]) for name in done[effort.folds[0]][0]}
    every = with_pool(every, test.label)
    scored = {name: scored_rows(answer, test) for name, answer in every.items()}
    winner, steps = choose(scored, test.date)
    if effort.candidate is not None:
        winner, steps = effort.candidate, [f"{effort.candidate} taken unasked: a run to see that everything works"]
    known = (test.date >= CITIES_KNOWN_FROM).to_numpy()
    heat = temperature(every[winner][known], test.label[known])
    scored[winner] = scored_rows(warmed(every[winner], heat), test)
    final = chosen(settings, winner)
    fitted = fit(rows, matrix.names, final)
    metrics = {
        **describe(test, scored, winner, effort.folds),
        "comparison": comparison(scored, winner, steps, test.date),
        "otherRows": other_rows(done, effort.folds, winner),
        "leaveOneStationOut": leave_one_station_out(fitted, matrix.names),
    }
    parameters = {
        **described(final),
        **searched,
        "candidate": winner,
        "fittedFactor": round(getattr(fitted.model.forecast, "factor", 1.0), 4),
    }
    emos_only = HighModel(matrix.names, getattr(fitted.model.forecast, "emos", fitted.model.forecast))
    baseline = climatology.fit(rows[rows.role != "neighbour"], matrix.names)
    out_of_fold = pd.DataFrame(
        warmed(every[winner], heat).round(OUT_OF_FOLD_DECIMALS), columns=[f"p{value}" for value in CLASSES]
    )
    packages = Packages(fitted.model, emos_only, baseline, heat, effort.first_day, parameters, metrics)
    return Result(packages, metrics, pd.concat([test[KEYS], out_of_fold], axis=1), time.monotonic() - started)


def chosen(settings: Settings, winner: str) -> Settings:
    return replace(
        settings,
        location_scale=settings.location_scale if winner.startswith("trees") else None,
        multinomial=settings.multinomial if winner.endswith("Multinomial") else None,
    )


def described(settings: Settings) -> dict:
    return {
        "emos": {"degreesOfFreedom": settings.nu, "penalty": settings.penalty},
        **{key: asdict(settings)[key] for key in ("location_scale", "multinomial")},
    }


def other_rows(done: dict, folds: list, winner: str) -> dict:
    """Rows that settle nothing, and rows of the settling cities with less given than the archives have."""
    found: dict = {}
    for variant in done[folds[0]][1]:
        rows = pd.concat([done[fold][1][variant][0] for fold in folds], ignore_index=True)
        lines = {}
        for label, name in (("model", winner), ("emos", "emos"), ("errorClimatology", "errorClimatology")):
            lines[label] = summary(scored_rows(np.vstack([done[fold][1][variant][1][name] for fold in folds]), rows))
        found[variant] = lines
    return found


def leave_one_station_out(fitted: Fitted, names: list[str]) -> dict:
    """What carrying stage 2 to a station that taught nothing costs: by station and hour, learned elsewhere against learned there too."""
    if fitted.model.readings is None:
        return {}
    taught, learned = fitted.taught, fitted.model.readings
    home = answers(taught, names, replace(learned, carried=1.0))
    table: dict = {"carriedScaleFactor": round(learned.carried, 3), "stations": {}}
    for station, rows, elsewhere in left_out(taught, names):
        carried = answers(rows, names, replace(elsewhere, carried=learned.carried))
        mask = (taught.station == station).to_numpy()
        own_rows = taught[mask]
        hours = {}
        for hour in sorted(own_rows.hour.unique()):
            at = (own_rows.hour == hour).to_numpy()
            label = own_rows.label[at]
            hours[str(hour)] = {
                "learnedElsewhere": summary(scored_rows(carried[at], own_rows[at])),
                "learnedHereTooLogLoss": round(mean_log_loss(home[mask][at], label), 4),
            }
        table["stations"][station] = {
            "byHour": hours,
            "learnedElsewhere": summary(scored_rows(carried, own_rows)),
            "learnedHereTooLogLoss": round(mean_log_loss(home[mask], own_rows.label), 4),
        }
    return table
