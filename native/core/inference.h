#pragma once
// The network applied to rows that are not trained on.
#include "network.h"

namespace deeptype {

// Writes H (N,R), the representation, and O (N,C), the outputs; either view may be empty.
void infer(const Network& network, Workspace& workspace, ConstMatrixView x,
           MatrixView representation, MatrixView outputs, unsigned threads);

}  // namespace deeptype
