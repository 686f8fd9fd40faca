"""Writes fixtures/pca.json: scikit-learn's PCA (full SVD, float64) of tall, wide and deficient tables.

    pip install scikit-learn==1.9.* && python test/parity/pca.py
"""
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.decomposition import PCA

random = np.random.default_rng(7)


def case(X, components):
    model = PCA(components, svd_solver="full").fit(X)
    return {
        "X": X.tolist(),
        "transformed": model.transform(X).tolist(),
        "components": model.components_.tolist(),
        "explainedVariance": model.explained_variance_.tolist(),
        "explainedVarianceRatio": model.explained_variance_ratio_.tolist(),
        "mean": model.mean_.tolist(),
    }


def table(rows, columns, offset=0.0):
    """Columns of falling scale in a random basis, so that the components are well apart."""
    basis = np.linalg.qr(random.standard_normal((columns, columns)))[0]
    scales = 0.8 ** np.arange(columns)
    return (random.standard_normal((rows, columns)) * scales) @ basis + offset


low_rank = random.standard_normal((12, 3)) @ random.standard_normal((3, 8))
fixture = {
    "versions": {"scikit-learn": sklearn.__version__},
    "tall": case(table(40, 6), 6),
    "wide": case(table(10, 30), 5),
    "offset": case(table(25, 4, offset=1e6), 3),
    "deficient": case(low_rank, 6),
}
target = Path(__file__).parent / "fixtures" / "pca.json"
target.write_text(json.dumps(fixture) + "\n")
