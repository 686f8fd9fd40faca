"""Writes fixtures/linear.json: coefficients of scikit-learn's Lasso, ElasticNet, Ridge and paths.

    pip install scikit-learn==1.9.* && python test/parity/linear.py
"""
import json
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import ElasticNet, Lasso, Ridge, enet_path

random = np.random.default_rng(4)
# As near to the minimum as scikit-learn comes; it warns where rounding keeps it from 1e-15.
warnings.filterwarnings("ignore", category=sklearn.exceptions.ConvergenceWarning)
DESCENT = {"tol": 1e-15, "max_iter": 200_000}


def normal(rows, columns):
    return random.normal(size=(rows, columns))


def correlated(rows, columns, share):
    return share * normal(rows, 1) + np.sqrt(1 - share**2) * normal(rows, columns)


def tables():
    """name, X, noise of y"""
    yield "more rows than columns", normal(40, 8), 1.0
    yield "more columns than rows", normal(15, 40), 0.5
    yield "as many columns as rows", normal(12, 12), 0.1
    yield "correlated columns", correlated(50, 10, 0.97), 0.5
    yield "correlated, more columns than rows", correlated(20, 30, 0.9), 0.5
    yield "constant columns", np.hstack([normal(25, 3), np.full((25, 1), 7.3), np.zeros((25, 1))]), 1.0
    yield "far from zero", 1e3 + normal(30, 5), 1.0
    yield "unequal scales", normal(30, 6) * [1e-2, 1, 1e2, 1, 10, 0.1], 1.0
    yield "one column", normal(10, 1), 0.3
    yield "zeros and ones", (random.random((60, 12)) < 0.2).astype(float), 0.5


def learned(model, x, y):
    model.fit(x, y)
    return {"coefficients": np.ravel(model.coef_).tolist(), "intercept": np.ravel(model.intercept_).tolist(),
            "r2": model.score(x, y)}


def minima(name, model, options, x, y):
    """Nothing where 200,000 sweeps were too few for scikit-learn."""
    case = {"model": name, "options": options, **learned(model, x, y)}
    if model.dual_gap_ <= 1e-13 * np.mean(y**2):
        yield case


def cases(x, y, outputs):
    for intercept in (True, False):
        shared = {"fit_intercept": intercept}
        for alpha in (0.01, 0.1, 1.0, 10.0):
            options = {"alpha": alpha, "fitIntercept": intercept}
            yield from minima("Lasso", Lasso(alpha=alpha, **shared, **DESCENT), options, x, y)
            for ratio in (0.1, 0.5, 0.9):
                model = ElasticNet(alpha=alpha, l1_ratio=ratio, **shared, **DESCENT)
                yield from minima("ElasticNet", model, {**options, "l1Ratio": ratio}, x, y)
            ridge = Ridge(alpha=alpha, solver="svd", **shared)
            yield {"model": "Ridge", "options": options, **learned(ridge, x, y)}
            yield {"model": "Ridge", "options": options, "isWide": True, **learned(ridge, x, outputs)}


def path(x, y, ratio):
    alphas, coefficients, _ = enet_path(x - x.mean(0), y - y.mean(), l1_ratio=ratio, alphas=12, eps=1e-2, **DESCENT)
    return {"l1Ratio": ratio, "steps": 12, "ratio": 1e-2, "alphas": alphas.tolist(), "coefficients": coefficients.T.tolist()}


def study(name, x, noise):
    informative = random.random(x.shape[1]) < 0.4
    weights = np.where(informative, random.normal(size=x.shape[1]) * 3, 0) / np.maximum(x.std(0), 1e-2)
    y = x @ weights + 4 + noise * random.normal(size=len(x))
    outputs = np.stack([y, normal(len(x), 1)[:, 0]], axis=1)
    return {"name": name, "X": x.tolist(), "y": y.tolist(), "outputs": outputs.tolist(),
            "cases": list(cases(x, y, outputs)), "paths": [path(x, y, 1.0), path(x, y, 0.5)]}


def short(value):
    """Ten digits of what was computed; the tables keep all of theirs."""
    if isinstance(value, dict):
        return {k: v if k in ("X", "y", "outputs", "options") else short(v) for k, v in value.items()}
    if isinstance(value, list):
        return [short(v) for v in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value


studies = [study(*table) for table in tables()]
path_out = Path(__file__).parent / "fixtures" / "linear.json"
path_out.write_text(json.dumps({"scikitLearn": sklearn.__version__, "studies": short(studies)}, separators=(",", ":")) + "\n")
