// Compiled once per instruction set: a kernel file defines TARGET (the function attribute) and
// BYTES (of a vector register), then includes this in an anonymous namespace. No include guard on
// purpose.

typedef float Floats __attribute__((vector_size(BYTES)));
typedef std::int32_t Integers __attribute__((vector_size(BYTES)));
typedef std::uint32_t Words __attribute__((vector_size(BYTES)));
typedef double Doubles __attribute__((vector_size(BYTES)));
typedef float HalfFloats __attribute__((vector_size(BYTES / 2)));
constexpr std::size_t floatWidth = BYTES / 4, doubleWidth = BYTES / 8;

#define INNER TARGET DEEPTYPE_INLINE

template <class Vector, class T>
INNER Vector load(const T* p) {
  Vector x;
  std::memcpy(&x, p, sizeof x);
  return x;
}
template <class Vector, class T>
INNER void store(T* p, const Vector& x) {
  std::memcpy(p, &x, sizeof x);
}
template <class To, class From>
INNER To bitsOf(const From& x) {
  return load<To>(&x);
}
INNER Doubles loadDoubles(const double* p) { return load<Doubles>(p); }
INNER Doubles loadDoubles(const float* p) {
#if BYTES == 64  // GCC would convert two halves separately
  return _mm512_maskz_cvtps_pd(0xff, _mm256_loadu_ps(p));
#else
  return __builtin_convertvector(load<HalfFloats>(p), Doubles);
#endif
}
INNER double sumOf(const Doubles& x) {
  double sum = 0;
  for (std::size_t i = 0; i < doubleWidth; ++i) sum += x[i];
  return sum;
}
// One bit for each element of a comparison.
INNER std::uint64_t truthOf(const Integers& truth) {
#if BYTES == 64
  return _mm512_movepi32_mask(reinterpret_cast<const __m512i&>(truth));
#else
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < floatWidth; ++i) bits |= std::uint64_t{truth[i] != 0} << i;
  return bits;
#endif
}

// ---- scores

// Tile of centroids by vectors of points whose sums stay in registers.
constexpr std::size_t tileRows = 6, tileVectors = BYTES == 64 ? 4 : 2;

template <std::size_t K>
TARGET void multiplyRows(const float* block, std::size_t dims, const float* c, float* scores) {
  for (std::size_t lane = 0; lane < lanes; lane += tileVectors * floatWidth) {
    Floats sums[K][tileVectors] = {};
    const float* x = block + lane;
    for (std::size_t j = 0; j < dims; ++j, x += lanes) {
      Floats points[tileVectors];
#pragma GCC unroll 4
      for (std::size_t v = 0; v < tileVectors; ++v) points[v] = load<Floats>(x + v * floatWidth);
#pragma GCC unroll 6
      for (std::size_t k = 0; k < K; ++k)
#pragma GCC unroll 4
        for (std::size_t v = 0; v < tileVectors; ++v) sums[k][v] += points[v] * c[k * dims + j];
    }
    for (std::size_t k = 0; k < K; ++k)
      for (std::size_t v = 0; v < tileVectors; ++v)
        store(scores + k * lanes + lane + v * floatWidth, sums[k][v]);
  }
}

TARGET void multiply(const float* block, std::size_t dims, const float* centroids,
                     std::size_t clusters, float* scores) {
  while (clusters > 0) {
    // Tiles of nearly equal height: 5 + 5 instead of 6 + 4.
    const std::size_t tiles = (clusters + tileRows - 1) / tileRows;
    const std::size_t rows = (clusters + tiles - 1) / tiles;
    switch (rows) {
      case 6: multiplyRows<6>(block, dims, centroids, scores); break;
      case 5: multiplyRows<5>(block, dims, centroids, scores); break;
      case 4: multiplyRows<4>(block, dims, centroids, scores); break;
      case 3: multiplyRows<3>(block, dims, centroids, scores); break;
      case 2: multiplyRows<2>(block, dims, centroids, scores); break;
      default: multiplyRows<1>(block, dims, centroids, scores);
    }
    clusters -= rows;
    centroids += rows * dims;
    scores += rows * lanes;
  }
}

