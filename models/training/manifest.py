"""`manifest.json` of a package (models/README.md, `manifestSchema` in src/inference/package.ts)."""

import hashlib
import platform
from importlib.metadata import version

import pandas as pd

from booster import SEED
from emos import CLASSES

LIBRARIES = ["catboost", "lightgbm", "numpy", "onnx", "onnxruntime", "optuna", "pandas", "scipy"]
STATIONS = {
    "new_york": "KNYC",
    "chicago": "KMDW",
    "austin": "KAUS",
    "denver": "KDEN",
    "los_angeles": "KLAX",
    "miami": "KMIA",
    "philadelphia": "KPHL",
}
# A year after the last day that was learned: forecast models change, and nobody has measured this one on later days.
VALID_UNTIL = "2025-09-30"


def manifest(package, content: bytes, opset: dict, rows: pd.DataFrame, description: dict) -> dict:
    features = description["features"]
    return {
        "schemaVersion": 1,
        "id": package.id,
        "version": "2.0.1",
        "kind": "delta-distribution",
        "description": package.description,
        "onnx": {
            "file": "model.onnx",
            "sha256": hashlib.sha256(content).hexdigest(),
            "opset": opset,
            "rewrites": rewrites(package),
            **source_hash(package),
        },
        "input": {"name": "features", "type": "float32", "shape": [-1, len(features)]},
        "features": features,
        "featureCodeHash": description["featureCodeHash"],
        "output": {
            "name": "probabilities",
            "kind": "probabilities",
            "classes": CLASSES.tolist(),
            "tails": {
                "lower": f"{CLASSES[0]} means {CLASSES[0]} °F or less",
                "upper": f"{CLASSES[-1]} means {CLASSES[-1]} °F or more",
            },
        },
        "base": "mean of the newest forecast of every source, of three or more those within 8 °F of their median, in whole "
        "°F, halves up",
        "calibration": package.calibration,
        "servedHours": {"from": package.served_hours[0], "to": package.served_hours[1]},
        "cities": list(STATIONS),
        "target": {
            "definition": "official high of the climate day (local standard time) in whole °F minus base",
            "stations": STATIONS,
            "settlementSource": "NWS climatological report (CLI) of the station; trained on GHCN-Daily (New York, Chicago "
            "Midway, Austin, Philadelphia) and ACIS (Denver, Los Angeles, Miami)",
        },
        "training": training(package, rows, description),
        "metrics": package.metrics,
        **({"baselines": package.baselines} if package.baselines else {}),
        "validUntil": VALID_UNTIL,
    }


def training(package, rows: pd.DataFrame, description: dict) -> dict:
    beyond = (rows.high - rows.base).abs() > CLASSES[-1]
    return {
        "from": str(rows.date.min()),
        "to": str(rows.date.max()),
        "rows": int(len(rows)),
        "days": int(rows.date.nunique()),
        "dataSha256": description["dataSha256"],
        "seed": SEED,
        "parameters": {
            **package.parameters,
            "hours": description["hours"],
            "rowsByRole": {role: int(count) for role, count in rows.role.value_counts().sort_index().items()},
            "inputVariants": {
                kind: int(count) for kind, count in rows[rows.role == "settlement"].kind.value_counts().items()
            },
            "clippedToOuterClasses": {role: int(count) for role, count in beyond.groupby(rows.role).sum().items()},
        },
        "libraries": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
    }


def rewrites(package) -> list[str]:
    if not package.trees:
        return []
    return [
        "ZipMap removed",
        "CatBoost's TreeEnsembleClassifier written as TreeEnsembleRegressor, its link and label dropped",
        "base_values added in double behind the trees",
        "the linear stages, readings and classes added in double as ONNX nodes",
    ]


def source_hash(package) -> dict:
    """Of all graphs that CatBoost wrote, in order; nothing where there is no tree."""
    if not package.trees:
        return {}
    together = "".join(trees.exported()[2] for trees in package.trees)
    return {"sourceSha256": together if len(package.trees) == 1 else hashlib.sha256(together.encode()).hexdigest()}
