// Tables, parameters and their slots.
#include "cpu_backend.h"

#include <algorithm>

#include "../../platform/threads.h"

namespace deeptype {

CpuBackend::CpuBackend(std::shared_ptr<Network> network, const BackendOptions& options,
                       Communicator& comm)
    : options_(options),
      comm_(comm),
      terms_(options_),
      all_(std::move(network), terms_, options_),
      selection_(all_, terms_, options_),
      pace_(options_.threads, all_.network->layout().isSmall()) {}

// ---- tables

void CpuBackend::writeTable(TableId table, const Dataset& data) {
  switch (table) {
    case TableId::training: all_.data = data; break;
    case TableId::heldOut: heldOut_ = data; break;
    case TableId::given: given_ = data; break;
  }
  writeClusters(table, {});
}

void CpuBackend::writeClusters(TableId table, const Clusters& clusters) {
  TableClusters& kept = clusters_[static_cast<std::size_t>(table)];
  kept.count = clusters.centroids.rows;
  kept.centroids.copyFrom({clusters.centroids.data, clusters.centroids.size()});
  kept.labels.assign(clusters.labels.begin(), clusters.labels.end());
}

Clusters CpuBackend::clustersOf(TableId table) const {
  const TableClusters& kept = clusters_[static_cast<std::size_t>(table)];
  return {kept.centroids.view(kept.count, width()), kept.labels};
}

const Dataset& CpuBackend::dataOf(TableId table) {
  if (table == TableId::training) return selection_.withTable().data;
  return table == TableId::heldOut ? heldOut_ : given_;
}

Problem& CpuBackend::problemOf(TableId table) {
  return table == TableId::training ? selection_.withTable() : all_;
}

// ---- parameters

void CpuBackend::writeParameters() {
  releaseTrialSlots();
  selection_.selectAll();
  all_.stepper.forgetSparsity();
}

void CpuBackend::selectInputs(std::span<const std::uint32_t> inputs) {
  releaseTrialSlots();
  selection_.writeBack();
  selection_.select(inputs);
}

std::vector<std::uint32_t> CpuBackend::liveInputs() {
  const Network& network = *selection_.current().network;
  std::vector<std::uint32_t> live;
  for (std::size_t k = 0; k < network.layout().inputs(); ++k)
    if (network.isSelected(k))
      live.push_back(selection_.isWhole() ? static_cast<std::uint32_t>(k) : selection_.inputs()[k]);
  return live;
}

Network& CpuBackend::network(Slot slot) {
  if (slot == Slot::point) return *point_;
  if (slot == Slot::trial) return *trial_;
  return *selection_.current().network;
}

void CpuBackend::copyParameters(Slot to, Slot from) {
  if (to == Slot::backup) return saveBackup();
  if (to == Slot::current) {
    const Buffer<float>& source = from == Slot::backup ? backup_ : network(from).parameters();
    network(to).parameters().copyFrom(source.span());
    selection_.current().stepper.forgetSparsity();
    return;
  }
  std::optional<Network>& slot = to == Slot::point ? point_ : trial_;
  if (slot)
    slot->parameters().copyFrom(std::as_const(network(from)).parameters().span());
  else
    slot.emplace(network(from).copy());
}

// Its memory is kept from epoch to epoch, and given back to what fills a gradient of the table.
void CpuBackend::saveBackup() {
  constexpr std::size_t run = 1 << 16;
  Problem& problem = selection_.current();
  problem.stepper.forgetSparsity();
  problem.forgetGradient();
  const auto weights = std::as_const(*problem.network).parameters().span();
  backup_.resize(weights.size());
  const std::size_t runs = (weights.size() + run - 1) / run;
  parallelFor(runs, runs >= 8 ? options_.threads : 1, [&](std::size_t i) {
    const auto part = weights.subspan(i * run, std::min(run, weights.size() - i * run));
    std::copy(part.begin(), part.end(), backup_.data() + i * run);
  });
}

void CpuBackend::dropBackup() {
  backup_.clear();
  backup_.resize(0);
}

void CpuBackend::releaseTrialSlots() {
  point_.reset();
  trial_.reset();
  proximal_.reset();
}

ProximalLayer& CpuBackend::proximal() {
  if (!proximal_)
    proximal_.emplace(*terms_.penalty, options_.constraint, all_.network->layout().out(0));
  return *proximal_;
}

// The first parameters are the groups.
std::size_t CpuBackend::movedParameters(bool firstLayerOnly) const {
  const Network& network = *selection_.current().network;
  return firstLayerOnly ? network.groups().size() : network.layout().size();
}

}  // namespace deeptype
