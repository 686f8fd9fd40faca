#include "reference_backend.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "first_layer/proximal_layer.h"
#include "first_layer/stationarity.h"
#include "math/orthonormal.h"
#include "platform/stop.h"

namespace deeptype::reference {

namespace {

double squaredDistance(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t r = 0; r < a.size(); ++r) sum += (a[r] - b[r]) * (a[r] - b[r]);
  return sum;
}

std::vector<std::int32_t> nearest(const Matrix& h, const Matrix& centroids) {
  std::vector<std::int32_t> labels(h.rows, 0);
  for (std::size_t i = 0; i < h.rows; ++i)
    for (std::size_t k = 1; k < centroids.rows; ++k)
      if (squaredDistance(h.row(i), centroids.row(k)) <
          squaredDistance(h.row(i), centroids.row(static_cast<std::size_t>(labels[i]))))
        labels[i] = static_cast<std::int32_t>(k);
  return labels;
}

// sum_i |h_i - c_label(i)|^2
double inertiaOf(const Matrix& h, const Matrix& centroids, std::span<const std::int32_t> labels) {
  double sum = 0;
  for (std::size_t i = 0; i < h.rows; ++i)
    sum += squaredDistance(h.row(i), centroids.row(static_cast<std::size_t>(labels[i])));
  return sum;
}

// The mean of the rows of each cluster; a cluster without rows stays where it is.
void moveToMeans(const Matrix& h, std::span<const std::int32_t> labels, Matrix& centroids) {
  Matrix sums(centroids.rows, h.columns);
  std::vector<double> counts(centroids.rows, 0.0);
  for (std::size_t i = 0; i < h.rows; ++i) {
    const auto k = static_cast<std::size_t>(labels[i]);
    ++counts[k];
    for (std::size_t r = 0; r < h.columns; ++r) sums(k, r) += h(i, r);
  }
  for (std::size_t k = 0; k < centroids.rows; ++k)
    for (std::size_t r = 0; r < h.columns && counts[k] > 0; ++r)
      centroids(k, r) = sums(k, r) / counts[k];
}

// Rows of h, each the farthest from those before.
Matrix spreadRows(const Matrix& h, std::size_t count) {
  Matrix chosen(count, h.columns);
  std::vector<double> apart(h.rows, HUGE_VAL);
  for (std::size_t k = 0; k < count; ++k) {
    const auto at = std::max_element(apart.begin(), apart.end()) - apart.begin();
    const auto row = h.row(static_cast<std::size_t>(at));
    for (std::size_t r = 0; r < h.columns; ++r) chosen(k, r) = row[r];
    for (std::size_t i = 0; i < h.rows; ++i)
      apart[i] = std::min(apart[i], squaredDistance(h.row(i), row));
  }
  return chosen;
}

}  // namespace

ReferenceBackend::ReferenceBackend(std::shared_ptr<Network> network, const BackendOptions& options,
                                   Communicator&)
    : host_(std::move(network)),
      options_(options),
      terms_(options_),
      layout_(host_->layout()),
      gradient_(layout_.size()) {
  resetMoments();
  writeParameters();
}

// ---- tables

void ReferenceBackend::writeTable(TableId id, const Dataset& data) { table(id) = {data, {}, {}}; }

void ReferenceBackend::writeClusters(TableId id, const Clusters& clusters) {
  const ConstMatrixView c = clusters.centroids;
  table(id).centroids = std::vector<float>(c.data, c.data + c.size());
  table(id).labels.assign(clusters.labels.begin(), clusters.labels.end());
}

Clusters ReferenceBackend::clustersOf(TableId id) const {
  const Table& of = tables_[static_cast<std::size_t>(id)];
  return {{of.centroids.data(), of.centroids.size() / width(), width()}, of.labels};
}

// ---- parameters and moments

void ReferenceBackend::writeParameters() {
  const auto p = std::as_const(*host_).parameters().span();
  slot(Slot::current).assign(p.begin(), p.end());
  if (!isWhole_) moments_ = whole_;
  isWhole_ = true;
  isSelected_.assign(layout_.inputs(), true);
}

void ReferenceBackend::readParameters() {
  const Vector& p = slot(Slot::current);
  std::copy(p.begin(), p.end(), host_->parameters().data());
}