INNER Floats marginOf(const float* norms, const float* residuals, const Margin& margin) {
  return load<Floats>(norms) * margin.perNorm + load<Floats>(residuals) * margin.perResidual +
         margin.fixed;
}

TARGET void nearest(const float* scores, const float* halfSquares, std::size_t clusters,
                    const float* norms, const float* residuals, Margin apart, Best& best) {
  best.doubtful = 0;
  for (std::size_t lane = 0; lane < lanes; lane += tileVectors * floatWidth) {
    // Several vectors at a time hide the latency of the dependent comparisons.
    Floats top[tileVectors], second[tileVectors];
    Integers label[tileVectors];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < tileVectors; ++v) {
      top[v] = load<Floats>(scores + lane + v * floatWidth) - halfSquares[0];
      second[v] = Floats{} - std::numeric_limits<float>::infinity();
      label[v] = Integers{};
    }
    for (std::size_t k = 1; k < clusters; ++k) {
      const Integers cluster = Integers{} + static_cast<std::int32_t>(k);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < tileVectors; ++v) {
        const Floats score =
            load<Floats>(scores + k * lanes + lane + v * floatWidth) - halfSquares[k];
        const auto better = score > top[v];
        const Floats lower = better ? top[v] : score;
        second[v] = second[v] > lower ? second[v] : lower;
        top[v] = better ? score : top[v];
        label[v] = better ? cluster : label[v];
      }
    }
#pragma GCC unroll 4
    for (std::size_t v = 0; v < tileVectors; ++v) {
      const std::size_t at = lane + v * floatWidth;
      const Floats norm = load<Floats>(norms + at);
      const Floats limit =
          top[v] - marginOf(norms + at, residuals + at, apart) - norm * norm * apart.perSquare;
      const Integers sure = second[v] < limit;  // false for NaN
      best.doubtful |= truthOf(~sure) << at;
      store(best.limit + at, limit);
      store(best.label + at, label[v]);
    }
  }
}

TARGET std::uint64_t differences(const std::int32_t* a, const std::int32_t* b) {
  std::uint64_t bits = 0;
  for (std::size_t lane = 0; lane < lanes; lane += floatWidth) {
    const Integers differ = load<Integers>(a + lane) != load<Integers>(b + lane);
    bits |= truthOf(differ) << lane;
  }
  return bits;
}

TARGET std::uint64_t shrink(const float* closest, const float* norms, const float* residuals,
                            const float* scores, float halfSquare, Margin margin, float noise,
                            float* clower, double* sum) {
  std::uint64_t doubtful = 0;
  Doubles total = {};
  for (std::size_t lane = 0; lane < lanes; lane += floatWidth) {
    const Floats norm = load<Floats>(norms + lane), old = load<Floats>(closest + lane);
    const Floats off = noise * marginOf(norms + lane, residuals + lane, margin);
    const Floats distance = norm * norm - 2 * (load<Floats>(scores + lane) - halfSquare);
    const Integers clear = distance > off, far = distance - off > old, done = old <= 0;
    doubtful |= truthOf(~(clear | far | done)) << lane;
    store(clower + lane, distance < old ? distance : old);
    total += loadDoubles(clower + lane) + loadDoubles(clower + lane + doubleWidth);
  }
  *sum = sumOf(total);
  return doubtful;
}

// ---- rows of the data, in float64

template <class T>
TARGET double squaredDistance(const T* x, const double* c, std::size_t dims) {
  Doubles squares = {}, second = {};
  std::size_t j = 0;
  for (; j + 2 * doubleWidth <= dims; j += 2 * doubleWidth) {
    const Doubles difference = loadDoubles(x + j) - load<Doubles>(c + j);
    const Doubles next = loadDoubles(x + j + doubleWidth) - load<Doubles>(c + j + doubleWidth);
    squares += difference * difference;
    second += next * next;
  }
  for (; j + doubleWidth <= dims; j += doubleWidth) {
    const Doubles difference = loadDoubles(x + j) - load<Doubles>(c + j);
    squares += difference * difference;
  }
  double sum = sumOf(squares + second);
  for (; j < dims; ++j) sum += (double{x[j]} - c[j]) * (double{x[j]} - c[j]);
  return sum;
}

