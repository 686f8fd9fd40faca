"""K-means in JAX: one jitted function from start to labels, { x, rows, columns, start, clusters,
iterations, repeats }. The distances are a matrix product, the sums another with the one-hot labels.
"""

import os
import time

THREADS = os.environ.get("OMP_NUM_THREADS", "1")
if THREADS == "1":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    try:  # XLA takes one thread a core it may run on
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
    except (AttributeError, OSError):
        pass

from protocol import serve


def load():
    import functools

    import jax
    import jax.numpy as jnp
    import numpy as np

    jax.config.update("jax_platforms", "cpu")
    files = {}

    def read(path, shape):
        if path not in files:
            files[path] = np.fromfile(path, dtype=np.float32).reshape(shape)
        return files[path]

    def scores(x, centroids):
        return jnp.sum(centroids * centroids, 1) - 2 * x @ centroids.T

    @functools.partial(jax.jit, static_argnums=2)
    def fit(x, start, iterations):
        def step(_, centroids):
            labels = jnp.argmin(scores(x, centroids), 1)
            members = jax.nn.one_hot(labels, len(start), dtype=x.dtype)
            counts = members.sum(0)[:, None]
            return jnp.where(counts > 0, members.T @ x / jnp.maximum(counts, 1), centroids)

        centroids = jax.lax.fori_loop(0, iterations, step, start)
        last = scores(x, centroids)
        return centroids, jnp.argmin(last, 1), jnp.sum(jnp.min(last, 1) + jnp.sum(x * x, 1))

    def handle(request):
        k, columns = request["clusters"], request["columns"]
        x = read(request["x"], (request["rows"], columns))
        start = read(request["start"], (k, columns))
        seconds = 0.0
        for _ in range(request["repeats"]):
            began = time.perf_counter()
            outcome = fit(x, start, request["iterations"])
            jax.block_until_ready(outcome)
            seconds += time.perf_counter() - began
        return {"seconds": seconds / request["repeats"],
                "facts": {"iterations": request["iterations"], "inertia": float(outcome[2])}}

    return {"jax": jax.__version__, "numpy": np.__version__}, handle


if __name__ == "__main__":
    serve(load)
