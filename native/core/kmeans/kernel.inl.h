// Compiled once per instruction set: a kernel file defines TARGET (the function attribute) and
// BYTES (of a vector register), then includes this in an anonymous namespace. No include guard on
// purpose.

typedef float Floats __attribute__((vector_size(BYTES)));
typedef std::int32_t Integers __attribute__((vector_size(BYTES)));
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
INNER Doubles loadDoubles(const double* p) { return load<Doubles>(p); }
INNER Doubles loadDoubles(const float* p) {
  return __builtin_convertvector(load<HalfFloats>(p), Doubles);
}
INNER double sumOf(const Doubles& x) {
  double sum = 0;
  for (std::size_t i = 0; i < doubleWidth; ++i) sum += x[i];
  return sum;
}

TARGET void argmax(const float* products, const float* halfSquares, std::size_t clusters,
                   Best& best) {
  for (std::size_t lane = 0; lane < lanes; lane += floatWidth) {
    Floats top = load<Floats>(products + lane) - halfSquares[0];
    Floats second = Floats{} - std::numeric_limits<float>::infinity();
    Integers label = {}, cluster = {};
    for (std::size_t k = 1; k < clusters; ++k) {
      const Floats score = load<Floats>(products + k * lanes + lane) - halfSquares[k];
      cluster += 1;
      const auto better = score > top;
      const Floats loser = better ? top : score;
      second = loser > second ? loser : second;
      top = better ? score : top;
      label = better ? cluster : label;
    }
    store(best.score + lane, top);
    store(best.second + lane, second);
    store(best.label + lane, label);
  }
}

template <class T>
TARGET double squaredDistance(const T* x, const double* c, std::size_t dims) {
  Doubles squares = {};
  std::size_t j = 0;
  for (; j + doubleWidth <= dims; j += doubleWidth) {
    const Doubles difference = loadDoubles(x + j) - load<Doubles>(c + j);
    squares += difference * difference;
  }
  double sum = sumOf(squares);
  for (; j < dims; ++j) sum += (double{x[j]} - c[j]) * (double{x[j]} - c[j]);
  return sum;
}

template <class T>
TARGET double addDifferences(View<const T> x, const std::int32_t* labels, const double* centroids,
                             double* sums) {
  const std::size_t dims = x.columns;
  Doubles squares = {}, second = {}, third = {}, fourth = {};
  double rest = 0;
  for (std::size_t i = 0; i < x.rows; ++i) {
    const T* row = x.row(i);
    const double* c = centroids + static_cast<std::size_t>(labels[i]) * dims;
    double* sum = sums + static_cast<std::size_t>(labels[i]) * dims;
    const auto add = [&](std::size_t j, Doubles& into) DEEPTYPE_LAMBDA TARGET {
      const Doubles difference = loadDoubles(row + j) - load<Doubles>(c + j);
      into += difference * difference;
      store(sum + j, load<Doubles>(sum + j) + difference);
    };
    std::size_t j = 0;
    for (; j + 4 * doubleWidth <= dims; j += 4 * doubleWidth) {  // four chains of additions
      add(j, squares);
      add(j + doubleWidth, second);
      add(j + 2 * doubleWidth, third);
      add(j + 3 * doubleWidth, fourth);
    }
    for (; j + doubleWidth <= dims; j += doubleWidth) add(j, squares);
    for (; j < dims; ++j) {
      const double difference = double{row[j]} - c[j];
      rest += difference * difference;
      sum[j] += difference;
    }
  }
  return sumOf(squares + second + (third + fourth)) + rest;
}

TARGET void shrink(const float* closest, const float* norms, const float* products,
                   float halfSquare, float* closer) {
  for (std::size_t lane = 0; lane < lanes; lane += floatWidth) {
    const Floats norm = load<Floats>(norms + lane), old = load<Floats>(closest + lane);
    const Floats distance = norm * norm - 2 * (load<Floats>(products + lane) - halfSquare);
    store(closer + lane, distance < old ? distance : old);
  }
}

// Sixteen by sixteen, so that both the reads and the writes stay within a few cache lines.
template <class T>
TARGET void fill(View<const T> x, const double* mean, double scale, float* block, float* norms) {
  constexpr std::size_t side = 16;
  const std::size_t dims = x.columns;
  if (x.rows < lanes) std::memset(block, 0, dims * lanes * sizeof(float));
  for (std::size_t first = 0; first < x.rows; first += side) {
    const std::size_t count = std::min(side, x.rows - first);
    for (std::size_t j0 = 0; j0 < dims; j0 += side) {
      const std::size_t width = std::min(side, dims - j0);
      float square[side][side] = {};
      for (std::size_t i = 0; i < count; ++i) {
        const T* row = x.row(first + i) + j0;
        for (std::size_t j = 0; j < width; ++j)
          square[i][j] = static_cast<float>((double{row[j]} - mean[j0 + j]) * scale);
      }
      for (std::size_t j = 0; j < width; ++j)
        for (std::size_t i = 0; i < side; ++i) block[(j0 + j) * lanes + first + i] = square[i][j];
    }
  }
  for (std::size_t lane = 0; lane < lanes; lane += floatWidth) {
    Floats squares = {};
    for (std::size_t j = 0; j < dims; ++j) {
      const Floats value = load<Floats>(block + j * lanes + lane);
      squares += value * value;
    }
    for (std::size_t i = 0; i < floatWidth; ++i) norms[lane + i] = std::sqrt(squares[i]);
  }
}

constexpr Kernels table{argmax,
                        squaredDistance<float>,
                        squaredDistance<double>,
                        addDifferences<float>,
                        addDifferences<double>,
                        shrink,
                        fill<float>,
                        fill<double>};
