"""The schedule of torch-deeptype 0.1.2 in PyTorch and scikit-learn, written by us.

Phase 1: Adam on primary + alpha * sparsity. Phase 2, a new Adam: K-means (random_state=0,
n_init="auto") on each batch's representation, then `stepsPerBatch` steps with those centres fixed.
At the end K-means on the representation of all rows, for the labels.

`asPublished` keeps the habits of the original that cost time: the distance term runs the hidden
layers a second time, centres travel as a list of one tensor per sample, batches come from a
DataLoader and every step reads its losses. Without it the same arithmetic is done in the cheapest
plain way: one forward, batches by index.

Request: { x, y, rows, columns, classes, hidden, clusters, batchSize, alpha, beta, seed, threads,
pretrain: { epochs, learningRate }, joint: { epochs, learningRate, stepsPerBatch }, asPublished }
"""

import time

from protocol import serve


def load():
    import numpy as np
    import sklearn
    import torch
    from sklearn.cluster import KMeans
    from torch import nn
    from torch.nn import functional as F
    from torch.utils.data import DataLoader, TensorDataset

    class Net(nn.Module):
        def __init__(self, widths, classes):
            super().__init__()
            self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
            self.output = nn.Linear(widths[-1], classes)

        def represent(self, x):
            for layer in self.hidden:
                x = torch.relu(layer(x))
            return x

        def forward(self, x):
            return self.output(self.represent(x))

    class Schedule:
        def __init__(self, request, x, y):
            self.r, self.x, self.y = request, x, y
            torch.manual_seed(request["seed"])
            widths = [request["columns"], *request["hidden"]]
            self.net = Net(widths, request["classes"])
            self.steps = self.clusterings = 0
            self.kmeans_seconds = 0.0
            self.totals = [0.0, 0.0, 0.0]

        def batches(self):
            size = self.r["batchSize"]
            if self.r["asPublished"]:
                yield from DataLoader(TensorDataset(self.x, self.y), batch_size=size, shuffle=True)
            else:
                for rows in torch.randperm(len(self.x)).split(size):
                    yield self.x[rows], self.y[rows]

        def sparsity(self):
            return torch.norm(self.net.hidden[0].weight, p=2, dim=0).sum()

        def cluster(self, representation):
            began = time.perf_counter()
            model = KMeans(self.r["clusters"], random_state=0, n_init="auto").fit(representation.numpy())
            self.kmeans_seconds += time.perf_counter() - began
            self.clusterings += 1
            return model

        def centers_of(self, x):
            with torch.no_grad():
                representation = self.net.represent(x)
            model = self.cluster(representation)
            if self.r["asPublished"]:
                return [torch.from_numpy(model.cluster_centers_[k]).type(torch.float32)
                        for k in model.labels_]
            return torch.from_numpy(model.cluster_centers_[model.labels_])

        def step(self, optimizer, x, y, centers=None):
            optimizer.zero_grad()
            h = self.net.represent(x)
            parts = [F.cross_entropy(self.net.output(h), y), self.sparsity()]
            loss = parts[0] + self.r["alpha"] * parts[1]
            if centers is not None:
                if self.r["asPublished"]:
                    h, centers = self.net.represent(x), torch.stack(centers, dim=0)
                parts.append(torch.norm(h - centers, p=2, dim=1).mean())
                loss = loss + self.r["beta"] * parts[2]
            loss.backward()
            optimizer.step()
            if self.r["asPublished"]:
                self.totals = [total + part.item() for total, part in zip(self.totals, parts)]
            self.steps += 1

        def run(self):
            pretrain, joint = self.r["pretrain"], self.r["joint"]
            optimizer = torch.optim.Adam(self.net.parameters(), lr=pretrain["learningRate"])
            for _ in range(pretrain["epochs"]):
                for x, y in self.batches():
                    self.step(optimizer, x, y)
            optimizer = torch.optim.Adam(self.net.parameters(), lr=joint["learningRate"])
            for _ in range(joint["epochs"]):
                for x, y in self.batches():
                    centers = self.centers_of(x)
                    for _ in range(joint["stepsPerBatch"]):
                        self.step(optimizer, x, y, centers)
            with torch.no_grad():
                self.labels = self.cluster(self.net.represent(self.x)).labels_

        def facts(self):
            with torch.no_grad():
                accuracy = (self.net(self.x).argmax(1) == self.y).double().mean().item()
            # The last clustering only labels the rows; it belongs to no training step.
            return {"steps": self.steps, "clusterings": self.clusterings - 1,
                    "accuracy": accuracy, "kmeansSeconds": self.kmeans_seconds}

    files = {}

    def read(path, dtype, shape):
        if path not in files:
            files[path] = np.fromfile(path, dtype=dtype).reshape(shape)
        return torch.from_numpy(files[path])

    def handle(request):
        torch.set_num_threads(request["threads"])
        x = read(request["x"], np.float32, (request["rows"], request["columns"]))
        y = read(request["y"], np.int32, (request["rows"],)).long()
        schedule = Schedule(request, x, y)
        began = time.perf_counter()
        schedule.run()
        seconds = time.perf_counter() - began
        return {"seconds": seconds, "facts": schedule.facts(), "labels": schedule.labels.tolist()}

    versions = {"torch": torch.__version__.split("+")[0], "scikit-learn": sklearn.__version__}
    return versions, handle


if __name__ == "__main__":
    serve(load)
