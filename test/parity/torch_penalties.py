"""Writes fixtures/torch-penalties.json: PyTorch on the other penalties, and on LassoNet's network.

    python3 test/parity/torch_penalties.py        (needs torch)

As torch_trajectory.py, whose data and checks it uses. Penalties go by autograd's subgradient. The
hierarchical ones take a step of SGD on the loss and then LassoNet's proximal operator (Lemhadri et al.
2021), here by its definition: `hier_prox`.
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

import torch_trajectory as base

STEPS = 12
ADAM = {"name": "adam", "learningRate": 1e-3}
SGD = {"name": "sgd", "learningRate": 0.05}

PENALTIES = {
    "group-lasso": lambda w, c: w.norm(dim=0).sum(),
    "l1": lambda w, c: w.abs().sum(),
    "l2": lambda w, c: w.square().sum() / 2,
    "elastic-net": lambda w, c: c["l1Ratio"] * w.abs().sum() + (1 - c["l1Ratio"]) / 2 * w.square().sum(),
    "l-infinity": lambda w, c: w.abs().amax(dim=0).sum(),
    "hierarchical": lambda w, c: w[-base.SIZES[-1]:].norm(dim=0).sum(),
}

CASES = [
    dict(name="l1", penalty="l1", skip=False, alpha=0.01, optimizer=ADAM),
    dict(name="l2", penalty="l2", skip=False, alpha=0.05, optimizer=ADAM),
    dict(name="elastic-net", penalty="elastic-net", l1Ratio=0.3, skip=False, alpha=0.02, optimizer=ADAM),
    dict(name="l-infinity", penalty="l-infinity", skip=False, alpha=0.05, optimizer=SGD),
    dict(name="group lasso with a skip connection", penalty="group-lasso", skip=True, alpha=0.02, optimizer=ADAM),
    dict(name="l-infinity with a skip connection", penalty="l-infinity", skip=True, alpha=0.02, optimizer=SGD),
    dict(name="hierarchical, M = 10", penalty="hierarchical", M=10, skip=True, alpha=60, optimizer=SGD),
    dict(name="hierarchical, M = 0.5", penalty="hierarchical", M=0.5, skip=True, alpha=4, optimizer=SGD),
]


def hier_prox(v, u, threshold, M):
    """Per column, the b and w that minimise |b - v|^2 / 2 + |w - u|^2 / 2 + threshold |b|, |w| <= M |b|.

    With n = |b| given, b = v n / |v| and w is u cut off at M n; what is left is convex in n, and the
    zero of its slope is found by halving.
    """
    size = v.norm(dim=0)

    def slope(n):
        return n - size + threshold - M * torch.relu(u.abs() - M * n).sum(dim=0)

    low, high = torch.zeros_like(size), size + M * u.abs().sum(dim=0)
    for _ in range(200):
        middle = (low + high) / 2
        is_below = slope(middle) < 0
        low, high = torch.where(is_below, middle, low), torch.where(is_below, high, middle)
    n = torch.where(slope(torch.zeros_like(size)) >= 0, torch.zeros_like(size), high)
    return v * n / size, torch.maximum(torch.minimum(u, M * n), -M * n)


def parts_of(c, p, x, y, centers):
    h, out = base.forward(p, x, torch.tanh)
    groups = p["layers.0.weight"]
    if c["skip"]:
        out = out + F.linear(x, p["skip.weight"])
        groups = torch.cat([groups, p["skip.weight"]])
    apart = h.unsqueeze(1) - centers.unsqueeze(0)
    own = h - centers[apart.square().sum(2).argmin(1)]
    distance = own.square().sum(1).mean()
    primary = F.cross_entropy(out, y)
    sparsity = PENALTIES[c["penalty"]](groups, c)
    total = primary + c["alpha"] * sparsity + 0.3 * distance
    return {"primary": primary, "sparsity": sparsity, "distance": distance, "total": total}


def run(c, data, dtype):
    names = [k for k in data["parameters"] if c["skip"] or k != "skip.weight"]
    p = {k: nn.Parameter(data["parameters"][k].to(dtype, copy=True)) for k in names}
    x, y = data["x"].to(dtype), data["labels"]
    centers = data["centers"].to(dtype)
    optimizer = base.optimizer_of(c["optimizer"], list(p.values()))
    losses, gradients = [], None
    for batch in data["batches"][:STEPS]:
        parts = parts_of(c, p, x[batch], y[batch], centers)
        optimizer.zero_grad()
        parts["total"].backward(retain_graph=True)
        if gradients is None:
            gradients = {k: v.grad.clone() for k, v in p.items()}
        losses.append({k: v.item() for k, v in parts.items()})
        if c["penalty"] == "hierarchical":
            optimizer.zero_grad()
            (parts["primary"] + 0.3 * parts["distance"]).backward()
        optimizer.step()
        if c["penalty"] == "hierarchical":
            with torch.no_grad():
                threshold = c["alpha"] * c["optimizer"]["learningRate"]
                beta, theta = hier_prox(p["skip.weight"], p["layers.0.weight"], threshold, c["M"])
                p["skip.weight"].copy_(beta)
                p["layers.0.weight"].copy_(theta)
    return {"losses": losses, "gradients": gradients, "final": {k: v.detach() for k, v in p.items()}}


def main():
    torch.set_num_threads(1)
    data = base.draw(11)
    g = torch.Generator().manual_seed(12)
    data["parameters"]["skip.weight"] = torch.rand((base.SIZES[-1], base.SIZES[0]), generator=g) - 0.5
    cases = []
    for c in CASES:
        reference = run(c, data, torch.float64)
        error = base.float32_error(run(c, data, torch.float32), reference)
        zeros = int((reference["final"]["layers.0.weight"].abs().sum(dim=0) == 0).sum())
        print(f"{c['name']:40s} float32 differs by {error:.1e}, {zeros} inputs removed")
        if error > base.SAFE:
            raise SystemExit(f"{c['name']}: not robust to rounding, choose another seed")
        cases.append({**c, "removed": zeros, "losses": reference["losses"],
                      "gradients": base.as_list(reference["gradients"]),
                      "final": base.as_list(reference["final"])})
    fixture = {
        "torch": torch.__version__.split("+")[0],
        "sizes": base.SIZES,
        "x": data["x"],
        "labels": data["labels"],
        "centers": data["centers"],
        "parameters": base.as_list(data["parameters"]),
        "batches": [b.tolist() for b in data["batches"][:STEPS]],
        "cases": cases,
    }
    path = pathlib.Path(__file__).parent / "fixtures" / "torch-penalties.json"
    path.write_text(json.dumps(base.rounded(fixture), separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
