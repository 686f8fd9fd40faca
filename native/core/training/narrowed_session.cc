#include "narrowed_session.h"

#include <algorithm>
#include <numeric>

#include "../platform/threads.h"

namespace deeptype {
namespace {

// The columns of x (N,D) that are 0 in every row, ascending. Unspecified if stop was requested.
std::vector<std::uint32_t> zeroColumns(ConstMatrixView x, const StopFlag* stop) {
  std::vector<std::uint32_t> columns(x.columns);
  std::iota(columns.begin(), columns.end(), 0u);
  for (std::size_t i = 0; i < x.rows && !columns.empty() && !(stop && stop->isSet()); ++i)
    std::erase_if(columns, [&](std::uint32_t j) { return x(i, j) != 0; });
  return columns;
}

// X[:, columns] in `storage`. Unspecified if stop was requested.
ConstMatrixView gatherColumns(ConstMatrixView x, std::span<const std::uint32_t> columns,
                              Buffer<float>& storage, unsigned threads, const StopFlag* stop) {
  constexpr std::size_t worthwhile = 1 << 16;  // numbers for a thread to copy
  storage.resize(x.rows * columns.size());
  const std::size_t parts =
      std::clamp<std::size_t>(storage.size() / worthwhile, 1, std::max<std::size_t>(x.rows, 1));
  parallelFor(parts, threads, [&](std::size_t part) {
    if (stop && stop->isSet()) return;
    for (std::size_t i = part * x.rows / parts; i < (part + 1) * x.rows / parts; ++i)
      for (std::size_t k = 0; k < columns.size(); ++k)
        storage[i * columns.size() + k] = x(i, columns[k]);
  });
  return std::as_const(storage).view(x.rows, columns.size());
}

}  // namespace

NarrowedSession::NarrowedSession(std::shared_ptr<Network> network, SessionOptions options)
    : network_(std::move(network)), options_(std::move(options)), whole_(network_, options_) {}

NarrowedSession::Narrow::Narrow(const Network& all, std::vector<std::uint32_t> used,
                                const SessionOptions& options)
    : inputs(std::move(used)),
      network(std::make_shared<Network>(all.narrowed(inputs))),
      session(network, options) {}

void NarrowedSession::load(const Dataset& data) {
  whole_.load(data);
  data_ = data;
  heldOut_ = {};
  narrow_.reset();
  isPrepared_ = false;
}

void NarrowedSession::holdOut(const Dataset& data) {
  whole_.holdOut(data);
  heldOut_ = data;
  if (narrow_) narrowHeldOut(*narrow_);
}

// The session of the table that is loaded, or where the flag cut that short one that will stop.
CpuSession& NarrowedSession::prepared(const StopFlag* stop) {
  if (!isPrepared_ && rows() > 0) prepare(stop);
  return current();
}

void NarrowedSession::prepare(const StopFlag* stop) {
  const std::vector<std::uint32_t> unused = zeroColumns(data_.x, stop);
  const auto isCut = [stop] { return stop && stop->isSet(); };
  if (isCut()) return;
  if (!unused.empty()) {
    for (const std::uint32_t j : unused) std::ranges::fill(network_->groups().rowSpan(j), 0.0f);
    std::vector<std::uint32_t> all(data_.x.columns), used;
    std::iota(all.begin(), all.end(), 0u);
    std::ranges::set_difference(all, unused, std::back_inserter(used));
    if (used.empty()) used.push_back(0);  // a layer has at least one input
    auto narrow = std::make_unique<Narrow>(*network_, std::move(used), options_);
    const ConstMatrixView x =
        gatherColumns(data_.x, narrow->inputs, narrow->x, options_.threads, stop);
    if (isCut()) return;
    narrow->session.load({x, data_.targets});
    if (heldOut_.x.data) narrowHeldOut(*narrow);
    narrow_ = std::move(narrow);
  }
  isPrepared_ = true;
}

void NarrowedSession::narrowHeldOut(Narrow& narrow) const {
  const ConstMatrixView x =
      gatherColumns(heldOut_.x, narrow.inputs, narrow.heldOutX, options_.threads, nullptr);
  narrow.session.holdOut({x, heldOut_.targets});
}

// Brings the network of all inputs up to date.
void NarrowedSession::writeBack() {
  if (narrow_) network_->setInputs(narrow_->inputs, *narrow_->network);
}

// ---- on the table

void NarrowedSession::state(SessionState& into) { prepared(nullptr).state(into); }

bool NarrowedSession::setState(const SessionState& state) {
  const bool fits = prepared(nullptr).setState(state);
  writeBack();
  return fits;
}

EpochOutcome NarrowedSession::epoch(const EpochPlan& plan, const Watch& watch) {
  const EpochOutcome outcome = prepared(&watch.stop).epoch(plan, watch);
  writeBack();
  return outcome;
}

SettleOutcome NarrowedSession::settle(const SettlePlan& plan, const Watch& watch) {
  const SettleOutcome outcome = prepared(&watch.stop).settle(plan, watch);
  writeBack();
  return outcome;
}

void NarrowedSession::restart(double scale, const StopFlag& stop) {
  prepared(&stop).restart(scale, stop);
  writeBack();
}

ClusterOutcome NarrowedSession::cluster(const ClusterPlan& plan, const Watch& watch) {
  return prepared(&watch.stop).cluster(plan, watch);
}

void NarrowedSession::represent(MatrixView out, const StopFlag& stop) {
  prepared(&stop).represent(out, stop);
}

void NarrowedSession::setClusters(ConstMatrixView centroids, std::span<const std::int32_t> labels) {
  prepared(nullptr).setClusters(centroids, labels);
}

std::uint64_t NarrowedSession::relabel(const StopFlag& stop) {
  return prepared(&stop).relabel(stop);
}

double NarrowedSession::separation(const StopFlag& stop) {
  return prepared(&stop).separation(stop);
}

double NarrowedSession::alphaMax(const StopFlag& stop) { return prepared(&stop).alphaMax(stop); }

double NarrowedSession::kktResidual(bool joint, double alpha, double beta, const StopFlag& stop) {
  return prepared(&stop).kktResidual(joint, alpha, beta, stop);
}

LossParts NarrowedSession::validate(bool joint, const StopFlag& stop) {
  return prepared(&stop).validate(joint, stop);
}

std::span<const std::int32_t> NarrowedSession::labelHeldOut(const StopFlag& stop) {
  return prepared(&stop).labelHeldOut(stop);
}

// ---- on rows of the caller's

LossParts NarrowedSession::losses(const Dataset& batch, ConstMatrixView centroids) {
  return whole_.losses(batch, centroids);
}

LossParts NarrowedSession::gradients(const Dataset& batch, ConstMatrixView centroids, double alpha,
                                     double beta, Buffer<float>& gradient) {
  return whole_.gradients(batch, centroids, alpha, beta, gradient);
}

StepOutcome NarrowedSession::step(const Dataset& batch, ConstMatrixView centroids,
                                  const EpochPlan& plan) {
  const StepOutcome outcome = whole_.step(batch, centroids, plan);
  if (narrow_) {
    narrow_->network->parameters().copyFrom(
        network_->narrowed(narrow_->inputs).parameters().span());
    narrow_->session.networkChanged();
  }
  return outcome;
}

}  // namespace deeptype
