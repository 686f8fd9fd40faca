"""Writes fixtures/torch-trajectory.json: what PyTorch does with the torch-deeptype objective.

    python3 test/parity/torch_trajectory.py        (needs torch)

total = primary + alpha * sum_j |W1[:, j]|_2 + beta * mean_i d(h_i, nearest fixed centroid)

Inputs, initial parameters and centroids are float32 numbers, so the JSON (9 significant digits)
carries them exactly; the reference trajectory is computed from them in float64. The same trajectory
in float32 is run beside it, and a case whose two trajectories differ by more than SAFE is refused:
it would test the luck of the rounding, not the arithmetic. What a float32 run differs by is kept in
the JSON as `float32Error`.
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

SIZES = [10, 12, 9, 5, 3]
SAMPLES, BATCH, STEPS, CLUSTERS = 64, 16, 50, 4
SAFE = 2e-5
LAYERS = len(SIZES) - 1

ACTIVATIONS = {
    "relu": torch.relu,
    "leaky-relu": lambda x: F.leaky_relu(x, 0.01),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": F.gelu,
    "identity": lambda x: x,
}
LOSSES = {
    "cross-entropy": F.cross_entropy,
    "bce": F.binary_cross_entropy_with_logits,
    "mse": F.mse_loss,
    "mae": F.l1_loss,
    "huber": F.huber_loss,
}
CLASS_WEIGHTS = [0.5, 3.0, 1.25]
# Rows of a batch that belong together, and how surely.
PAIRS = [(0, 3, 1.0), (5, 2, 2.0), (7, 15, 0.5), (8, 9, 1.0), (3, 11, 3.0), (1, 14, 1.0), (6, 10, 0.25)]
ADAM = {"name": "adam", "learningRate": 1e-3}
NESTEROV = {"name": "sgd", "learningRate": 0.05, "momentum": 0.9, "nesterov": True}


def case(name, steps=10, loss="cross-entropy", activation="relu", metric="euclidean",
         alpha=0.01, beta=0.5, optimizer=ADAM, weighted=None, gamma=0, clip=None):
    """`weighted`: by "sample" or by "class"; `gamma`: how much the pairs count; `clip`: the norm that
    the gradient of the total is clipped to."""
    return dict(name=name, steps=steps, loss=loss, activation=activation, metric=metric,
                alpha=alpha, beta=beta, optimizer=optimizer, weighted=weighted, gamma=gamma, clip=clip)


CASES = [
    case("torch-deeptype", STEPS),
    case("squared distance, SGD with Nesterov momentum", STEPS, metric="squared-euclidean",
         optimizer=NESTEROV),
    case("SGD without momentum", optimizer={"name": "sgd", "learningRate": 0.1}),
    case("SGD with momentum", optimizer={"name": "sgd", "learningRate": 0.05, "momentum": 0.9}),
    *[case(f"activation {a}", activation=a) for a in ACTIVATIONS if a != "relu"],
    *[case(f"loss {name}", loss=name, activation="tanh") for name in LOSSES if name != "cross-entropy"],
    *[case(f"sample weights, loss {name}", loss=name, activation="tanh", weighted="sample") for name in LOSSES],
    case("class weights", activation="tanh", weighted="class"),
    *[case(f"knowledge graph on {name}", loss=name, activation="tanh", gamma=0.7) for name in ("cross-entropy", "mse")],
    case("knowledge graph on a weighted loss", activation="tanh", weighted="sample", gamma=2),
    case("clipped gradient, Adam", STEPS, clip=1.0),
    case("clipped gradient, SGD with Nesterov momentum", STEPS, metric="squared-euclidean",
         optimizer=NESTEROV, clip=0.5),
    case("clipped gradient, strong penalty", alpha=0.5, clip=1.0, optimizer={"name": "sgd", "learningRate": 0.1}),
]


def draw(seed):
    """Everything the cases share; all floats are float32 values."""
    g = torch.Generator().manual_seed(seed)
    parameters = {}
    for l in range(LAYERS):
        bound = (3.0 / SIZES[l]) ** 0.5
        shape = (SIZES[l + 1], SIZES[l])
        parameters[f"layers.{l}.weight"] = (torch.rand(shape, generator=g) * 2 - 1) * bound
        parameters[f"layers.{l}.bias"] = (torch.rand(shape[0], generator=g) * 2 - 1) * 0.2
    labels = torch.randint(0, SIZES[-1], (SAMPLES,), generator=g)
    means = torch.randn(SIZES[-1], SIZES[0], generator=g)
    batches = []
    while len(batches) < STEPS:
        batches += torch.randperm(SAMPLES, generator=g).split(BATCH)
    return {
        "x": means[labels] + torch.randn(SAMPLES, SIZES[0], generator=g),
        "labels": labels,
        "bits": torch.randint(0, 2, (SAMPLES, SIZES[-1]), generator=g).float(),
        "values": torch.randn(SAMPLES, SIZES[-1], generator=g) * 1.5,
        "centers": torch.rand(CLUSTERS, SIZES[-2], generator=g) * 1.5 - 0.25,
        "parameters": parameters,
        "batches": batches[:STEPS],
        "weights": torch.rand(SAMPLES, generator=g) * 4,
    }


def targets_of(loss, data, dtype):
    if loss == "cross-entropy":
        return data["labels"]
    return data["bits" if loss == "bce" else "values"].to(dtype)


def forward(p, x, activation):
    h = x
    for l in range(LAYERS - 1):
        h = activation(F.linear(h, p[f"layers.{l}.weight"], p[f"layers.{l}.bias"]))
    out = F.linear(h, p[f"layers.{LAYERS - 1}.weight"], p[f"layers.{LAYERS - 1}.bias"])
    return h, out


def primary_of(c, out, y, weights):
    loss = LOSSES[c["loss"]]
    if c["weighted"] == "class":
        primary = loss(out, y, weight=torch.tensor(CLASS_WEIGHTS, dtype=out.dtype))
    elif c["weighted"] == "sample":
        each = loss(out, y, reduction="none")
        each = each if each.dim() == 1 else each.mean(1)
        primary = (weights * each).sum() / weights.sum()
    else:
        primary = loss(out, y)
    if c["gamma"] == 0:
        return primary
    i, j, w = zip(*PAIRS)
    w = torch.tensor(w, dtype=out.dtype)
    apart = 1 - F.cosine_similarity(out[list(i)], out[list(j)])
    return primary + c["gamma"] * (w * apart).sum() / w.sum()


def parts_of(c, p, x, y, weights, centers):
    h, out = forward(p, x, ACTIVATIONS[c["activation"]])
    apart = h.unsqueeze(1) - centers.unsqueeze(0)
    nearest = apart.square().sum(2).argmin(1)
    own = h - centers[nearest]
    squared = c["metric"] == "squared-euclidean"
    distance = (own.square().sum(1) if squared else own.norm(dim=1)).mean()
    primary = primary_of(c, out, y, weights)
    sparsity = p["layers.0.weight"].norm(dim=0).sum()
    total = primary + c["alpha"] * sparsity + c["beta"] * distance
    return {"primary": primary, "sparsity": sparsity, "distance": distance, "total": total}


def optimizer_of(options, parameters):
    rest = {k: v for k, v in options.items() if k not in ("name", "learningRate")}
    kind = torch.optim.Adam if options["name"] == "adam" else torch.optim.SGD
    return kind(parameters, lr=options["learningRate"], **rest)


def run(c, data, dtype):
    p = {k: nn.Parameter(v.to(dtype, copy=True)) for k, v in data["parameters"].items()}
    x, y = data["x"].to(dtype), targets_of(c["loss"], data, dtype)
    centers, weights = data["centers"].to(dtype), data["weights"].to(dtype)
    optimizer = optimizer_of(c["optimizer"], list(p.values()))
    losses, gradients, clipped = [], None, 0
    for batch in data["batches"][: c["steps"]]:
        parts = parts_of(c, p, x[batch], y[batch], weights[batch], centers)
        optimizer.zero_grad()
        parts["total"].backward()
        if gradients is None:
            gradients = {k: v.grad.clone() for k, v in p.items()}
        if c["clip"] is not None:
            clipped += int(nn.utils.clip_grad_norm_(list(p.values()), c["clip"]) > c["clip"])
        optimizer.step()
        losses.append({k: v.item() for k, v in parts.items()})
    return {"losses": losses, "gradients": gradients, "clipped": clipped, "final": {k: v.detach() for k, v in p.items()}}


def float32_error(a, b):
    """Largest relative error of losses, and of weights relative to their tensor's largest."""
    worst = 0.0
    for s, t in zip(a["losses"], b["losses"]):
        worst = max([worst] + [abs(s[k] - t[k]) / abs(t[k]) for k in t])
    for k, w in b["final"].items():
        worst = max(worst, ((a["final"][k].double() - w).abs().max() / w.abs().max()).item())
    return worst


