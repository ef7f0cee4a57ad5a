"""Fits, judges and writes the daily-high packages. Started by `npm run train` (train.mjs), which has the environment.

train.py fit       --matrix <folder> --fit <folder> [--quick]
train.py evaluate  --fit <folder> [--comparison <file.md>]
train.py export    --matrix <folder> --fit <folder> --out <models>
"""

import argparse
import json
import os
import pickle
import sys
from pathlib import Path

# Before numpy is loaded, here and in the processes that this one starts: the order of a sum, and with it the last bits of a
# fit, depends on the number of threads; and two processes of several threads each get in each other's way.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[name] = "1"

import pipeline  # noqa: E402
from export import export  # noqa: E402
from matrix import MatrixError, read  # noqa: E402
from tables import comparison_text  # noqa: E402
from trees import ExportError  # noqa: E402

FIT_FILE, CV_FILE, OUT_OF_FOLD_FILE = "fit.pickle", "cross-validation.json", "out-of-fold.csv.gz"


def fit(arguments: argparse.Namespace) -> None:
    effort = pipeline.QUICK if arguments.quick else pipeline.FULL
    result = pipeline.run(arguments.matrix, effort)
    arguments.fit.mkdir(parents=True, exist_ok=True)
    (arguments.fit / CV_FILE).write_text(json.dumps(result.metrics, indent=1, ensure_ascii=False) + "\n")
    # mtime 0: the same table is the same bytes.
    result.out_of_fold.to_csv(
        arguments.fit / OUT_OF_FOLD_FILE, index=False, float_format="%.6f", compression={"method": "gzip", "mtime": 0}
    )
    (arguments.fit / FIT_FILE).write_bytes(pickle.dumps(result.packages))
    print(f"{arguments.fit}: fitted, {result.seconds:.0f} s")


def evaluate(arguments: argparse.Namespace) -> None:
    text = comparison_text(json.loads(stored(arguments.fit / CV_FILE).read_text()))
    if arguments.comparison:
        arguments.comparison.write_text(text)
    print(text)


def export_packages(arguments: argparse.Namespace) -> None:
    matrix = read(arguments.matrix)
    # Written by `fit` above, by the same person: a pickle of anybody else's must not be put there.
    fitted = pickle.loads(stored(arguments.fit / FIT_FILE).read_bytes())
    for line in export(fitted, matrix, arguments.out):
        print(line)


def stored(path: Path) -> Path:
    if not path.exists():
        raise MatrixError(f"{path} is not there. Make it: npm run train -- fit")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = {"fit": fit, "evaluate": evaluate, "export": export_packages}
    parser.add_argument("action", choices=actions)
    parser.add_argument("--matrix", type=Path)
    parser.add_argument("--fit", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--comparison", type=Path)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    try:
        actions[arguments.action](arguments)
    except (MatrixError, ExportError) as error:
        print(f"train {arguments.action}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
