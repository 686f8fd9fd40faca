#pragma once
// The proximal operators and projections by name, on a row in host memory.
#include <span>
#include <string_view>

namespace deeptype {

// An operation on a row of float or double, with a threshold or radius and a second parameter.
template <class T>
using RowOperator = void (*)(std::span<T> row, double size, double ratio);

// nullptr when there is none of that name.
template <class T>
RowOperator<T> findOperator(std::string_view name);

// See proxHierarchical.
template <class T>
void proxHierarchicalRow(std::span<T> v, std::span<T> u, double lambda, double lambdaBar,
                         double bound);

}  // namespace deeptype
