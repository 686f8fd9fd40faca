"""Writes fixtures/metrics.json: what scikit-learn and SciPy say of random labellings and values.

    pip install scikit-learn==1.9.* scipy && python test/parity/metrics.py
"""
import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import somersd
from sklearn import metrics
from sklearn.metrics.cluster import contingency_matrix

random = np.random.default_rng(20)


def labellings():
    """Pairs (truth, predicted) from independent to nearly equal, with equal and unequal class counts."""
    for samples, classes, clusters, flip in [
        (2, 1, 2, 1.0), (10, 3, 3, 0.5), (50, 4, 4, 0.1), (200, 5, 9, 0.3), (200, 9, 5, 0.3),
        (300, 2, 2, 1.0), (1000, 4, 4, 0.02), (500, 30, 30, 0.6), (40, 40, 3, 1.0), (60, 1, 5, 1.0),
    ]:
        truth = random.integers(0, classes, samples)
        noise = random.integers(0, clusters, samples)
        predicted = np.where(random.random(samples) < flip, noise, (truth * 7 + 3) % clusters)
        yield truth, predicted


def cluster_accuracy(truth, predicted):
    table = contingency_matrix(truth, predicted)
    return table[linear_sum_assignment(table, maximize=True)].sum() / len(truth)


def clustering_case(truth, predicted):
    return {
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "adjustedRandIndex": metrics.adjusted_rand_score(truth, predicted),
        "normalizedMutualInformation": metrics.normalized_mutual_info_score(truth, predicted),
        "clusterAccuracy": cluster_accuracy(truth, predicted),
        "purity": contingency_matrix(truth, predicted).max(axis=0).sum() / len(truth),
    }


def classification_case(truth, predicted):
    present = np.isin(predicted, truth)
    return {
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "balancedAccuracy": metrics.recall_score(
            truth, predicted, labels=np.unique(truth), average="macro"
        ) if not present.all() else metrics.balanced_accuracy_score(truth, predicted),
        "confusionMatrix": metrics.confusion_matrix(truth, predicted).tolist(),
    }


def silhouette_case(samples, columns, clusters):
    centers = 3 * random.standard_normal((clusters, columns))
    labels = random.integers(0, clusters, samples)
    labels[0] = clusters  # alone in its cluster
    X = centers[labels % clusters] + random.standard_normal((samples, columns))
    X[1] = X[2]
    # scikit-learn's own distances come from |a|^2 - 2 a b + |b|^2, which is 1e-8 off at duplicates.
    distances = cdist(X, X)
    return {
        "X": X.tolist(),
        "labels": labels.tolist(),
        "samples": metrics.silhouette_samples(distances, labels, metric="precomputed").tolist(),
        "score": metrics.silhouette_score(distances, labels, metric="precomputed"),
        "calinskiHarabasz": metrics.calinski_harabasz_score(X, labels),
        "daviesBouldin": metrics.davies_bouldin_score(X, labels),
    }


def regression_case(shape, error):
    truth = 10 * random.standard_normal(shape) + 3
    predicted = truth + error * random.standard_normal(shape)
    return {
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "rSquared": metrics.r2_score(truth, predicted),
        "meanSquaredError": metrics.mean_squared_error(truth, predicted),
        "meanAbsoluteError": metrics.mean_absolute_error(truth, predicted),
        "maxError": metrics.max_error(truth.ravel(), predicted.ravel()),
    }


def concordance_uncensored(samples, levels):
    """Every row has its event: concordance = (Somers' D of the risk given the time + 1) / 2."""
    time = random.integers(1, levels, samples)
    risk = np.round(levels - time + 0.4 * levels * random.standard_normal(samples))
    return {
        "time": time.tolist(),
        "event": [1] * samples,
        "risk": risk.tolist(),
        "concordance": (somersd(time, -risk).statistic + 1) / 2,
    }


def concordance_binary(samples, censored_at):
    """Events at time 5, the others censored then or later: concordance = area under the ROC curve."""
    event = random.integers(0, 2, samples)
    risk = np.round(event + 2 * random.standard_normal(samples), 1)
    return {
        "time": np.where(event == 1, 5, censored_at).tolist(),
        "event": event.tolist(),
        "risk": risk.tolist(),
        "concordance": metrics.roc_auc_score(event, risk),
    }


fixture = {
    "versions": {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__},
    "clustering": [clustering_case(*pair) for pair in labellings()],
    "classification": [classification_case(*pair) for pair in labellings()],
    "silhouette": [silhouette_case(*size) for size in [(30, 2, 2), (60, 5, 4), (50, 40, 3)]],
    "regression": [regression_case(*args) for args in [(2, 1.0), (50, 3.0), (50, 30.0), ((40, 3), 5.0)]],
    "concordance": [concordance_uncensored(*args) for args in [(20, 50), (100, 12), (200, 1000)]]
    + [concordance_binary(*args) for args in [(60, 5), (80, 9)]],
}
target = Path(__file__).parent / "fixtures" / "metrics.json"
target.write_text(json.dumps(fixture) + "\n")