void ReferenceBackend::selectInputs(std::span<const std::uint32_t> inputs) {
  if (isWhole_) whole_ = moments_;
  isWhole_ = false;
  const std::vector<bool> before = isSelected_;
  isSelected_.assign(layout_.inputs(), false);
  for (const std::uint32_t j : inputs) isSelected_[j] = true;
  for (std::size_t j = 0; j < layout_.inputs(); ++j) {
    if (!isSelected_[j]) std::ranges::fill(group(slot(Slot::current), j), 0.0);
    if (isSelected_[j] && before[j]) continue;
    std::ranges::fill(group(moments_.first, j), 0.0);
    std::ranges::fill(group(moments_.second, j), 0.0);
    moments_.group[j] = 0;
  }
}

std::vector<std::uint32_t> ReferenceBackend::liveInputs() {
  std::vector<std::uint32_t> live;
  for (std::size_t j = 0; j < layout_.inputs(); ++j)
    if (std::ranges::any_of(group(slot(Slot::current), j), [](double w) { return w != 0; }))
      live.push_back(static_cast<std::uint32_t>(j));
  return live;
}

void ReferenceBackend::resetMoments() {
  moments_ = {Vector(layout_.size()), Vector(layout_.size()), Vector(layout_.inputs()), 0};
}

template <class Visit>
std::size_t ReferenceBackend::forSelected(Visit visit) const {
  std::size_t at = 0;
  for (std::size_t j = 0; j < layout_.inputs(); ++j)
    for (std::size_t o = 0; o < groupWidth() && isSelected_[j]; ++o)
      visit(at++, j * groupWidth() + o);
  at = (at + 15) / 16 * 16;
  for (std::size_t i = layout_.biasOffset(0); i < layout_.size(); ++i) visit(at++, i);
  return at;
}

void ReferenceBackend::readOptimizer(OptimizerState& into) {
  const std::size_t size = forSelected([](std::size_t, std::size_t) {});
  into.firstMoments.assign(size, 0.0f);
  into.secondMoments.assign(size, 0.0f);
  forSelected([&](std::size_t to, std::size_t from) {
    into.firstMoments[to] = static_cast<float>(moments_.first[from]);
    into.secondMoments[to] = static_cast<float>(moments_.second[from]);
  });
  into.groupMoments.clear();
  for (std::size_t j = 0; j < layout_.inputs(); ++j)
    if (isSelected_[j]) into.groupMoments.push_back(static_cast<float>(moments_.group[j]));
  into.steps = moments_.steps;
}

void ReferenceBackend::writeOptimizer(const OptimizerState& state) {
  resetMoments();
  forSelected([&](std::size_t from, std::size_t to) {
    moments_.first[to] = state.firstMoments[from];
    moments_.second[to] = state.secondMoments[from];
  });
  for (std::size_t j = 0, at = 0; j < layout_.inputs(); ++j)
    if (isSelected_[j]) moments_.group[j] = state.groupMoments[at++];
  moments_.steps = state.steps;
}

// ---- the objective (training/objective.h)

LossParts ReferenceBackend::objective(const Vector& p, const Dataset& data,
                                      const Clusters* clusters, double beta,
                                      const Activation& activation, Vector* gradient) {
  const Pass pass = forwardPass(layout_, p, data.x, activation);
  const std::size_t n = data.x.rows, c = layout_.outputs();
  LossParts parts;
  const Buffer<float> o = toFloat(pass.outputs().values);
  const Buffer<float> h = toFloat(pass.representation().values);
  Buffer<float> byO(o.size()), byH(h.size(), 0.0f);
  parts.primary = terms_.loss->evaluate(o.view(n, c), data.targets, byO.view(n, c));
  if (clusters) {
    const auto rows = static_cast<double>(n);
    parts.distance =
        terms_.distance->evaluate(h.view(n, width()), clusters->centroids, clusters->labels.data(),
                                  static_cast<float>(beta / rows), byH.view(n, width())) /
        rows;
  }
  const Buffer<float> w = toFloat(std::span(p).first(moved(true)));
  for (std::size_t j = 0; j < layout_.inputs(); ++j)
    parts.sparsity += terms_.penalty->value(w.view(layout_.inputs(), groupWidth()).rowSpan(j));
  if (gradient)
    *gradient = backwardPass(layout_, p, pass, activation, Matrix(byO.view(n, c)),
                             Matrix(byH.view(n, width())));
  return parts;
}

