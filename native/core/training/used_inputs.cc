#include "used_inputs.h"

#include <algorithm>
#include <numeric>

#include "../platform/threads.h"

namespace deeptype {
namespace {

// 0 .. all-1 without these, or 0 alone: a layer has at least one input.
std::vector<std::uint32_t> without(std::span<const std::uint32_t> unused, std::size_t all) {
  std::vector<std::uint32_t> inputs(all), used;
  std::iota(inputs.begin(), inputs.end(), 0u);
  std::ranges::set_difference(inputs, unused, std::back_inserter(used));
  if (used.empty()) used.push_back(0);
  return used;
}

}  // namespace

std::vector<std::uint32_t> zeroColumns(ConstMatrixView x, Communicator& comm) {
  std::vector<std::uint32_t> columns(x.columns);
  std::iota(columns.begin(), columns.end(), 0u);
  for (std::size_t i = 0; i < x.rows && !columns.empty(); ++i) {
    checkStop();
    std::erase_if(columns, [&](std::uint32_t j) { return x(i, j) != 0; });
  }
  if (isSingle(comm)) return columns;
  std::vector<double> isUsed(x.columns, 1.0);
  for (const std::uint32_t j : columns) isUsed[j] = 0;
  comm.allReduceMax(std::span(isUsed));
  std::erase_if(columns, [&](std::uint32_t j) { return isUsed[j] > 0; });
  return columns;
}

UsedInputs::UsedInputs(const Network& all, std::span<const std::uint32_t> unused,
                       const SessionOptions& options)
    : inputs_(without(unused, all.layout().inputs())),
      context_(std::make_shared<Network>(all.narrowed(inputs_)), options) {}

// X[:, inputs_] in `storage`.
ConstMatrixView UsedInputs::columns(ConstMatrixView x, Buffer<float>& storage) const {
  constexpr std::size_t worthwhile = 1 << 16;  // numbers for a thread to copy
  storage.resize(x.rows * inputs_.size());
  const std::size_t parts =
      std::clamp<std::size_t>(storage.size() / worthwhile, 1, std::max<std::size_t>(x.rows, 1));
  parallelFor(parts, context_.options.threads, [&](std::size_t part) {
    for (std::size_t i = part * x.rows / parts; i < (part + 1) * x.rows / parts; ++i)
      for (std::size_t k = 0; k < inputs_.size(); ++k)
        storage[i * inputs_.size() + k] = x(i, inputs_[k]);
  });
  return std::as_const(storage).view(x.rows, inputs_.size());
}

void UsedInputs::readFrom(const Network& all) {
  context_.network->parameters().copyFrom(all.narrowed(inputs_).parameters().span());
}

}  // namespace deeptype
