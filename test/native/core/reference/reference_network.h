#pragma once
// The network's passes of the reference backend as matrix formulas in float64
// (training/objective.h).
#include <span>
#include <vector>

#include "network/network.h"

namespace deeptype::reference {

using Vector = std::vector<double>;  // parameters or what is shaped like them, in the layout

struct Matrix {
  Matrix() = default;
  Matrix(std::size_t n, std::size_t d) : rows(n), columns(d), values(n * d) {}
  explicit Matrix(ConstMatrixView m);
  double& operator()(std::size_t i, std::size_t j) { return values[i * columns + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values[i * columns + j]; }
  std::span<const double> row(std::size_t i) const { return {&values[i * columns], columns}; }
  Matrix& operator+=(const Matrix& other);
  Matrix transposed() const;
  std::size_t rows = 0, columns = 0;
  Vector values;
};

Matrix operator*(const Matrix& a, const Matrix& b);

Buffer<float> toFloat(std::span<const double> values);

// Where a matrix of parameters lies in the block: W_l, or Theta.
struct Place {
  std::size_t offset, rows, columns, stride;
};
Place weightOf(const Layout& layout, std::size_t l);
Place skipOf(const Layout& layout);
Matrix read(const Vector& block, const Place& place);
void write(Vector& block, const Place& place, const Matrix& m);

// Z_l (N,D_l) and H_l of a forward pass; the outputs O are the last of both.
struct Pass {
  const Matrix& representation() const { return h[h.size() - 2]; }
  const Matrix& outputs() const { return h.back(); }
  Matrix x;
  std::vector<Matrix> z, h;
};
Pass forwardPass(const Layout& layout, const Vector& p, ConstMatrixView x, const Activation& f);
// Given d / d O (N,C) and what adds to d / d H (N,R), the gradient by all parameters.
Vector backwardPass(const Layout& layout, const Vector& p, const Pass& pass, const Activation& f,
                    const Matrix& byOutputs, const Matrix& byRepresentation);

}  // namespace deeptype::reference
