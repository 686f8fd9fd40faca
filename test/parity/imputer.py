"""Writes fixtures/imputer.json: scikit-learn's SimpleImputer on tables with gaps (null).

    pip install scikit-learn==1.9.* && python test/parity/imputer.py
"""
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.impute import SimpleImputer

random = np.random.default_rng(12)


def case(rows, columns, missing, strategy):
    X = random.standard_normal((rows, columns)) * 3 + random.standard_normal(columns) * 100
    X[random.random(X.shape) < missing] = np.nan
    X[0] = np.where(np.isnan(X).all(axis=0), 1.0, X[0])
    model = SimpleImputer(strategy=strategy).fit(X)
    return {
        "strategy": strategy,
        "X": [[None if np.isnan(x) else x for x in row] for row in X],
        "statistics": model.statistics_.tolist(),
        "transformed": model.transform(X).tolist(),
    }


sizes = [(9, 3, 0.2), (10, 4, 0.5), (51, 5, 0.9), (20, 2, 0.0), (1, 3, 0.0)]
fixture = {
    "versions": {"scikit-learn": sklearn.__version__},
    "cases": [case(*size, strategy) for size in sizes for strategy in ("median", "mean")],
}
target = Path(__file__).parent / "fixtures" / "imputer.json"
target.write_text(json.dumps(fixture) + "\n")
