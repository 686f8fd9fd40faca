"""Optimiser steps in PyTorch, a plain loop: the same arithmetic as jax_steps.py.

Request: see StepRequest in bench/steps.ts; `fused` takes Adam's fused kernel, `bf16` autocast.
"""

import contextlib
import time

from protocol import serve


def load():
    import numpy as np
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.set_flush_denormal(True)  # dead units' moments decay into denormals, which are slow
    activations = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}

    class Steps:
        """The tables, network and optimiser of a request, made once."""

        def __init__(self, r):
            self.r, widths = r, r["widths"]
            read = lambda name, dtype, *shape: torch.from_numpy(
                np.fromfile(r[name], dtype=dtype).reshape(shape))
            self.x = read("x", np.float32, r["rows"], widths[0])
            self.y = read("y", np.int32, r["rows"]).long()
            self.labels = read("labels", np.int32, r["rows"]).long()
            self.centroids = read("centroids", np.float32, -1, widths[-2])
            self.batches = read("batches", np.int32, r["steps"], r["batch"]).long()
            self.start = read("parameters", np.float32, -1)
            self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
            self.activate = activations[r["activation"]]
            fused = {"fused": True} if r["fused"] else {}
            self.optimizer = torch.optim.Adam(self.layers.parameters(), lr=r["learningRate"], **fused)

        def reset(self):
            at = 0
            with torch.no_grad():
                for p in self.layers.parameters():
                    p.copy_(self.start[at:at + p.numel()].view_as(p))
                    at += p.numel()
            for state in self.optimizer.state.values():  # memory that is already there is kept
                for value in state.values():
                    value.zero_()

        def total(self, rows):
            r, h = self.r, self.x[rows]
            with torch.autocast("cpu", torch.bfloat16) if r["bf16"] else contextlib.nullcontext():
                for layer in self.layers[:-1]:
                    h = self.activate(layer(h))
                outputs = self.layers[-1](h)
            loss = F.cross_entropy(outputs.float(), self.y[rows])
            loss = loss + r["alpha"] * torch.norm(self.layers[0].weight, p=2, dim=0).sum()
            if r["joint"]:
                away = h.float() - self.centroids[self.labels[rows]]
                if r["distance"] == "squared-euclidean":
                    d = (away * away).sum(dim=1)
                else:
                    d = torch.norm(away, p=2, dim=1)
                loss = loss + r["beta"] * d.mean()
            return loss

        def run(self):
            losses = []
            for rows in self.batches:
                self.optimizer.zero_grad()
                loss = self.total(rows)
                loss.backward()
                self.optimizer.step()
                losses.append(loss.detach())
            return losses

    known = {}

    def handle(r):
        torch.set_num_threads(r["threads"])
        if r["x"] not in known:
            known[r["x"]] = Steps(r)
        steps = known[r["x"]]
        steps.reset()
        began = time.perf_counter()
        losses = steps.run()
        seconds = time.perf_counter() - began
        losses = torch.stack(losses).double()
        epoch = r["rows"] // r["batch"]
        return {"seconds": seconds, "facts": {"steps": len(losses),
                "firstLoss": losses[:epoch].mean().item(), "lastLoss": losses[-epoch:].mean().item()}}

    return {"torch": torch.__version__.split("+")[0]}, handle


if __name__ == "__main__":
    serve(load)
