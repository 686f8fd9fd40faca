#pragma once
// The network applied to rows that are not trained on.
#include "scaler.h"
#include "workspace.h"

namespace deeptype {

// Where the results of N rows go; any may be empty.
struct Inferred {
  MatrixView representation{};        // H (N,R)
  MatrixView outputs{};               // O (N,C)
  std::span<std::int32_t> winners{};  // (N): the column of a row's largest output, the first of
                                      // equals; of a single output whether it is above 0

  Inferred rowRange(std::size_t begin, std::size_t count) const;
};

void infer(const Network& network, Workspace& workspace, ConstMatrixView x, const Inferred& to,
           unsigned threads);

// The same for rows as they came: standardised on the way, chunk by chunk, or without a
// standardizer rounded to float32. `scratch` grows as needed. Whether all values were finite then;
// where not, the results are not complete.
template <class T>
bool inferRaw(const Network& network, Workspace& workspace, const Standardizer* standardizer,
              Buffer<float>& scratch, View<const T> x, const Inferred& to, unsigned threads);

}  // namespace deeptype
