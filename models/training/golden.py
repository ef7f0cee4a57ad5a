"""Golden rows: what numpy and CatBoost answer, to be compared with what the runtime does."""

import numpy as np
import pandas as pd

# A city's hours that are shown: before, in and late in the day.
HOURS = (-4, 8, 14)
THRESHOLDS = 5
MISSING = (
    "trailing_bias",
    "corrected_mean_minus_base",
    "source_deviation",
    "observed_trend",
    "implied_high_minus_base",
)


def golden_rows(package, rows: pd.DataFrame, features: list[dict]) -> list[tuple[str, pd.Series]]:
    """By name: typical, extreme, missing where that is allowed, and on the thresholds of the trees."""
    names = [feature["name"] for feature in features]
    own = rows[rows.role == "settlement"]
    picked: list[tuple[str, pd.Series]] = []
    for city, part in own.groupby("city"):
        for hour in HOURS:
            of_hour = part[part.hour == hour]
            if len(of_hour):
                row = of_hour.iloc[len(of_hour) // 2]
                picked.append((f"typical {city} at hour {hour}, {row.date}", row[names].astype(float)))
    with_readings = rows[rows.observed_max_minus_base.notna()]
    for station, part in with_readings.groupby("station"):
        row = part[part.hour == part.hour.max()].iloc[-1]
        picked.append((f"late readings of {station}, {row.date}", row[names].astype(float)))
    delta = own.high - own.base
    picked.append(("least high minus base", own.loc[delta.idxmin(), names].astype(float)))
    picked.append(("greatest high minus base", own.loc[delta.idxmax(), names].astype(float)))
    for end in ("min", "max"):
        limits = {f["name"]: f[end] for f in features if not f["name"].startswith(("city_", "is_"))}
        picked.append((f"every feature at its {end}", changed(picked[0][1], limits)))
    nothing = {f["name"]: np.nan for f in features if f["missingAllowed"]}
    picked.append(("everything missing that may be", changed(picked[0][1], nothing)))
    late = with_readings[with_readings.hour == with_readings.hour.max()]
    typical = (late if len(late) else own).iloc[0][names].astype(float)
    picked.extend((f"{name} missing", changed(typical, {name: np.nan})) for name in MISSING)
    for trees in package.trees:
        by_use = sorted(trees.booster.get_borders().items(), key=lambda item: (-len(item[1]), item[0]))
        for index, borders in [item for item in by_use if len(item[1])][:THRESHOLDS]:
            border = np.float32(borders[len(borders) // 2])
            for label, value in (("on", border), ("just above", np.nextafter(border, np.float32(np.inf)))):
                picked.append((f"{names[index]} {label} a threshold", changed(typical, {names[index]: float(value)})))
    return picked


def changed(row: pd.Series, values: dict) -> pd.Series:
    return pd.Series({**row.to_dict(), **values})


def golden_document(names: list[str], frame: pd.DataFrame, expected: np.ndarray, tolerance: float) -> dict:
    rows = [
        {
            "name": name,
            "features": [None if np.isnan(value) else float(value) for value in frame.iloc[index]],
            "output": [float(value) for value in expected[index]],
        }
        for index, name in enumerate(names)
    ]
    return {"schemaVersion": 1, "origin": "training-library", "tolerance": tolerance, "rows": rows}
