"""CatBoost's sums of trees, in CatBoost for fitting and as an ONNX node for serving."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from catboost import CatBoost
from onnx import TensorProto, helper

from inputs import Inputs
from traced import Traced

FEATURES = "features"
# What the two kinds of tree ensemble call the same thing.
REGRESSOR_NAMES = {
    "class_ids": "target_ids",
    "class_nodeids": "target_nodeids",
    "class_treeids": "target_treeids",
    "class_weights": "target_weights",
}
DROPPED = ("base_values", "classlabels_int64s", "classlabels_strings", "post_transform")


class ExportError(Exception):
    """What CatBoost wrote is not what this export knows."""


@dataclass(frozen=True)
class Trees:
    booster: CatBoost
    outputs: int

    def raw(self, x: Inputs):
        """Sum of the leaves [rows, outputs], of an array or of a graph."""
        if isinstance(x.values, Traced):
            return self.emit(x.values.graph)
        return self.booster.predict(x.values.astype(np.float32), prediction_type="RawFormulaVal")

    def emit(self, graph) -> Traced:
        node, bias, _ = self.exported()
        name = graph.add(
            "TreeEnsembleRegressor",
            [FEATURES],
            domain="ai.onnx.ml",
            n_targets=self.outputs,
            post_transform="NONE",
            **{
                REGRESSOR_NAMES.get(item.name, item.name): helper.get_attribute_value(item)
                for item in node.attribute
                if item.name not in DROPPED
            },
        )
        return Traced(graph, graph.add("Cast", [name], to=TensorProto.DOUBLE)) + bias[None, :]

    def exported(self) -> tuple[onnx.NodeProto, np.ndarray, str]:
        """CatBoost's own tree node, its bias [outputs], and the hash of the graph that it wrote.

        The bias is added in double behind the trees: the runtime mixes `base_values` up in some shapes (models.md §1.4).
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "catboost.onnx"
            self.booster.save_model(str(path), format="onnx")
            graph = onnx.load(str(path)).graph
        nodes = [node for node in graph.node if node.op_type == "TreeEnsembleClassifier"]
        if len(nodes) != 1:
            raise ExportError(f"CatBoost's export has {len(nodes)} tree ensembles of classes; one was expected.")
        held = {item.name: helper.get_attribute_value(item) for item in nodes[0].attribute}
        if sorted(set(held["class_ids"])) != list(range(self.outputs)):
            raise ExportError(f"CatBoost's trees do not have the outputs 0..{self.outputs - 1}.")
        bias = np.asarray(held.get("base_values") or np.zeros(self.outputs), dtype=np.float64)
        # CatBoost stamps its file with a date and an id, so that no two exports are alike; the graph is what counts.
        return nodes[0], bias, hashlib.sha256(graph.SerializeToString(deterministic=True)).hexdigest()
