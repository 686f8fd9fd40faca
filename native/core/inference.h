#pragma once
// The network applied to rows that are not trained on.
#include "network.h"
#include "scaler.h"

namespace deeptype {

// Writes H (N,R), the representation, and O (N,C), the outputs; either view may be empty.
void infer(const Network& network, Workspace& workspace, ConstMatrixView x,
           MatrixView representation, MatrixView outputs, unsigned threads);

// The same for rows as they came: standardised on the way, chunk by chunk, or without a
// standardizer rounded to float32. `scratch` grows as needed. Whether all values were finite then;
// where not, the results are not complete.
template <class T>
bool inferRaw(const Network& network, Workspace& workspace, const Standardizer* standardizer,
              Buffer<float>& scratch, View<const T> x, MatrixView representation,
              MatrixView outputs, unsigned threads);

}  // namespace deeptype