LossParts ReferenceBackend::evaluate(const Evaluation& evaluation) {
  const Clusters clusters = clustersOf(evaluation.table);
  const bool isJoint = evaluation.joint && clusters.centroids.rows > 0;
  const LossParts parts = objective(
      slot(evaluation.slot), table(evaluation.table).data, isJoint ? &clusters : nullptr,
      evaluation.beta, host_->activation(), evaluation.wantGradient ? &gradient_ : nullptr);
  if (evaluation.wantGradient && evaluation.table == TableId::training) maskGradient();
  return parts;
}

void ReferenceBackend::maskGradient() {
  for (std::size_t j = 0; j < layout_.inputs(); ++j)
    if (!isSelected_[j]) std::ranges::fill(group(gradient_, j), 0.0);
}

std::vector<double> ReferenceBackend::laterNorms(Slot at) {
  std::vector<double> norms;
  for (std::size_t l = 1; l < layout_.layers(); ++l) {
    const Vector w = read(slot(at), weightOf(layout_, l)).values;
    norms.push_back(std::sqrt(std::inner_product(w.begin(), w.end(), w.begin(), 0.0)));
  }
  return norms;
}

void ReferenceBackend::addWeightDecay(Slot at, double decay) {
  for (std::size_t l = 1; l < layout_.layers(); ++l) {
    const Place place = weightOf(layout_, l);
    Matrix w = read(slot(at), place);
    for (double& x : w.values) x *= decay;
    write(gradient_, place, w += read(gradient_, place));
  }
}

void ReferenceBackend::addSubgradient(double alpha) {
  if (alpha <= 0) return;
  onGroups(slot(Slot::current), [&](ConstMatrixView w) {
    for (std::size_t j = 0; j < w.rows; ++j) {
      std::vector<float> s(w.columns, 0.0f);
      terms_.penalty->addSubgradient(w.rowSpan(j), 1, s);
      for (std::size_t o = 0; o < w.columns; ++o) group(gradient_, j)[o] += alpha * s[o];
    }
  });
}

bool ReferenceBackend::isGradientFinite() {
  return std::ranges::all_of(gradient_, [](double g) { return std::isfinite(g); });
}

// ---- accelerated proximal gradient

ModelTerms ReferenceBackend::proximalMove(const ProximalMove& move) {
  const Vector& q = slot(Slot::point);
  Vector& x = slot(Slot::trial);
  const std::size_t count = moved(move.firstLayerOnly);
  for (std::size_t i = 0; i < count; ++i) x[i] = q[i] - gradient_[i] / move.lipschitz;
  prox(Slot::trial, move.alpha / move.lipschitz);
  ModelTerms model;
  for (std::size_t i = 0; i < count; ++i) {
    model.linear += (x[i] - q[i]) * gradient_[i];
    model.squared += (x[i] - q[i]) * (x[i] - q[i]);
  }
  return model;
}

double ReferenceBackend::ascent(bool firstLayerOnly) {
  const Vector &last = slot(Slot::current), &q = slot(Slot::point), &x = slot(Slot::trial);
  double sum = 0;
  for (std::size_t i = 0; i < moved(firstLayerOnly); ++i) sum += (q[i] - x[i]) * (x[i] - last[i]);
  return sum;
}

void ReferenceBackend::extrapolate(double momentum, bool firstLayerOnly) {
  Vector &last = slot(Slot::current), &q = slot(Slot::point);
  const Vector& x = slot(Slot::trial);
  for (std::size_t i = 0; i < moved(firstLayerOnly); ++i) {
    q[i] = x[i] + momentum * (x[i] - last[i]);
    last[i] = x[i];
  }
}

void ReferenceBackend::prox(Slot at, double threshold) {
  onGroups(slot(at), [&](MatrixView w) {
    ProximalLayer(*terms_.penalty, options_.constraint, layout_.out(0))(w, threshold, 1);
  });
}

double ReferenceBackend::residual(Slot at, double alpha) {
  const Buffer<float> w = toFloat(slot(at)), g = toFloat(gradient_);
  ProximalLayer proximal(*terms_.penalty, options_.constraint, layout_.out(0));
  return firstLayerResidual(layout_.groups(w), layout_.groups(g), proximal, alpha, 1);
}