def rounded(value):
    if isinstance(value, torch.Tensor):
        return rounded(value.tolist())
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(v) for v in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def as_list(parameters):
    return [{"name": k, "shape": list(v.shape), "data": v.flatten()} for k, v in parameters.items()]


def main():
    torch.set_num_threads(1)
    data = draw(7)
    cases = []
    for c in CASES:
        reference = run(c, data, torch.float64)
        error = float32_error(run(c, data, torch.float32), reference)
        print(f"{c['name']:46s} float32 differs by {error:.1e}, "
              f"total {reference['losses'][0]['total']:.4f} -> {reference['losses'][-1]['total']:.4f}")
        if c["clip"] is not None:
            print(f"{'':46s} {reference['clipped']} of {c['steps']} steps were clipped")
        if error > SAFE:
            raise SystemExit(f"{c['name']}: not robust to rounding, choose another seed")
        cases.append({**c, "float32Error": error, "losses": reference["losses"],
                      "gradients": as_list(reference["gradients"]),
                      "final": as_list(reference["final"])})
    fixture = {
        "torch": torch.__version__.split("+")[0],
        "reference": "float64",
        "sizes": SIZES,
        "clusters": CLUSTERS,
        "x": data["x"],
        "labels": data["labels"],
        "bits": data["bits"],
        "values": data["values"],
        "centers": data["centers"],
        "weights": data["weights"],
        "classWeights": CLASS_WEIGHTS,
        "pairs": PAIRS,
        "parameters": as_list(data["parameters"]),
        "batches": [b.tolist() for b in data["batches"]],
        "cases": cases,
    }
    path = pathlib.Path(__file__).parent / "fixtures" / "torch-trajectory.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(rounded(fixture), separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
