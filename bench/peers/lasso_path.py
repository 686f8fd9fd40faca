"""The Lasso path of scikit-learn, celer or skglm, as $LASSO says: { x, y, rows, columns, steps, ratio, tolerance, repeats }.

The table lies row by row, as ours does, and is centred and laid out within the time, as ours is.
"""

import os
import time
import warnings

from protocol import serve


def scikit_learn():
    import sklearn
    from sklearn.linear_model import lasso_path

    def path(x, y, tolerance, steps, ratio):
        _, coefficients, gaps = lasso_path(x, y, tol=tolerance, alphas=steps, eps=ratio, max_iter=1_000_000)
        return coefficients, gaps

    return {"scikit-learn": sklearn.__version__}, path


def celer():
    import celer as library
    import numpy as np

    def path(x, y, tolerance, steps, ratio):
        alphas = np.abs(x.T @ y).max() / len(y) * ratio ** (np.arange(steps) / (steps - 1))
        _, coefficients, gaps = library.celer_path(x, y, "lasso", alphas=alphas, tol=tolerance)
        return coefficients, gaps

    return {"celer": library.__version__}, path


def skglm():
    import numpy as np
    import skglm as library
    from skglm.datafits import Quadratic
    from skglm.penalties import L1
    from skglm.solvers import AndersonCD

    def path(x, y, tolerance, steps, ratio):
        alphas = np.abs(x.T @ y).max() / len(y) * ratio ** (np.arange(steps) / (steps - 1))
        solver = AndersonCD(tol=tolerance, fit_intercept=False)
        _, coefficients, stops = solver.path(x, y, Quadratic(), L1(1.0), alphas)
        return coefficients, stops

    return {"skglm": library.__version__}, path


def load():
    versions, path = {"scikit-learn": scikit_learn, "celer": celer, "skglm": skglm}[os.environ["LASSO"]]()
    import numpy as np

    warnings.simplefilter("ignore")
    files = {}

    def read(name, shape):
        if name not in files:
            files[name] = np.fromfile(name, dtype=np.float64).reshape(shape)
        return files[name]

    def handle(request):
        x = read(request["x"], (request["rows"], request["columns"]))
        y = read(request["y"], request["rows"])
        began = time.perf_counter()
        for _ in range(request["repeats"]):
            centred_y = y - y.mean()
            centred_x = np.asfortranarray(x - x.mean(axis=0))
            coefficients, gaps = path(centred_x, centred_y, request["tolerance"], request["steps"], request["ratio"])
        seconds = (time.perf_counter() - began) / request["repeats"]
        return {"seconds": seconds, "facts": {"gap": float(np.max(gaps) / np.mean(centred_y**2)),
                                              "in use": int((coefficients[:, -1] != 0).sum())}}

    return {**versions, "numpy": np.__version__}, handle


if __name__ == "__main__":
    serve(load)
