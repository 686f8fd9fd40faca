"""Writes fixtures/targets.json: location and scale of targets, by scikit-learn.

    pip install scikit-learn==1.9.* && python test/parity/targets.py

Mean and deviation are those of StandardScaler; the quartiles are of type 2 of Hyndman and Fan, as
`_weighted_percentile` averages them, which is numpy's 'averaged_inverted_cdf' where all weights are 1.
"""
import json
from pathlib import Path

import numpy as np
import sklearn
from scipy.stats import norm
from sklearn.preprocessing import StandardScaler
from sklearn.utils.stats import _weighted_percentile

random = np.random.default_rng(17)


def case(y, weights=None):
    y = np.asarray(y, dtype=np.float64)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    scaler = StandardScaler().fit(y[:, None], sample_weight=w)
    lower, median, upper = (
        float(_weighted_percentile(y, w, p, average=True)) for p in (25, 50, 75)
    )
    if weights is None:
        expected = np.quantile(y, [0.25, 0.5, 0.75], method="averaged_inverted_cdf")
        assert np.array_equal(expected, [lower, median, upper])
    return {
        "y": y.tolist(),
        "weights": None if weights is None else w.tolist(),
        "mean": float(scaler.mean_[0]),
        "deviation": float(np.sqrt(scaler.var_[0])),
        "median": median,
        "spread": (upper - lower) / (norm.ppf(0.75) - norm.ppf(0.25)),
    }


fixture = {
    "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    "cases": {
        "normal, 4 n rows": case(random.standard_normal(40)),
        "normal, 4 n + 1 rows": case(random.standard_normal(41)),
        "normal, 4 n + 2 rows": case(random.standard_normal(42)),
        "offset 1e9": case(random.standard_normal(50) + 1e9),
        "sd 1e-9": case(random.standard_normal(50) * 1e-9),
        "lognormal": case(random.lognormal(sigma=2, size=101)),
        "counts with many ties": case(random.poisson(2, 200)),
        "a fifth outliers": case(np.where(random.random(100) < 0.2, 1e6, random.standard_normal(100))),
        "weights": case(random.standard_normal(60), random.random(60)),
        "whole weights, some 0": case(random.standard_normal(60), random.integers(0, 4, 60)),
        "ties with weights": case(random.poisson(2, 80), random.integers(1, 5, 80)),
        "two rows": case([3.0, 5.0]),
    },
}
target = Path(__file__).parent / "fixtures" / "targets.json"
target.write_text(json.dumps(fixture) + "\n")
