"""Writes ONNX nodes by running numpy code.

A formula is written once, in numpy. Given an array it computes, for fitting; given a `Traced` it leaves behind the nodes
that compute the same in the runtime. Everything is double precision; what numpy function has which node is `UFUNCS`, and
any other raises, so that nothing is left out silently.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

UFUNCS = {
    np.add: "Add",
    np.subtract: "Sub",
    np.multiply: "Mul",
    np.divide: "Div",
    np.negative: "Neg",
    np.absolute: "Abs",
    np.exp: "Exp",
    np.log: "Log",
    np.sqrt: "Sqrt",
    np.maximum: "Max",
    np.minimum: "Min",
    np.less: "Less",
    np.isnan: "IsNaN",
    np.matmul: "MatMul",
}


class Graph:
    """Collects nodes and constants; equal constants are stored once."""

    def __init__(self) -> None:
        self.nodes: list = []
        self.constants: dict[tuple, object] = {}

    def constant(self, value, dtype=np.float64) -> str:
        array = np.asarray(value, dtype=dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            self.constants[key] = numpy_helper.from_array(array, f"constant_{len(self.constants)}")
        return self.constants[key].name

    def add(self, op: str, inputs: list[str], output: str | None = None, **attributes) -> str:
        output = output or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output


class Traced:
    """A double (or boolean) tensor [rows, columns] of a graph."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph, self.name = graph, name

    def __array_ufunc__(self, ufunc, method, *inputs, **settings):
        if method != "__call__" or settings or ufunc not in UFUNCS:
            raise NotImplementedError(f"numpy.{ufunc.__name__} has no ONNX node here")
        return self.emit(UFUNCS[ufunc], inputs)

    def __array_function__(self, function, _types, arguments, settings):
        if function is np.where:
            return self.emit("Where", arguments)
        if function is np.concatenate and settings == {"axis": 1}:
            return self.emit("Concat", arguments[0], axis=1)
        if function is np.take and settings == {"axis": 1}:
            return Traced(
                self.graph, self.graph.add("Gather", [self.name, self.graph.constant(arguments[1], np.int64)], axis=1)
            )
        raise NotImplementedError(f"numpy.{function.__name__} has no ONNX node here")

    def emit(self, op: str, inputs, **attributes) -> "Traced":
        names = [item.name if isinstance(item, Traced) else self.graph.constant(item) for item in inputs]
        return Traced(self.graph, self.graph.add(op, names, **attributes))

    def as_double(self) -> "Traced":
        """Booleans as 0 and 1."""
        return Traced(self.graph, self.graph.add("Cast", [self.name], to=TensorProto.DOUBLE))

    def __add__(self, other):
        return np.add(self, other)

    def __radd__(self, other):
        return np.add(other, self)

    def __mul__(self, other):
        return np.multiply(self, other)

    def __rmul__(self, other):
        return np.multiply(other, self)

    def __matmul__(self, other):
        return np.matmul(self, other)

    def __neg__(self):
        return np.negative(self)

    def __lt__(self, other):
        return np.less(self, other)

    def __gt__(self, other):
        return np.less(other, self)

    def __sub__(self, other):
        return np.subtract(self, other)

    def __rsub__(self, other):
        return np.subtract(other, self)

    def __truediv__(self, other):
        return np.divide(self, other)

    def __rtruediv__(self, other):
        return np.divide(other, self)


def flag(condition):
    """A condition as 0 and 1, of an array or of a graph."""
    return condition.as_double() if isinstance(condition, Traced) else condition.astype(float)
