"""Writes a model package: model.onnx, manifest.json, golden.json (models/README.md)."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
from onnx import TensorProto, helper

from emos import CLASSES
from golden import golden_document, golden_rows
from inputs import Inputs
from manifest import manifest
from traced import Graph, Traced
from trees import FEATURES, ExportError, Trees

TOLERANCE = 1e-5
# IsNaN, Min, Max and Softmax on doubles; read by onnxruntime 1.13 and later.
OPSET = {"ai.onnx": 17, "ai.onnx.ml": 3}
PART_ROWS = 20_000


@dataclass(frozen=True)
class Package:
    """What distinguishes one package from the others of the same matrix."""

    id: str
    model: object  # has `probabilities(x: Inputs)` and `of(rows)`
    description: str
    trees: list[Trees]
    calibration: dict
    served_hours: tuple[int, int]
    metrics: dict
    parameters: dict
    baselines: list[str]


def build(package: Package, names: list[str]) -> onnx.ModelProto:
    """The model's own formula, run on a graph: features [rows, F] float to probabilities [rows, 41] float."""
    graph = Graph()
    x = Traced(graph, graph.add("Cast", [FEATURES], to=TensorProto.DOUBLE))
    answer = package.model.probabilities(Inputs(names, x))
    graph.add("Cast", [answer.name], "probabilities", to=TensorProto.FLOAT)
    built = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "daily-high",
            [helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["rows", len(names)])],
            [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["rows", len(CLASSES)])],
            list(graph.constants.values()),
        ),
        producer_name="halcyon",
        opset_imports=[
            helper.make_opsetid("", OPSET["ai.onnx"]),
            helper.make_opsetid("ai.onnx.ml", OPSET["ai.onnx.ml"]),
        ],
        ir_version=8,
    )
    onnx.checker.check_model(built)
    return built


def write(out: Path, package: Package, rows: pd.DataFrame, description: dict) -> float:
    """Compares onnxruntime with numpy and CatBoost on every row before anything is written.

    @returns the largest difference
    """
    names = [feature["name"] for feature in description["features"]]
    content = build(package, names).SerializeToString(deterministic=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    picked = golden_rows(package, rows, description["features"])
    frame = pd.DataFrame([row for _, row in picked])[names].astype(np.float32)
    expected = package.model.of(frame)
    worst = 0.0
    parts = [rows.iloc[start : start + PART_ROWS] for start in range(0, len(rows), PART_ROWS)]
    for part, answer in [*((part, None) for part in parts), (frame, expected)]:
        served = session.run(["probabilities"], {FEATURES: part[names].to_numpy(np.float32)})[0]
        gap = np.abs(served - (package.model.of(part) if answer is None else answer)).max()
        worst = max(worst, float(gap))
    if not worst < TOLERANCE:
        raise ExportError(f"{package.id}: onnxruntime and the training differ by {worst}: the package is not usable.")
    out.mkdir(parents=True, exist_ok=True)
    (out / "model.onnx").write_bytes(content)
    golden = golden_document([name for name, _ in picked], frame, expected, TOLERANCE)
    (out / "golden.json").write_text(json.dumps(golden) + "\n")
    document = manifest(package, content, OPSET, rows, description)
    (out / "manifest.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return worst
