"""faiss's Kmeans from a given start: { x, rows, columns, start, clusters, iterations, repeats }."""

import time

from protocol import serve


def load():
    import os

    import faiss
    import numpy as np

    faiss.omp_set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    files = {}

    def read(path, shape):
        if path not in files:
            files[path] = np.fromfile(path, dtype=np.float32).reshape(shape)
        return files[path]

    def handle(request):
        k, columns = request["clusters"], request["columns"]
        x = read(request["x"], (request["rows"], columns))
        start = read(request["start"], (k, columns))
        seconds = 0.0
        for _ in range(request["repeats"]):
            # All points in every iteration, and the labels at the end, as the others do.
            model = faiss.Kmeans(columns, k, niter=request["iterations"], nredo=1,
                                 max_points_per_centroid=len(x), min_points_per_centroid=1)
            began = time.perf_counter()
            model.train(x, init_centroids=start)
            distances, _ = model.index.search(x, 1)
            seconds += time.perf_counter() - began
        return {"seconds": seconds / request["repeats"],
                "facts": {"iterations": len(model.obj),
                          "inertia": float(distances.sum(dtype=np.float64))}}

    return {"faiss": faiss.__version__, "numpy": np.__version__}, handle


if __name__ == "__main__":
    serve(load)
