"""Writes fixtures/elastic-net-exact.json: minima of the elastic net to 16 digits, proved.

    pip install scikit-learn==1.9.* mpmath && python test/parity/elastic_net_exact.py

LARS (scikit-learn) and coordinate descent suggest which columns are in use and their signs; whence they come does
not matter. The stationarity conditions of those columns,

    X_S'(y - X w) / N - alpha (1 - l1Ratio) w_S = alpha l1Ratio sign(w_S),

are then solved with 60 digits, columns that would change their sign leave, the one that violates
|x_j'(y - X w)| / N <= alpha l1Ratio most joins, until both hold: w is then the minimum, since these conditions are
sufficient for a convex objective. Tables are multiples of 1/64 (some times powers of two) from a linear congruential generator, the same in the
test to the bit.
"""
import json
import warnings
from pathlib import Path

import mpmath
import numpy as np
from sklearn.linear_model import ElasticNet, lars_path

warnings.filterwarnings("ignore")
mpmath.mp.dps = 60
SHARES = (0.3, 1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8)


def stream(seed):
    state = seed
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield state >> 8  # 24 bits


def table(rows, columns, kind):
    bits = stream(rows * 10007 + columns)
    if kind == "genotypes":
        x = [[next(bits) * 3 >> 24 for _ in range(columns)] for _ in range(rows)]
    else:
        x = [[((next(bits) >> 14) - 512) / 64 for _ in range(columns)] for _ in range(rows)]
    if kind == "unlike":
        x = [[v * 2.0 ** (7 * j % 53 - 26) for j, v in enumerate(row)] for row in x]
    y = [row[0] - row[1] + row[-1] / 2 + ((next(bits) >> 14) - 512) / 256 for row in x]
    return np.array(x, dtype=float), np.array(y)


def centred_integers(x, unit):
    whole = np.array([[int(v * 2**32) for v in row] for row in x], dtype=object) * (unit // 2**32)
    return whole * len(x) - whole.sum(0)


class Problem:
    def __init__(self, x, y):
        self.n, self.p = x.shape
        # Centred and times N and a power of two they are integers, whose products Python adds exactly.
        self.cx, self.cy = centred_integers(x, 2**32), centred_integers(y[:, None], 2**512)[:, 0]
        self.unit_x, self.unit_y = mpmath.mpf(2**32 * self.n), mpmath.mpf(2**512 * self.n)
        self.xy = self.cx.T @ self.cy

    def correlation(self, j):
        return mpmath.mpf(int(self.xy[j])) / self.unit_x / self.unit_y

    def product(self, i, j):
        return mpmath.mpf(int(self.cx[:, i] @ self.cx[:, j])) / self.unit_x**2

    def solve(self, used, signs, l1, l2):
        k = len(used)
        a = mpmath.matrix(k, k)
        for i in range(k):
            for j in range(i + 1):
                a[i, j] = a[j, i] = self.product(used[i], used[j])
            a[i, i] += l2
        return mpmath.lu_solve(a, mpmath.matrix([self.correlation(j) - l1 * s for j, s in zip(used, signs)]))

    def violations(self, used, w, l1):
        """|x_j'r| - l1 of the others, with r in units of 2^-512 2^-32 / N."""
        r = self.cy * 2**32
        for j, v in zip(used, w):
            r = r - self.cx[:, j] * int(mpmath.nint(v * 2**512))
        unit = self.unit_x * self.unit_y * 2**32
        inside = set(used)
        return {j: abs(mpmath.mpf(int(q)) / unit) - l1 for j, q in enumerate(self.cx.T @ r) if j not in inside}

    def minimum(self, guess, alpha, ratio):
        l1, l2 = mpmath.mpf(self.n * alpha) * mpmath.mpf(ratio), mpmath.mpf(self.n * alpha) * (1 - mpmath.mpf(ratio))
        used = [int(j) for j in np.flatnonzero(guess)]
        signs = [int(np.sign(guess[j])) for j in used]
        for _ in range(200):
            w = self.solve(used, signs, l1, l2) if used else []
            wrong = [i for i in range(len(used)) if w[i] * signs[i] <= 0]
            if wrong:
                i = max(wrong, key=lambda i: abs(w[i]))
                del used[i], signs[i]
                continue
            others = self.violations(used, w, l1)
            j = max(others, key=others.get) if others else None
            if j is None or others[j] <= 0:
                return {int(j): float(v) for j, v in sorted(zip(used, w))}
            used.append(j)
            residual = self.correlation(j) - sum(self.product(j, i) * v for i, v in zip(used, w))
            signs.append(1 if residual > 0 else -1)
        raise RuntimeError("no minimum found")


def guesses(x, y, alpha, ratio):
    cx, cy = x - x.mean(0), y - y.mean()
    if x.std(0).max() > 1e6:
        return np.zeros(x.shape[1])  # neither of them takes these
    if ratio == 1:
        return lars_path(cx, cy, method="lasso", alpha_min=alpha)[2][:, -1]
    return ElasticNet(alpha=alpha, l1_ratio=ratio, fit_intercept=False, tol=1e-14, max_iter=200_000).fit(cx, cy).coef_


def study(rows, columns, kind, ratios):
    x, y = table(rows, columns, kind)
    problem = Problem(x, y)
    largest = np.abs((x - x.mean(0)).T @ (y - y.mean())).max() / rows
    for ratio in ratios:
        for share in SHARES:
            if ratio < 1 and share < 1e-6:
                continue
            alpha = float(largest / ratio * share)
            w = problem.minimum(guesses(x, y, alpha, ratio), alpha, ratio)
            print(rows, columns, kind, ratio, share, len(w), flush=True)
            yield {"rows": rows, "columns": columns, "kind": kind, "l1Ratio": ratio, "share": share, "alpha": alpha,
                   "coefficients": w}


cases = [
    *study(2, 19, "grid", (1, 0.5, 0.1)),
    *study(5, 40, "grid", (1, 0.5, 0.1, 1e-3)),
    *study(20, 100, "grid", (1, 0.5, 0.1)),
    *study(60, 60, "grid", (1, 0.5)),
    *study(100, 20, "grid", (1, 0.5, 1e-3)),
    *study(50, 1000, "genotypes", (1,)),
    *study(50, 5000, "grid", (1,)),
    *study(20, 50, "unlike", (1,)),
]
out = Path(__file__).parent / "fixtures" / "elastic-net-exact.json"
out.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