template <class T>
TARGET double sumDistances(View<const T> x, const std::int32_t* labels, const double* centroids) {
  const std::size_t dims = x.columns;
  Doubles squares = {}, second = {}, third = {}, fourth = {};
  double rest = 0;
  for (std::size_t i = 0; i < x.rows; ++i) {
    const T* row = x.row(i);
    const double* c = centroids + static_cast<std::size_t>(labels[i]) * dims;
    const auto add = [&](std::size_t j, Doubles& into) DEEPTYPE_LAMBDA TARGET {
      const Doubles difference = loadDoubles(row + j) - load<Doubles>(c + j);
      into += difference * difference;
    };
    std::size_t j = 0;
    for (; j + 4 * doubleWidth <= dims; j += 4 * doubleWidth) {  // four chains of additions
      add(j, squares);
      add(j + doubleWidth, second);
      add(j + 2 * doubleWidth, third);
      add(j + 3 * doubleWidth, fourth);
    }
    for (; j + doubleWidth <= dims; j += doubleWidth) add(j, squares);
    for (; j < dims; ++j) rest += (double{row[j]} - c[j]) * (double{row[j]} - c[j]);
  }
  return sumOf(squares + second + (third + fourth)) + rest;
}

constexpr std::size_t rowsAhead = 16;

template <bool squared, class T>
TARGET double addMoves(View<const T> x, std::span<const Move> moves, const double* reference,
                       double* sums) {
  const std::size_t dims = x.columns;
  Doubles squares = {}, second = {};
  double rest = 0;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    const Move& move = moves[i];
    const T* row = x.row(move.row);
    prefetch(x.row(moves[std::min(i + rowsAhead, moves.size() - 1)].row), dims);
    double* const to = sums + static_cast<std::size_t>(move.to) * dims;
    double* const from =
        move.from < 0 ? nullptr : sums + static_cast<std::size_t>(move.from) * dims;
    const auto add = [&](std::size_t j, Doubles& into) DEEPTYPE_LAMBDA TARGET {
      const Doubles difference = loadDoubles(row + j) - load<Doubles>(reference + j);
      store(to + j, load<Doubles>(to + j) + difference);
      if (from) store(from + j, load<Doubles>(from + j) - difference);
      if constexpr (squared) into += difference * difference;
    };
    std::size_t j = 0;
    for (; j + 2 * doubleWidth <= dims; j += 2 * doubleWidth) {  // two chains of additions
      add(j, squares);
      add(j + doubleWidth, second);
    }
    for (; j + doubleWidth <= dims; j += doubleWidth) add(j, squares);
    for (; j < dims; ++j) {
      const double difference = double{row[j]} - reference[j];
      to[j] += difference;
      if (from) from[j] -= difference;
      if constexpr (squared) rest += difference * difference;
    }
  }
  return sumOf(squares + second) + rest;
}

template <class T>
TARGET double moveRows(View<const T> x, std::span<const Move> moves, const double* reference,
                       bool squares, double* sums) {
  return squares ? addMoves<true>(x, moves, reference, sums)
                 : addMoves<false>(x, moves, reference, sums);
}

#include "pack.inl.h"

constexpr Kernels table{multiply,
                        nearest,
                        differences,
                        shrink,
                        squaredDistance<float>,
                        squaredDistance<double>,
                        sumDistances<float>,
                        sumDistances<double>,
                        moveRows<float>,
                        moveRows<double>,
                        fill<float>,
                        fill<double>,
                        fillIntegers<float>,
                        fillIntegers<double>};
