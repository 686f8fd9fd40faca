#pragma once
// The layout's block to and from arrays in PyTorch's layout: W_0 (out,in), b_0 (out), W_1, ...
#include "../core/network.h"
#include "values.h"

namespace deeptype::addon {

// Calls visit(element of the array, element of the block) for every parameter.
template <class Block, class Visit>
void pairParameters(const Layout& layout, Block& block, const Napi::Value& list, Visit visit) {
  const Napi::Env env = list.Env();
  require(env, list.IsArray() && list.As<Napi::Array>().Length() == 2 * layout.layers(),
          "parameters: a weight and a bias a layer were expected");
  const Napi::Array arrays = list.As<Napi::Array>();
  for (std::size_t l = 0; l < layout.layers(); ++l) {
    const auto w = layout.weight(block, l);  // (in,out)
    const auto b = layout.bias(block, l);
    const std::span<float> weights = elements<float>(arrays.Get(static_cast<std::uint32_t>(2 * l)));
    const std::span<float> biases =
        elements<float>(arrays.Get(static_cast<std::uint32_t>(2 * l + 1)));
    require(env, weights.size() == w.size() && biases.size() == b.size(),
            "parameters: the lengths do not fit");
    for (std::size_t i = 0; i < w.rows; ++i) {
      for (std::size_t o = 0; o < w.columns; ++o) visit(weights[o * w.rows + i], w(i, o));
    }
    for (std::size_t o = 0; o < b.size(); ++o) visit(biases[o], b[o]);
  }
}

inline void exportParameters(const Layout& layout, const Buffer<float>& block,
                             const Napi::Value& list) {
  pairParameters(layout, block, list, [](float& array, const float& value) { array = value; });
}

inline void importParameters(const Layout& layout, const Napi::Value& list, Buffer<float>& block) {
  pairParameters(layout, block, list, [](const float& array, float& value) { value = array; });
}

}  // namespace deeptype::addon
