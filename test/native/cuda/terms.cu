// Every formula of the terms in a kernel: that a CUDA compiler takes them as they are. Compiled by
// `npm run test:cuda`, not run. A new variant is here by its line in the registry.
#include <cstdint>
#include <type_traits>

#include "../../../native/core/proximal/projections.h"
#include "../../../native/core/terms/activations/registry.h"
#include "../../../native/core/terms/distances/registry.h"
#include "../../../native/core/terms/losses/registry.h"
#include "../../../native/core/terms/optimizers/registry.h"
#include "../../../native/core/terms/penalties/registry.h"

namespace deeptype {
namespace {

// A group in one thread's hands, see proximal/group.h.
template <class T>
class ThreadGroup {
 public:
  using Number = std::remove_const_t<T>;

  __device__ ThreadGroup(T* v, std::size_t n) : v_(v), n_(n) {}
  __device__ std::size_t size() const { return n_; }
  __device__ T& operator[](std::size_t i) const { return v_[i]; }
  __device__ ThreadGroup first(std::size_t n) const { return {v_, n}; }
  __device__ ThreadGroup last(std::size_t n) const { return {v_ + n_ - n, n}; }

  __device__ double l1() const {
    double sum = 0;
    for (std::size_t i = 0; i < n_; ++i) sum += std::abs(static_cast<double>(v_[i]));
    return sum;
  }
  __device__ double l2() const {
    double sum = 0;
    for (std::size_t i = 0; i < n_; ++i) sum += static_cast<double>(v_[i]) * v_[i];
    return std::sqrt(sum);
  }
  __device__ double lInfinity() const {
    double largest = 0;
    for (std::size_t i = 0; i < n_; ++i)
      largest = std::fmax(largest, std::abs(static_cast<double>(v_[i])));
    return largest;
  }
  __device__ void fill(Number x) const {
    for (std::size_t i = 0; i < n_; ++i) v_[i] = x;
  }
  template <class F>
  __device__ void map(F f) const {
    for (std::size_t i = 0; i < n_; ++i) v_[i] = f(v_[i]);
  }
  template <Magnitude magnitude>
  __device__ Above above(DoubleDouble tau) const {
    Above result;
    for (std::size_t i = 0; i < n_; ++i) {
      const double x = v_[i];
      const double size = magnitude == Magnitude::absolute ? std::abs(x) : x;
      if (!(size - tau.high > tau.low)) continue;
      twoSum(result.sum.high, result.sum.low, size);
      ++result.count;
    }
    return result;
  }

