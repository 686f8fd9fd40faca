#pragma once
// The layout's block to and from arrays in PyTorch's layout: W_0 (out,in), b_0 (out), W_1, ..., and
// last Theta (out,in) where there is a skip connection.
#include "../../core/network/network.h"
#include "values.h"

namespace deeptype::addon {

// visit(element of the array (out,in), element of W (in,out)) for every weight
template <class T, class Visit>
void pairTransposed(View<T> w, const Napi::Value& array, Visit visit) {
  const std::span<float> weights = elements<float>(array);
  require(array.Env(), weights.size() == w.size(), "parameters: the lengths do not fit");
  for (std::size_t i = 0; i < w.rows; ++i) {
    for (std::size_t o = 0; o < w.columns; ++o) visit(weights[o * w.rows + i], w(i, o));
  }
}

// The arrays of a list. Its getters may run the caller's code, so all are taken before any is used.
inline std::vector<Napi::Value> parameterArrays(const Layout& layout, const Napi::Value& list) {
  const std::size_t count = 2 * layout.layers() + (layout.hasSkip() ? 1 : 0);
  require(list.Env(), list.IsArray() && list.As<Napi::Array>().Length() == count,
          "parameters: a weight and a bias a layer were expected");
  std::vector<Napi::Value> arrays;
  for (std::uint32_t k = 0; k < count; ++k) arrays.push_back(list.As<Napi::Array>().Get(k));
  return arrays;
}

// Calls visit(element of the array, element of the block) for every parameter.
template <class Block, class Visit>
void pairParameters(const Layout& layout, Block& block, const std::vector<Napi::Value>& arrays,
                    Visit visit) {
  for (std::size_t l = 0; l < layout.layers(); ++l) {
    const auto b = layout.bias(block, l);
    pairTransposed(layout.weight(block, l), arrays[2 * l], visit);
    const std::span<float> biases = elements<float>(arrays[2 * l + 1]);
    require(arrays[2 * l + 1].Env(), biases.size() == b.size(),
            "parameters: the lengths do not fit");
    for (std::size_t o = 0; o < b.size(); ++o) visit(biases[o], b[o]);
  }
  if (layout.hasSkip()) pairTransposed(layout.skip(block), arrays.back(), visit);
}

inline void exportParameters(const Layout& layout, const Buffer<float>& block,
                             const std::vector<Napi::Value>& arrays) {
  pairParameters(layout, block, arrays, [](float& array, const float& value) { array = value; });
}

inline void importParameters(const Layout& layout, const std::vector<Napi::Value>& arrays,
                             Buffer<float>& block) {
  pairParameters(layout, block, arrays, [](const float& array, float& value) { value = array; });
}

}  // namespace deeptype::addon
