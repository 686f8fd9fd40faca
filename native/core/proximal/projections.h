#pragma once
// Euclidean projections, in place; T is float or double. What is rounded to float is rounded
// towards zero, so that the result lies in the ball, and what lies in it already is left as it is.
#include <span>

namespace deeptype {

// onto |x|_1 <= radius
template <class T>
void projectL1Ball(std::span<T> v, double radius);

// onto |x|_2 <= radius
template <class T>
void projectL2Ball(std::span<T> v, double radius);

// onto |x_i| <= radius
template <class T>
void projectLInfinityBall(std::span<T> v, double radius);

// onto x_i >= 0, sum x_i = 1
template <class T>
void projectSimplex(std::span<T> v);

}  // namespace deeptype
