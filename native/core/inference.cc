#include "inference.h"

#include <algorithm>

#include "objective.h"

namespace deeptype {

void infer(const Network& network, Workspace& workspace, ConstMatrixView x,
           MatrixView representation, MatrixView outputs, unsigned threads) {
  forChunks(x.rows, [&](std::size_t begin, std::size_t count) {
    workspace.forward(network, x.rowRange(begin, count), threads);
    const auto copy = [begin](ConstMatrixView from, MatrixView to) {
      if (to.data) std::copy_n(from.data, from.size(), to.row(begin));
    };
    copy(workspace.representation(), representation);
    copy(workspace.outputs(), outputs);
  });
}

}  // namespace deeptype
