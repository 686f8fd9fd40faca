"""scikit-learn's KMeans: { x, rows, columns, start, clusters, iterations, repeats }.

Without a start it is k-means++ once, and Lloyd until its own tolerance or that many iterations.
"""

import time
import warnings

from protocol import serve


def load():
    import numpy as np
    import sklearn
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    warnings.simplefilter("ignore", ConvergenceWarning)
    files = {}

    def read(path, shape):
        if path not in files:
            files[path] = np.fromfile(path, dtype=np.float32).reshape(shape)
        return files[path]

    def handle(request):
        k, columns = request["clusters"], request["columns"]
        x = read(request["x"], (request["rows"], columns))
        if "start" in request:
            options = {"init": read(request["start"], (k, columns)), "tol": 0}
        else:
            options = {"init": "k-means++", "tol": 1e-4, "random_state": request["seed"]}
        seconds = 0.0
        for _ in range(request["repeats"]):
            model = KMeans(k, n_init=1, max_iter=request["iterations"], algorithm="lloyd",
                           **options)
            began = time.perf_counter()
            model.fit(x)
            seconds += time.perf_counter() - began
        return {"seconds": seconds / request["repeats"],
                "facts": {"iterations": int(model.n_iter_), "inertia": float(model.inertia_)}}

    return {"scikit-learn": sklearn.__version__, "numpy": np.__version__}, handle


if __name__ == "__main__":
    serve(load)