// ---- all inputs

double ReferenceBackend::kktResidual(bool joint, double alpha, double beta) {
  const std::vector<bool> selected =
      std::exchange(isSelected_, std::vector<bool>(isSelected_.size(), true));
  evaluate({TableId::training, Slot::current, joint, beta, true});
  isSelected_ = selected;
  return residual(Slot::current, alpha);
}

double ReferenceBackend::dualNorm(std::size_t j) {
  return terms_.penalty->dualNorm(toFloat(group(gradient_, j)).span());
}

std::vector<std::uint32_t> ReferenceBackend::violators(bool joint, double alpha, double beta) {
  kktResidual(joint, alpha, beta);  // leaves the gradient by all inputs
  std::vector<std::uint32_t> found;
  for (std::size_t j = 0; j < layout_.inputs(); ++j)
    if (!isSelected_[j] && dualNorm(j) > alpha) found.push_back(static_cast<std::uint32_t>(j));
  return found;
}

double ReferenceBackend::alphaMax(bool linear) {
  Vector empty = slot(Slot::current);
  std::fill_n(empty.begin(), moved(true), 0.0);
  objective(empty, table(TableId::training).data, nullptr, 0,
            linear ? *findActivation("identity") : host_->activation(), &gradient_);
  double largest = 0;
  for (std::size_t j = 0; j < layout_.inputs(); ++j) largest = std::max(largest, dualNorm(j));
  return largest;
}

double ReferenceBackend::principalDirections(std::span<const std::uint32_t> inputs,
                                             std::span<const float> weights, MatrixView v,
                                             std::size_t kept) {
  const Matrix x(table(TableId::training).data.x);
  Matrix z(x.rows, inputs.size());
  for (std::size_t i = 0; i < z.rows; ++i)
    for (std::size_t k = 0; k < z.columns; ++k) z(i, k) = x(i, inputs[k]) * weights[k];
  for (unsigned iteration = 0; iteration < 40 && v.rows < v.columns; ++iteration) {
    const Matrix image = (z * Matrix(v).transposed()).transposed() * z;
    std::copy(image.values.begin(), image.values.end(), v.data);
    orthonormalize(v, 0);
  }
  const Matrix y = z * Matrix(v.rowRange(0, kept)).transposed();
  return std::inner_product(y.values.begin(), y.values.end(), y.values.begin(), 0.0) /
         static_cast<double>(x.rows);
}

// ---- the representation

void ReferenceBackend::readRepresentation(MatrixView out) {
  const Vector h = pass(TableId::training).representation().values;
  std::copy(h.begin(), h.end(), out.data);
}

Clustering ReferenceBackend::kmeans(const KMeansRequest& request) {
  return cluster(pass(TableId::training).representation(), request, readClusters().centroids);
}

// Lloyd's algorithm from the given centroids, or from rows that are far from one another.
Clustering ReferenceBackend::cluster(const Matrix& h, const KMeansRequest& request,
                                     ConstMatrixView start) const {
  Matrix centroids = request.fromCurrent ? Matrix(start) : spreadRows(h, request.clusters);
  Clustering result{0, 0, {}, nearest(h, centroids)};
  for (bool isMoving = true; isMoving && result.iterations < request.maxIterations;) {
    ++result.iterations;
    moveToMeans(h, result.labels, centroids);
    isMoving = std::exchange(result.labels, nearest(h, centroids)) != result.labels;
  }
  result.inertia = inertiaOf(h, centroids, result.labels);
  result.centroids.assign(centroids.values.begin(), centroids.values.end());
  return result;
}

std::vector<std::int32_t> ReferenceBackend::assign(TableId id, ConstMatrixView centroids) {
  return nearest(pass(id).representation(), Matrix(centroids));
}

Scatter ReferenceBackend::scatter() {
  const Matrix h = pass(TableId::training).representation();
  const Clusters clusters = readClusters();
  const std::vector<std::int32_t> one(h.rows, 0);
  Matrix mean(1, h.columns);
  moveToMeans(h, one, mean);
  return {inertiaOf(h, Matrix(clusters.centroids), clusters.labels), inertiaOf(h, mean, one)};
}

}  // namespace deeptype::reference
