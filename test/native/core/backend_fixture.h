#pragma once
// A small problem on any backend, for the contract that all of them keep.
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "backends/registry.h"
#include "comm/single.h"
#include "math/random.h"
#include "reference/reference_backend.h"

namespace deeptype::contract {

constexpr std::size_t kRows = 60, kInputs = 8, kOutputs = 3, kWidth = 4, kClusters = 3;

// Three blobs, of which the first inputs tell them apart; the classes are the blobs.
struct Table {
  explicit Table(std::uint64_t seed = 1) : x(kRows * kInputs) {
    Random random(seed, 0);
    for (std::size_t i = 0; i < kRows; ++i) {
      classes.push_back(static_cast<std::int32_t>(i % kClusters));
      weights.push_back(i % 2 == 0 ? 1.5f : 0.5f);
      for (std::size_t j = 0; j < kInputs; ++j)
        x[i * kInputs + j] =
            static_cast<float>(0.3 * random.normal() + (j < 4 && j % kClusters == i % kClusters));
    }
  }
  Dataset data() const {
    Dataset result{x.view(kRows, kInputs), {}};
    result.targets.classes = classes;
    result.targets.weights = weights;
    return result;
  }
  Buffer<float> x;
  std::vector<std::int32_t> classes;
  std::vector<float> weights;
};

inline BackendOptions options() {
  BackendOptions made;
  made.loss = "cross-entropy";
  made.penalty = "group-lasso";
  made.distance = "squared-euclidean";
  made.optimizer = "adam";
  made.threads = 2;
  return made;
}

inline std::shared_ptr<Network> newNetwork(bool hasSkip = false) {
  return std::make_shared<Network>(std::vector<std::size_t>{kInputs, 6, kWidth, kOutputs},
                                   *findActivation("tanh"), Initialization{0, 5}, hasSkip);
}

struct Subject {
  explicit Subject(MakeBackend make, const BackendOptions& given = options(), bool hasSkip = false)
      : network(newNetwork(hasSkip)), backend(make(network, given, comm)) {
    backend->writeTable(TableId::training, table.data());
    backend->writeTable(TableId::heldOut, heldOut.data());
    Random random(9, 0);
    for (float& c : centroids) c = static_cast<float>(0.5 * random.normal());
    backend->writeClusters(TableId::training, clusters());
    backend->writeClusters(TableId::heldOut, clusters());
  }
  Clusters clusters() const { return {{centroids.data(), kClusters, kWidth}, table.classes}; }
  Backend* operator->() const { return backend.get(); }
  // Parameters of a slot, of which it changes the host's copy and `current`.
  std::vector<float> parameters(Slot slot = Slot::current) const {
    if (slot != Slot::current) backend->copyParameters(Slot::current, slot);
    backend->readParameters();
    const auto p = std::as_const(*network).parameters().span();
    return {p.begin(), p.end()};
  }
  std::vector<float> gradient() const {
    Buffer<float> g;
    backend->readGradient(g);
    return {g.begin(), g.end()};
  }
  // Three mini-batches of all rows, in order.
  StepTotals step(StepRun run, double alpha, unsigned epochs = 1) const {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < kRows; ++i) rows.push_back(i * 7 % kRows);
    const std::vector<double> alphas(3 * run.stepsPerBatch, alpha);
    run.rows = rows;
    run.batchSize = kRows / 3;
    run.alphas = alphas;
    StepTotals totals;
    for (unsigned k = 0; k < epochs; ++k) backend->steps(run, totals);
    return totals;
  }

  Table table{1}, heldOut{2};
  std::vector<float> centroids = std::vector<float>(kClusters * kWidth);
  std::shared_ptr<Network> network;
  SingleProcess comm;
  std::unique_ptr<Backend> backend;
};

inline std::array<MakeBackend, 2> backends() {
  return {findBackend("cpu"), reference::ReferenceBackend::make};
}

inline bool isNear(double a, double b, double tolerance = 1e-4) {
  return std::abs(a - b) <= tolerance * (1 + std::abs(b));
}
template <class T>
bool areNear(const std::vector<T>& a, const std::vector<T>& b, double tolerance = 1e-4) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!isNear(a[i], b[i], tolerance)) return false;
  return true;
}
inline bool areNear(const LossParts& a, const LossParts& b, double tolerance = 1e-4) {
  return isNear(a.primary, b.primary, tolerance) && isNear(a.sparsity, b.sparsity, tolerance) &&
         isNear(a.distance, b.distance, tolerance);
}

}  // namespace deeptype::contract
