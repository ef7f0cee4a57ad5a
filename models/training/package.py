"""Writes a model package: model.onnx, manifest.json, golden.json (models/README.md)."""

import hashlib
import json
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
from onnx import TensorProto, helper

import emos

GOLDEN_TOLERANCE = 1e-5
# IsNaN, Clip and Softmax on doubles; read by onnxruntime 1.13 and later.
OPSET = 17
LIBRARIES = ["catboost", "numpy", "onnx", "onnxruntime", "pandas", "scipy"]
STATIONS = {
    "new_york": "KNYC",
    "chicago": "KMDW",
    "austin": "KAUS",
    "denver": "KDEN",
    "los_angeles": "KLAX",
    "miami": "KMIA",
    "philadelphia": "KPHL",
}


def export(model) -> tuple[onnx.ModelProto, str]:
    """CatBoost's own export, its ZipMap, label and softmax taken off, joined with EMOS under one softmax."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catboost.onnx"
        model.booster.save_model(str(path), format="onnx")
        exported = onnx.load(str(path))
    # CatBoost stamps its file with a date and an id, so that no two exports are alike; the graph is what counts.
    source_hash = hashlib.sha256(exported.graph.SerializeToString(deterministic=True)).hexdigest()
    trees = [node for node in exported.graph.node if node.op_type == "TreeEnsembleClassifier"]
    if len(trees) != 1:
        raise SystemExit(f"CatBoost's export has {len(trees)} tree ensembles; one was expected.")
    tree = trees[0]
    labels = attribute(tree, "classlabels_int64s")
    if labels != list(range(len(emos.CLASSES))):
        raise SystemExit(f"CatBoost's classes are {labels}, not 0..{len(emos.CLASSES) - 1}.")
    if attribute(tree, "base_values"):
        # The runtime mixes them up in some shapes (models.md §1.4); with a baseline CatBoost has no bias of its own.
        raise SystemExit("CatBoost wrote base_values: fold them into the leaves before exporting.")
    next(item for item in tree.attribute if item.name == "post_transform").s = b"NONE"
    features, margins = "features", "tree_margins"
    tree.input[0], tree.output[0], tree.output[1] = features, "unused_label", margins
    graph, log_probabilities = emos.onnx_log_probabilities(model.emos, model.names, features)
    margins_double = graph.add("Cast", [margins], "margins_double", to=TensorProto.DOUBLE)
    total = graph.add("Add", [margins_double, log_probabilities], "margins")
    softmax = graph.add("Softmax", [total], "probabilities_double", axis=1)
    graph.add("Cast", [softmax], "probabilities", to=TensorProto.FLOAT)
    built = helper.make_model(
        helper.make_graph(
            [tree, *graph.nodes],
            "daily-high",
            [helper.make_tensor_value_info(features, TensorProto.FLOAT, ["rows", len(model.names)])],
            [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["rows", len(emos.CLASSES)])],
            graph.constants,
        ),
        producer_name="halcyon",
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", 3)],
        ir_version=8,
    )
    onnx.checker.check_model(built)
    return built, source_hash


def attribute(node, name: str) -> list:
    for item in node.attribute:
        if item.name == name:
            return list(helper.get_attribute_value(item))
    return []


def golden_rows(model, rows: pd.DataFrame, features: list[dict]) -> list[tuple[str, pd.Series]]:
    names = model.names
    picked: list[tuple[str, pd.Series]] = []
    for city, part in rows.groupby("city"):
        for hour, of_hour in part.groupby("hour"):
            row = of_hour.iloc[len(of_hour) // 2]
            picked.append((f"typical {city} at hour {hour}, {row.date}", row[names]))
    typical = picked[0][1]
    picked.append(("least high minus base", rows.loc[rows.delta.idxmin(), names]))
    picked.append(("greatest high minus base", rows.loc[rows.delta.idxmax(), names]))
    for end in ("min", "max"):
        limits = {f["name"]: f[end] for f in features if not f["name"].startswith(("city_", "is_"))}
        picked.append((f"every feature at its {end}", typical.copy().where(~typical.index.isin(list(limits)), pd.Series(limits))))
    allowed = [f["name"] for f in features if f["missingAllowed"]]
    picked.append(("everything missing that may be", typical.copy().where(~typical.index.isin(allowed), np.nan)))
    for name in ("trailing_bias", "corrected_mean_minus_base", "source_deviation"):
        row = typical.copy()
        row[name] = np.nan
        picked.append((f"{name} missing", row))
    for index, borders in sorted(model.booster.get_borders().items(), key=lambda item: -len(item[1]))[:5]:
        border = np.float32(borders[len(borders) // 2])
        for label, value in (("on", border), ("just above", np.nextafter(border, np.float32(np.inf)))):
            row = typical.copy()
            row[names[index]] = value
            picked.append((f"{names[index]} {label} a threshold", row))
    return picked


def write(out: Path, model, rows: pd.DataFrame, description: dict, metrics: dict, parameters: dict, seed: int) -> float:
    out.mkdir(parents=True, exist_ok=True)
    built, source_hash = export(model)
    content = built.SerializeToString(deterministic=True)
    (out / "model.onnx").write_bytes(content)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])

    def served(frame: pd.DataFrame) -> np.ndarray:
        return session.run(["probabilities"], {"features": frame[model.names].to_numpy(np.float32)})[0]

    picked = golden_rows(model, rows, description["features"])
    golden_frame = pd.DataFrame([row for _, row in picked])[model.names].astype(np.float32)
    expected = model.probabilities(golden_frame)
    worst = max(
        float(np.abs(served(rows) - model.probabilities(rows)).max()),
        float(np.abs(served(golden_frame) - expected).max()),
    )
    if worst >= GOLDEN_TOLERANCE:
        raise SystemExit(f"onnxruntime and CatBoost differ by {worst}: the package is not usable.")
    golden = {
        "schemaVersion": 1,
        "tolerance": GOLDEN_TOLERANCE,
        "rows": [
            {
                "name": name,
                "features": [None if np.isnan(value) else float(value) for value in golden_frame.iloc[index]],
                "output": [float(value) for value in expected[index]],
            }
            for index, (name, _) in enumerate(picked)
        ],
    }
    (out / "golden.json").write_text(json.dumps(golden) + "\n")
    document = manifest(out.name, content, source_hash, model, rows, description, metrics, parameters, seed)
    (out / "manifest.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return worst


def manifest(name: str, content: bytes, source_hash: str, model, rows, description, metrics, parameters, seed) -> dict:
    return {
        "schemaVersion": 1,
        "id": name,
        "version": "1.0.0",
        "kind": "delta-distribution",
        "description": "Settled daily high minus the mean forecast: EMOS (location and scale, Student's t) with a CatBoost "
        "multinomial on top of it. It reads no market and no station reading.",
        "onnx": {
            "file": "model.onnx",
            "sha256": hashlib.sha256(content).hexdigest(),
            "opset": {"ai.onnx": OPSET, "ai.onnx.ml": 3},
            "rewrites": [
                "ZipMap removed",
                "label output dropped",
                "TreeEnsembleClassifier post_transform SOFTMAX to NONE",
                "EMOS log probabilities added to the tree margins, softmax over the sum",
            ],
            "sourceSha256": source_hash,
        },
        "input": {"name": "features", "type": "float32", "shape": [-1, len(model.names)]},
        "features": description["features"],
        "featureCodeHash": description["featureCodeHash"],
        "output": {
            "name": "probabilities",
            "kind": "probabilities",
            "classes": emos.CLASSES.tolist(),
            "tails": {
                "lower": f"{emos.CLASSES[0]} means {emos.CLASSES[0]} °F or less",
                "upper": f"{emos.CLASSES[-1]} means {emos.CLASSES[-1]} °F or more",
            },
        },
        "base": "mean of the newest forecast of every source, of three or more those within 8 °F of their median, in whole "
        "°F, halves up",
        "calibration": {"kind": "none"},
        "servedHours": {"from": -4, "to": 11},
        "cities": list(STATIONS),
        "target": {
            "definition": "official high of the climate day (local standard time) in whole °F minus base",
            "stations": STATIONS,
            "settlementSource": "NWS climatological report (CLI) of the station; trained on GHCN-Daily (New York, Chicago "
            "Midway, Austin, Philadelphia) and ACIS (Denver, Los Angeles, Miami)",
        },
        "training": {
            "from": str(rows.date.min()),
            "to": str(rows.date.max()),
            "rows": int(len(rows)),
            "days": int(rows.date.nunique()),
            "dataSha256": description["dataSha256"],
            "seed": seed,
            "parameters": {
                **parameters,
                "emos": {"degreesOfFreedom": emos.DEGREES_OF_FREEDOM, "penalty": emos.PENALTY, "uniformShare": emos.UNIFORM_SHARE},
                "hours": description["hours"],
                "inputVariants": {kind: int(count) for kind, count in rows.kind.value_counts().items()},
                "clippedToOuterClasses": int((rows.delta.abs() > emos.CLASSES[-1]).sum()),
            },
            "libraries": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        },
        "metrics": metrics,
        "validUntil": "2025-09-30",
    }
