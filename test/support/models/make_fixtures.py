"""Writes the two small model packages of the inference tests. Needs onnx and numpy; the packages are committed.

`tiny` is a softmax of a linear function of three features over the deltas -10..10. `slow` gives the same answers after
some tens of milliseconds of matrix products that it multiplies by zero: it is for tests that end a thread in the middle
of a run.
"""

import hashlib
import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
FEATURES = [
    ("base_f", "degF", -40, 130),
    ("snapshot_hour", "hours", -24, 24),
    ("source_count", "count", 1, 20),
]
CLASSES = list(range(-10, 11))
TOLERANCE = 1e-5
FEATURE_VERSION = "weather-features-2"

rng = np.random.default_rng(20241217)
WEIGHTS = rng.normal(0, 0.01, (len(FEATURES), len(CLASSES))).astype(np.float32)
BIAS = (-np.array(CLASSES, dtype=np.float32) ** 2 / 12).astype(np.float32)


def probabilities(row):
    logits = np.array(row, dtype=np.float64) @ WEIGHTS.astype(np.float64) + BIAS.astype(np.float64)
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def graph(size):
    nodes = [
        helper.make_node("MatMul", ["features", "weights"], ["scaled"]),
        helper.make_node("Add", ["scaled", "bias"], ["logits"]),
    ]
    constants = [numpy_helper.from_array(WEIGHTS, "weights"), numpy_helper.from_array(BIAS, "bias")]
    last = "logits"
    if size:
        constants += [
            numpy_helper.from_array(np.array([size, size], dtype=np.int64), "square"),
            numpy_helper.from_array(np.array(0.9, dtype=np.float32), "least"),
            numpy_helper.from_array(np.array(1, dtype=np.float32), "most"),
            numpy_helper.from_array(np.array(1 / size, dtype=np.float32), "share"),
            numpy_helper.from_array(np.array(0, dtype=np.float32), "zero"),
        ]
        nodes += [
            helper.make_node("ReduceMean", ["features"], ["mean"], keepdims=1),
            helper.make_node("Clip", ["mean", "least", "most"], ["clipped"]),
            helper.make_node("Mul", ["clipped", "share"], ["cell"]),
            helper.make_node("Expand", ["cell", "square"], ["product0"]),
        ]
        for step in range(6):
            nodes.append(helper.make_node("MatMul", [f"product{step}"] * 2, [f"product{step + 1}"]))
        nodes += [
            helper.make_node("ReduceMean", ["product6"], ["spent"], keepdims=1),
            helper.make_node("Mul", ["spent", "zero"], ["nothing"]),
            helper.make_node("Add", ["logits", "nothing"], ["delayed"]),
        ]
        last = "delayed"
    nodes.append(helper.make_node("Softmax", [last], ["probabilities"], axis=1))
    return helper.make_graph(
        nodes,
        "fixture",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", len(FEATURES)])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", len(CLASSES)])],
        constants,
    )


def write(name, size):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    model = helper.make_model(graph(size), opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, folder / "model.onnx")
    rows = [[base, hour, count] for base in (-40, 0, 32, 71, 130) for hour in (-24, -4, 5, 24) for count in (1, 3)]
    golden = {
        "schemaVersion": 1,
        "tolerance": TOLERANCE,
        "rows": [
            {"name": f"row {index}", "features": row, "output": [float(p) for p in probabilities(row)]}
            for index, row in enumerate(rows if size == 0 else rows[:20])
        ],
    }
    manifest = {
        "schemaVersion": 1,
        "id": f"fixture-{name}",
        "version": "1",
        "kind": "delta-distribution",
        "onnx": {
            "file": "model.onnx",
            "sha256": hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest(),
            "opset": {"ai.onnx": 17},
            "rewrites": [],
        },
        "input": {"name": "features", "type": "float32", "shape": [-1, len(FEATURES)]},
        "features": [
            {"name": feature, "unit": unit, "min": low, "max": high, "missingAllowed": False}
            for feature, unit, low, high in FEATURES
        ],
        "featureCodeHash": hashlib.sha256(FEATURE_VERSION.encode()).hexdigest(),
        "output": {
            "name": "probabilities",
            "kind": "probabilities",
            "classes": CLASSES,
            "tails": {"lower": "-10 or less", "upper": "10 or more"},
        },
        "base": "mean of the newest forecasts, whole degrees, halves up",
        "calibration": {"kind": "none"},
        "servedHours": {"from": -4, "to": 11},
        "cities": ["new_york", "chicago", "austin", "denver"],
        "target": {"definition": "settled high minus base", "stations": {"new_york": "KNYC"}, "settlementSource": "none"},
        "training": {
            "from": "2024-01-01",
            "to": "2024-09-30",
            "rows": 0,
            "days": 0,
            "dataSha256": "0" * 64,
            "seed": 20241217,
            "parameters": {},
            "libraries": {"onnx": onnx.__version__},
        },
        "metrics": {},
        "validUntil": "2099-12-31",
    }
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


write("tiny", 0)
write("slow", 1024)
