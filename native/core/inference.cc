#include "inference.h"

#include <algorithm>

#include "objective.h"

namespace deeptype {
namespace {

// Rows begin .. of the results, from a forward pass over x.
void inferChunk(const Network& network, Workspace& workspace, ConstMatrixView x, std::size_t begin,
                MatrixView representation, MatrixView outputs, unsigned threads) {
  workspace.forward(network, x, threads);
  const auto copy = [begin](ConstMatrixView from, MatrixView to) {
    if (to.data) std::copy_n(from.data, from.size(), to.row(begin));
  };
  copy(workspace.representation(), representation);
  copy(workspace.outputs(), outputs);
}

}  // namespace

void infer(const Network& network, Workspace& workspace, ConstMatrixView x,
           MatrixView representation, MatrixView outputs, unsigned threads) {
  forChunks(x.rows, nullptr, [&](std::size_t begin, std::size_t count) {
    inferChunk(network, workspace, x.rowRange(begin, count), begin, representation, outputs,
               threads);
  });
}

template <class T>
bool inferRaw(const Network& network, Workspace& workspace, const Standardizer& standardizer,
              Buffer<float>& scratch, View<const T> x, MatrixView representation,
              MatrixView outputs, unsigned threads) {
  scratch.resize(std::min(x.rows, kChunkRows) * x.columns);
  bool isFinite = true;
  forChunks(x.rows, nullptr, [&](std::size_t begin, std::size_t count) {
    const MatrixView scaled = scratch.view(count, x.columns);
    isFinite = isFinite && standardizer.apply(x.rowRange(begin, count), scaled);
    if (!isFinite) return;
    inferChunk(network, workspace, scaled, begin, representation, outputs, threads);
  });
  return isFinite;
}

template bool inferRaw(const Network&, Workspace&, const Standardizer&, Buffer<float>&,
                       View<const float>, MatrixView, MatrixView, unsigned);
template bool inferRaw(const Network&, Workspace&, const Standardizer&, Buffer<float>&,
                       View<const double>, MatrixView, MatrixView, unsigned);

}  // namespace deeptype
