#include "reference_network.h"

#include <algorithm>

#include "platform/stop.h"

namespace deeptype::reference {

Matrix::Matrix(ConstMatrixView m) : Matrix(m.rows, m.columns) {
  for (std::size_t i = 0; i < rows; ++i) std::copy_n(m.row(i), columns, &values[i * columns]);
}

Matrix& Matrix::operator+=(const Matrix& other) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += other.values[i];
  return *this;
}

Matrix Matrix::transposed() const {
  Matrix t(columns, rows);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) t(j, i) = (*this)(i, j);
  return t;
}

Matrix operator*(const Matrix& a, const Matrix& b) {
  checkStop();
  Matrix c(a.rows, b.columns);
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t k = 0; k < a.columns; ++k)
      for (std::size_t j = 0; j < b.columns; ++j) c(i, j) += a(i, k) * b(k, j);
  return c;
}

Buffer<float> toFloat(std::span<const double> values) {
  Buffer<float> result(values.size());
  std::copy(values.begin(), values.end(), result.data());
  return result;
}

Place weightOf(const Layout& layout, std::size_t l) {
  return {layout.weightOffset(l), layout.in(l), layout.out(l),
          l == 0 ? layout.groupWidth() : layout.out(l)};
}

Place skipOf(const Layout& layout) {
  return {layout.out(0), layout.inputs(), layout.outputs(), layout.groupWidth()};
}

Matrix read(const Vector& block, const Place& place) {
  Matrix m(place.rows, place.columns);
  for (std::size_t i = 0; i < m.rows; ++i)
    for (std::size_t j = 0; j < m.columns; ++j)
      m(i, j) = block[place.offset + i * place.stride + j];
  return m;
}

void write(Vector& block, const Place& place, const Matrix& m) {
  for (std::size_t i = 0; i < m.rows; ++i)
    for (std::size_t j = 0; j < m.columns; ++j)
      block[place.offset + i * place.stride + j] = m(i, j);
}

Pass forwardPass(const Layout& layout, const Vector& p, ConstMatrixView x, const Activation& f) {
  const std::size_t last = layout.layers() - 1;
  Pass pass{Matrix(x), {}, {}};
  for (std::size_t l = 0; l <= last; ++l) {
    Matrix z = (l == 0 ? pass.x : pass.h.back()) * read(p, weightOf(layout, l));
    if (l == last && layout.hasSkip()) z += pass.x * read(p, skipOf(layout));
    for (std::size_t i = 0; i < z.rows; ++i)
      for (std::size_t o = 0; o < z.columns; ++o) z(i, o) += p[layout.biasOffset(l) + o];
    Matrix h = z;
    if (l < last) {
      const Buffer<float> before = toFloat(z.values);
      Buffer<float> after(before.size());
      f.forward(before.data(), after.data(), before.size());
      std::copy(after.begin(), after.end(), h.values.begin());
    }
    pass.z.push_back(std::move(z));
    pass.h.push_back(std::move(h));
  }
  return pass;
}

Vector backwardPass(const Layout& layout, const Vector& p, const Pass& pass, const Activation& f,
                    const Matrix& byOutputs, const Matrix& byRepresentation) {
  const std::size_t last = layout.layers() - 1;
  Vector gradient(layout.size());
  Matrix s = byOutputs;  // S_l = d / d Z_l
  for (std::size_t l = last + 1; l-- > 0;) {
    if (l < last) {
      s = s * read(p, weightOf(layout, l + 1)).transposed();
      if (l + 1 == last) s += byRepresentation;
      const Buffer<float> z = toFloat(pass.z[l].values), h = toFloat(pass.h[l].values);
      Buffer<float> slopes(z.size(), 1.0f);
      f.backward(z.data(), h.data(), slopes.data(), slopes.size());
      for (std::size_t at = 0; at < s.values.size(); ++at) s.values[at] *= slopes[at];
    }
    const Matrix& input = l == 0 ? pass.x : pass.h[l - 1];
    write(gradient, weightOf(layout, l), input.transposed() * s);
    for (std::size_t i = 0; i < s.rows; ++i)
      for (std::size_t o = 0; o < s.columns; ++o) gradient[layout.biasOffset(l) + o] += s(i, o);
  }
  if (layout.hasSkip()) write(gradient, skipOf(layout), pass.x.transposed() * byOutputs);
  return gradient;
}

}  // namespace deeptype::reference
