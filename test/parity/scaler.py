"""Writes fixtures/scaler.json: scikit-learn's StandardScaler in float64, with offsets and constant columns.

    pip install scikit-learn==1.9.* && python test/parity/scaler.py
"""
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.preprocessing import StandardScaler

random = np.random.default_rng(11)


def case(X):
    model = StandardScaler().fit(X)
    return {
        "X": X.tolist(),
        "mean": model.mean_.tolist(),
        "scale": np.sqrt(model.var_).tolist(),
        "transformed": model.transform(X).tolist(),
    }


table = random.standard_normal((40, 4)) * [1e-3, 1.0, 1e3, 7.0] + [0.0, 1.0, -5.0, 3.0]
constant = table.copy()
constant[:, 1] = 42.0
fixture = {
    "versions": {"scikit-learn": sklearn.__version__},
    "cases": {
        "plain": case(table),
        "offset 1e6": case(random.standard_normal((50, 3)) + 1e6),
        "offset 1e9": case(random.standard_normal((50, 3)) - 1e9),
        "constant column": case(constant),
        "one row": case(np.array([[1.5, -2.0]])),
    },
}
target = Path(__file__).parent / "fixtures" / "scaler.json"
target.write_text(json.dumps(fixture) + "\n")
