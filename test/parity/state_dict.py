"""Writes fixtures/safetensors.json: files that the safetensors package wrote, and what is in them;
state dicts of PyTorch with what the networks compute.

    pip install torch==2.13.* safetensors==0.8.* numpy && python test/parity/state_dict.py
"""
import base64
import json
from pathlib import Path

import safetensors.torch
import torch
from torch import nn

torch.manual_seed(8)

TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "U64": torch.uint64, "I32": torch.int32, "U32": torch.uint32,
    "I16": torch.int16, "U16": torch.uint16, "I8": torch.int8, "U8": torch.uint8,
    "BOOL": torch.bool,
}
SIGNED = [-2.0, -1.0, -0.0, 0.0, 1.0, 2.0, 100.0]
EXTREMES = {
    "F16": [65504.0, 6e-8, 6.1e-5, 0.333251953125, -1.5],
    "BF16": [3.3895e38, 1e-40, 0.333984375, -1.5],
    "F32": [3.4028234663852886e38, 1e-45, 0.1],
    "F64": [1.7976931348623157e308, 5e-324, 0.1],
    "I64": [2**63 - 1, -(2**63)], "U64": [2**63 - 1], "I32": [2**31 - 1, -(2**31)],
}


def base(data):
    return base64.b64encode(data).decode()


def values(tensor):
    if tensor.dtype.is_floating_point:
        return [repr(x) for x in tensor.double().flatten().tolist()]
    return [str(int(x)) for x in tensor.flatten().tolist()]


def tensor(name, dtype):
    numbers = [x for x in SIGNED if x >= 0 or name[0] in "FBI" and name != "BOOL"]
    if dtype.is_floating_point or name not in EXTREMES:
        numbers = numbers + EXTREMES.get(name, [])
        return torch.tensor(numbers, dtype=torch.float64).to(dtype)
    return torch.tensor([int(x) for x in numbers] + EXTREMES[name], dtype=dtype)


tensors = {name: tensor(name, dtype) for name, dtype in TYPES.items()}
tensors["matrix"] = torch.arange(6, dtype=torch.float32).reshape(2, 3)
tensors["scalar"] = torch.tensor(2.5)
tensors["empty"] = torch.zeros(0, 4)
types = {
    "file": base(safetensors.torch.save(tensors, {"written by": "safetensors", "é": "ü"})),
    "tensors": {k: {"shape": list(t.shape), "values": values(t)} for k, t in tensors.items()},
}


class Layers(nn.Module):
    """As torch-deeptype names its layers."""

    def __init__(self, widths, activation):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
        self.activation = activation

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)


class Named(nn.Module):
    """Layers with names of their own, and more of them than digits sort rightly as text."""

    def __init__(self, widths, activation):
        super().__init__()
        self.net = nn.Sequential()
        for i, (a, b) in enumerate(zip(widths, widths[1:])):
            self.net.add_module(f"fc{i + 1}", nn.Linear(a, b))
            if i < len(widths) - 2:
                self.net.add_module(f"act{i + 1}", activation)

    def forward(self, x):
        return self.net(x)


def sequential(widths, activation):
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Linear(a, b), activation]
    return nn.Sequential(*layers[:-1])


def network(make, activation, name, widths, dtype=torch.float32):
    model = make(widths, activation).to(dtype)
    x = torch.randn(5, widths[0])
    with torch.no_grad():
        outputs = model.double()(x.double())  # of the weights as they are in the file, in float64
    model.to(dtype)
    return {
        "activation": name, "hidden": widths[1:-1],
        "names": list(model.state_dict()),
        "file": base(safetensors.torch.save(model.state_dict())),
        "X": x.tolist(), "outputs": outputs.tolist(),
    }


networks = [
    network(Layers, nn.ReLU(), "relu", [6, 5, 4, 3]),
    network(sequential, nn.Tanh(), "tanh", [6, 5, 4, 3]),
    network(sequential, nn.GELU(), "gelu", [4] * 13 + [2]),
    network(Named, nn.Sigmoid(), "sigmoid", [4] * 12 + [2]),
    network(sequential, nn.LeakyReLU(0.01), "leaky-relu", [7, 5, 2], torch.float16),
    network(sequential, nn.ReLU(), "relu", [7, 5, 2], torch.bfloat16),
    network(sequential, nn.Identity(), "identity", [7, 5, 2], torch.float64),
]
fixture = {
    "versions": {"torch": torch.__version__, "safetensors": safetensors.__version__},
    "types": types,
    "networks": networks,
}
path = Path(__file__).parent / "fixtures" / "safetensors.json"
path.write_text(json.dumps(fixture) + "\n")