 private:
  T* v_;
  std::size_t n_;
};

__device__ std::size_t threadIndex() { return blockIdx.x * std::size_t{blockDim.x} + threadIdx.x; }

// Activations and distances: one thread a number.
template <class F>
__device__ void activate(float* z, float* d, std::size_t i) {
  const float h = F::forward(z[i]);
  d[i] = F::backward(d[i], F::needsInput ? z[i] : h);
  z[i] = h;
}
template <class F>
__device__ void measure(double* squares, double* slopes, std::size_t i) {
  squares[i] = F::value(squares[i]);
  slopes[i] = F::slope(squares[i]);
}
template <class... F>
__global__ void activationKernel(Variants<F...>, float* z, float* d) {
  (activate<F>(z, d, threadIndex()), ...);
}
template <class... F>
__global__ void distanceKernel(Variants<F...>, double* squares, double* slopes) {
  (measure<F>(squares, slopes, threadIndex()), ...);
}

// Losses: one thread a number or a row. Those that couple rows are taken by their parts below.
template <class F>
__device__ void lose(const float* outputs, const float* targets, float* slopes, double* losses,
                     std::size_t i) {
  if constexpr (requires(float& slope) { F::evaluate(0.0, 0.0, slope); })
    losses[i] += F::evaluate(outputs[i], targets[i], slopes[i]);
}
template <class... F>
__global__ void lossKernel(Variants<F...>, const float* outputs, const float* targets,
                           float* slopes, double* losses) {
  (lose<F>(outputs, targets, slopes, losses, threadIndex()), ...);
}
__global__ void crossEntropy(const float* outputs, std::size_t classes, const std::int32_t* y,
                             float* slopes, double weight, double* losses) {
  using losses::CrossEntropy;
  const std::size_t i = threadIndex();
  float* const x = slopes + i * classes;
  const double chosen = CrossEntropy::shift(outputs + i * classes, classes, y[i], x);
  for (std::size_t c = 0; c < classes; ++c) x[c] = elementary::exp(x[c]);
  losses[i] = std::log(CrossEntropy::differentiate(x, classes, y[i], weight)) - chosen;
}
__global__ void coupledLosses(float* slopes, std::size_t n, double* losses) {
  losses::Cox::Time time;
  losses::Cox::addTies({2, 1.5, 0.5}, 3, time, losses[0]);
  losses[1] = losses::Cox::slope(losses[1], time.hazard, time.tied, true);
  losses[2] = losses::KnowledgeGraph::addDistance(slopes, slopes + n, n, 1, slopes, slopes + n);
}

// Penalties and projections: one thread a group.
template <class F>
__device__ void penalise(F f, ThreadGroup<float> w, ThreadGroup<double> g, double* value) {
  if constexpr (F::shape == PenaltyShape::radial) {
    *value = f.ofNorm(w.l2()) + f.multiple(w.l2(), 0.1f);
    w.map([factor = f.shrinkage(w.l2(), 0.1f)](float x) { return x * factor; });
  } else {
    *value = f.value(w);
    f.addSubgradient(w, 0.1f, w);
    f.prox(w, 0.1f);
  }
  *value += f.dualNorm(g);
  f.residual(w, g, 0.1, g);
}
template <class... F>
__global__ void penaltyKernel(Variants<F...>, F... f, float* w, double* g, std::size_t n,
                              double* value) {
  const std::size_t i = threadIndex();
  (penalise(f, {w + i * n, n}, {g + i * n, n}, value + i), ...);
}
__global__ void projections(float* w, std::size_t n) {
  const ThreadGroup<float> group(w + threadIndex() * n, n);
  projectL1Ball(group, 1);
  projectL2Ball(group, 1);
  projectLInfinityBall(group, 1);
  projectSimplex(group);
}

// Optimisers: one thread a group.
template <class Rule>
__device__ void move(const typename Rule::Factors& f, float* w, const float* g, float* first,
                     float* second, std::size_t i) {
  Rule::update(w[i], g[i], first[i], second[i], f);
  const GroupStep step = Rule::groupStep(g[i] * g[i], second[i], f);
  Rule::updateInGroup(w[i], g[i], first[i], step.rate, f);
}
template <class... Rule>
__global__ void optimizerKernel(Variants<Rule...>, typename Rule::Factors... f, float* w,
                                const float* g, float* first, float* second) {
  (move<Rule>(f, w, g, first, second, threadIndex()), ...);
}

template <class... F>
void launchPenalties(Variants<F...> all, float* w, double* g, std::size_t n, double* value) {
  penaltyKernel<F...><<<1, 1>>>(all, F(PenaltyOptions{})..., w, g, n, value);
}
template <class... Rule>
void launchOptimizers(Variants<Rule...> all, const StepContext& context, float* w, float* g) {
  optimizerKernel<Rule...><<<1, 1>>>(all, typename Rule::Factors(context)..., w, g, w, g);
}

}  // namespace

// Instantiates every kernel.
void launchAll(float* x, double* sums, std::int32_t* labels, std::size_t n) {
  activationKernel<<<1, 1>>>(activations::All{}, x, x);
  distanceKernel<<<1, 1>>>(distances::All{}, sums, sums);
  lossKernel<<<1, 1>>>(losses::All{}, x, x, x, sums);
  crossEntropy<<<1, 1>>>(x, n, labels, x, 1, sums);
  coupledLosses<<<1, 1>>>(x, n, sums);
  launchPenalties(penalties::All{}, x, sums, n, sums);
  projections<<<1, 1>>>(x, n);
  const OptimizerOptions options;
  launchOptimizers(optimizers::All{}, StepContext(1e-3, 1, options), x, x);
}

}  // namespace deeptype
