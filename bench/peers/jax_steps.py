"""Optimiser steps in JAX: the whole loop is one compiled program, jit over lax.scan, its state donated.

Adam on primary + alpha * sum of the norms of the first layer's columns + beta * distance to fixed
centroids, as torch-deeptype trains. Weights lie as [in, out], which XLA multiplies fastest on a CPU.

Request: see StepRequest in bench/steps.ts. Batches are given as indices, one row a step.
"""

import os
import time

from protocol import serve

THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))


def hold_threads():
    """XLA takes as many threads as the process may use processors; before JAX is imported."""
    flags = os.environ.get("XLA_FLAGS", "")
    if THREADS == 1:
        flags += " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["XLA_FLAGS"] = flags
    os.environ["JAX_PLATFORMS"] = "cpu"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-THREADS:])


def load():
    hold_threads()
    import jax
    import numpy as np
    from jax import lax
    from jax import numpy as jnp

    activations = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh}

    def program(r):
        activate = activations[r["activation"]]
        alpha, beta, rate = r["alpha"], r["beta"], r["learningRate"]
        joint, squared = r["joint"], r["distance"] == "squared-euclidean"

        def total(parameters, x, y, centers):
            h = x
            for w, b in parameters[:-1]:
                h = activate(h @ w + b)
            w, b = parameters[-1]
            outputs = h @ w + b
            picked = jnp.take_along_axis(jax.nn.log_softmax(outputs), y[:, None], axis=1)
            first = parameters[0][0]
            loss = -picked.mean() + alpha * jnp.sqrt((first * first).sum(axis=1)).sum()
            if joint:
                d = ((h - centers) ** 2).sum(axis=1)
                loss = loss + beta * (d if squared else jnp.sqrt(d)).mean()
            return loss

        def run(state, x, y, labels, centroids, batches):
            def step(state, rows):
                parameters, first, second, t = state
                t = t + 1
                loss, g = jax.value_and_grad(total)(
                    parameters, x[rows], y[rows], centroids[labels[rows]])
                c1, c2 = 1 - 0.9 ** t, 1 - 0.999 ** t
                first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, g)
                second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, g)
                parameters = jax.tree.map(
                    lambda w, m, v: w - rate / c1 * m / (jnp.sqrt(v) / jnp.sqrt(c2) + 1e-8),
                    parameters, first, second)
                return (parameters, first, second, t), loss

            return lax.scan(step, state, batches)

        return jax.jit(run, donate_argnums=0)

    known = {}

    def prepare(r):
        """The table and the compiled program of a request, made once."""
        key = r["x"]
        if key in known:
            return known[key]
        read = lambda name, dtype, *shape: np.fromfile(r[name], dtype=dtype).reshape(shape)
        widths = r["widths"]
        weights, flat, at = [], np.fromfile(r["parameters"], dtype=np.float32), 0
        for a, b in zip(widths, widths[1:]):
            w = np.ascontiguousarray(flat[at:at + a * b].reshape(b, a).T)
            weights.append((w, flat[at + a * b:at + a * b + b].copy()))
            at += a * b + b
        data = [jax.device_put(array) for array in (
            read("x", np.float32, r["rows"], widths[0]), read("y", np.int32, r["rows"]),
            read("labels", np.int32, r["rows"]), read("centroids", np.float32, -1, widths[-2]),
            read("batches", np.int32, r["steps"], r["batch"]))]
        known[key] = (weights, data, program(r))
        return known[key]

    def handle(r):
        weights, data, run = prepare(r)
        parameters = jax.tree.map(jnp.array, weights)
        zeros = lambda: jax.tree.map(jnp.zeros_like, parameters)
        state = jax.block_until_ready((parameters, zeros(), zeros(), jnp.float32(0)))
        began = time.perf_counter()
        state, losses = jax.block_until_ready(run(state, *data))  # compiled in the warm-up run
        seconds = time.perf_counter() - began
        losses = np.asarray(losses, dtype=np.float64)
        epoch = r["rows"] // r["batch"]
        return {"seconds": seconds, "facts": {"steps": int(state[3]),
                "firstLoss": losses[:epoch].mean(), "lastLoss": losses[-epoch:].mean()}}

    return {"jax": jax.__version__}, handle


if __name__ == "__main__":
    serve(load)
