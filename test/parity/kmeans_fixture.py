"""Writes fixtures/kmeans.json: scikit-learn's Lloyd iterations from given start centroids.

    python3 test/parity/kmeans_fixture.py        (needs scikit-learn)

Data are float32 numbers, which the JSON (9 significant digits) carries exactly; the reference is
computed in float64 with n_init=1, tol=0. A case in which any point of any iteration is (nearly) as
close to a second centroid is refused: the answer would be a matter of taste.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.cluster import KMeans

MARGIN = 1e-5


def blobs(rng, n, d, k, spread=2.0):
    centers = rng.normal(size=(k, d)) * spread
    return centers[rng.integers(0, k, n)] + rng.normal(size=(n, d))


def first_rows(x, k):
    return x[:k].copy()


def cases(rng):
    x = blobs(rng, 60, 2, 3)
    yield "60 x 2, K 3", x, first_rows(x, 3)
    x = blobs(rng, 200, 5, 4)
    yield "200 x 5, K 4", x, first_rows(x, 4)
    x = rng.normal(size=(333, 7))
    yield "333 x 7 without clusters, K 9", x, first_rows(x, 9)
    x = rng.normal(size=(50, 1))
    yield "50 x 1, K 3", x, first_rows(x, 3)
    x = np.repeat(blobs(rng, 30, 6, 5), 5, axis=0)
    yield "every row five times, K 5", x, x[::5][:5].copy()
    x = blobs(rng, 120, 8, 5)
    x[:, 2] = 3.5
    x[:, 6] = 0.0
    yield "two constant columns, K 5", x, first_rows(x, 5)
    x = blobs(rng, 90, 17, 2)
    yield "K 1", x, first_rows(x, 1)
    x = rng.normal(size=(12, 3))
    yield "K = N", x, x[::-1].copy()
    x = blobs(rng, 150, 4, 4, 3.0)
    x = np.round(x * 4) / 4 + rng.integers(0, 2, x.shape) * 0.25 + 1e6
    yield "an offset of 1e6, K 4", x, first_rows(x, 4) + 0.0625
    x = blobs(rng, 100, 3, 4)
    yield "a start centroid far from every row is emptied, K 4", x, np.vstack(
        [first_rows(x, 3), np.full((1, 3), 500.0)])


def check_margins(name, x, centroids, iterations):
    """Follows Lloyd by hand and looks at the gap between the nearest and the second nearest."""
    emptied = False
    for _ in range(iterations + 1):
        distances = ((x[:, None] - centroids[None]) ** 2).sum(2)
        if len(centroids) > 1:
            two = np.partition(distances, 1, axis=1)[:, :2]
            gap = ((two[:, 1] - two[:, 0]) / (two[:, 1] + 1e-12)).min()
            if gap < MARGIN:
                raise SystemExit(f"{name}: gap {gap:.1e}, choose another seed")
        labels = distances.argmin(1)
        counts = np.bincount(labels, minlength=len(centroids))
        if (counts == 0).any():
            return True
        centroids = np.stack([x[labels == c].mean(0) for c in range(len(centroids))])
    return emptied


def rounded(a):
    return [rounded(v) for v in a] if isinstance(a, list) else float(f"{a:.9g}")


def main():
    rng = np.random.default_rng(3)
    out = []
    for name, x, start in cases(rng):
        x, start = (a.astype(np.float32).astype(np.float64) for a in (x, start))
        model = KMeans(len(start), init=start, n_init=1, tol=0, max_iter=300, algorithm="lloyd").fit(x)
        emptied = check_margins(name, x, start, model.n_iter_)
        print(f"{name:52s} {model.n_iter_:3d} iterations, inertia {model.inertia_:.6g}"
              f"{', a cluster ran empty' if emptied else ''}")
        out.append({
            "name": name, "rows": x.shape[0], "columns": x.shape[1], "emptied": emptied,
            "x": rounded(x.ravel().tolist()), "start": rounded(start.tolist()),
            "labels": model.labels_.tolist(), "iterations": int(model.n_iter_),
            "centroids": rounded(model.cluster_centers_.tolist()),
            "inertia": float(model.inertia_),
        })
    path = pathlib.Path(__file__).parent / "fixtures" / "kmeans.json"
    path.parent.mkdir(exist_ok=True)
    fixture = {"scikitLearn": sklearn.__version__, "cases": out}
    path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
