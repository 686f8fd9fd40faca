// A loss, a penalty, an optimiser and an activation that the package has not, each as docs/contributing.md says to add
// one: its formula, its lines in the registry of C++, and its entry in the table of TypeScript.
import type { Change } from './copy.js';

const file = (concept: string, name: string, body: string): Change => ({
  path: `native/core/terms/${concept}/${name}.h`,
  text: `#pragma once\n${body}`,
});

/** The two lines of a registry. */
const registered = (concept: string, header: string, type: string, first: string): Change[] => [
  {
    path: `native/core/terms/${concept}/registry.h`,
    before: '#include "../variants.h"',
    lines: `#include "${header}.h"`,
  },
  {
    path: `native/core/terms/${concept}/registry.h`,
    before: `    ${first},`,
    lines: `    ${type},`,
  },
];

/** log cosh(o - t), whose derivative is tanh(o - t). */
const loss: Change[] = [
  file(
    'losses',
    'log_cosh',
    `#include <cmath>
#include "../../platform/host_device.h"
namespace deeptype::losses {
struct LogCosh {
  static constexpr const char* name = "log-cosh";
  DEEPTYPE_HOST_DEVICE_INLINE static double evaluate(double output, double target, float& slope) {
    slope = static_cast<float>(std::tanh(output - target));
    return std::log(std::cosh(output - target));
  }
};
}  // namespace deeptype::losses
`,
  ),
  ...registered('losses', 'log_cosh', 'LogCosh', 'CrossEntropy'),
  {
    path: 'src/options/losses.ts',
    before: '} as const satisfies Readonly<Record<string, LossTraits>>;',
    lines: "  'log-cosh': { targets: 'values', head: 'linear', standard: 'moments' },",
  },
];

/** 2 |w|_2: the group lasso at twice its weight. */
const penalty: Change[] = [
  file(
    'penalties',
    'double_lasso',
    `#include "group_lasso.h"
namespace deeptype::penalties {
struct DoubleLasso {
  static constexpr const char* name = "double-lasso";
  static constexpr PenaltyShape shape = PenaltyShape::radial;
  explicit DoubleLasso(const PenaltyOptions& options) : half(options) {}
  DEEPTYPE_HOST_DEVICE_INLINE double ofNorm(double norm) const { return 2 * norm; }
  DEEPTYPE_HOST_DEVICE_INLINE float multiple(double norm, float weight) const {
    return half.multiple(norm, 2 * weight);
  }
  DEEPTYPE_HOST_DEVICE_INLINE float shrinkage(double norm, float threshold) const {
    return half.shrinkage(norm, 2 * threshold);
  }
  template <class G>
  DEEPTYPE_HOST_DEVICE double dualNorm(const G& g) const { return half.dualNorm(g) / 2; }
  double largestDualNorm(std::size_t width) const { return half.largestDualNorm(width) / 2; }
  template <class W, class G, class Out>
  DEEPTYPE_HOST_DEVICE void residual(const W& w, const G& g, double weight, Out residual) const {
    half.residual(w, g, 2 * weight, residual);
  }
  GroupLasso half;
};
}  // namespace deeptype::penalties
`,
  ),
  ...registered('penalties', 'double_lasso', 'DoubleLasso', 'GroupLasso'),
  {
    path: 'src/options/penalties.ts',
    before: '} as const satisfies Readonly<Record<string, PenaltyTraits>>;',
    lines: "  'double-lasso': {},",
  },
];

/** w -= lr g. */
const optimizer: Change[] = [
  file(
    'optimizers',
    'descent',
    `#include "../../platform/host_device.h"
#include "optimizer.h"
namespace deeptype::optimizers {
struct Descent {
  static constexpr const char* name = "descent";
  static constexpr bool isAdaptive = false;
  struct Factors {
    explicit Factors(const StepContext& context) : rate(context.learningRate) {}
    float rate;
  };
  DEEPTYPE_HOST_DEVICE_INLINE static void update(float& w, float g, float&, float&, const Factors& f) {
    w -= f.rate * g;
  }
  DEEPTYPE_HOST_DEVICE_INLINE static GroupStep groupStep(float, float&, const Factors& f) {
    return {f.rate, f.rate};
  }
  DEEPTYPE_HOST_DEVICE_INLINE static void updateInGroup(float& w, float g, float&, float rate,
                                                        const Factors&) {
    w -= rate * g;
  }
};
}  // namespace deeptype::optimizers
`,
  ),
  ...registered('optimizers', 'descent', 'Descent', 'Adam'),
  {
    path: 'src/options/optimizers.ts',
    before: "  'adam',",
    lines: "  'descent',",
  },
];

/** z / (1 + |z|), whose derivative is (1 - |h|)^2. */
const activation: Change[] = [
  file(
    'activations',
    'softsign',
    `#include <cmath>
#include <optional>
#include "../../platform/host_device.h"
namespace deeptype::activations {
struct Softsign {
  static constexpr const char* name = "softsign";
  static constexpr bool needsInput = false;
  static constexpr std::optional<float> slopeBelow = std::nullopt;
  DEEPTYPE_HOST_DEVICE_INLINE static float forward(float z) { return z / (1 + (z < 0 ? -z : z)); }
  DEEPTYPE_HOST_DEVICE_INLINE static float backward(float d, float h) {
    const float left = 1 - (h < 0 ? -h : h);
    return d * left * left;
  }
};
}  // namespace deeptype::activations
`,
  ),
  ...registered('activations', 'softsign', 'Softsign', 'Relu'),
  {
    path: 'src/network/activations.ts',
    before: '} as const satisfies Readonly<Record<string, ActivationTraits>>;',
    lines: "  softsign: operator('Softsign'),",
  },
];

export const TOYS = { loss, penalty, optimizer, activation } as const;
