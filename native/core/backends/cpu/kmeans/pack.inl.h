// Packs rows of the data into blocks; part of kernel.inl.h. No include guard on purpose.

template <std::size_t... I>
INNER Floats interleaveLow(const Floats& a, const Floats& b, std::index_sequence<I...>) {
  return __builtin_shufflevector(a, b, (I % 2 == 0 ? I / 2 : floatWidth + I / 2)...);
}
template <std::size_t... I>
INNER Floats interleaveHigh(const Floats& a, const Floats& b, std::index_sequence<I...>) {
  return __builtin_shufflevector(a, b,
                                 (floatWidth / 2 + (I % 2 == 0 ? I / 2 : floatWidth + I / 2))...);
}

// Transposes floatWidth vectors.
INNER void transpose(Floats* square) {
  constexpr std::make_index_sequence<floatWidth> indices{};
#pragma GCC unroll 4
  for (std::size_t stage = 1; stage < floatWidth; stage *= 2) {
    Floats next[floatWidth];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < floatWidth / 2; ++i) {
      next[2 * i] = interleaveLow(square[i], square[i + floatWidth / 2], indices);
      next[2 * i + 1] = interleaveHigh(square[i], square[i + floatWidth / 2], indices);
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < floatWidth; ++i) square[i] = next[i];
  }
}

// To the nearest bfloat16, ties to even; as a float32.
INNER Words roundToBf16(const Floats& x) {
  const Words bits = bitsOf<Words>(x);
  return (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u;
}

// x (D) in the frame: `width` elements from column j, padded with zeros.
INNER Floats centred(const float* x, const Frame& frame, std::size_t j, std::size_t width) {
  // The reference is a float32, so this rounds once.
  const auto scale = static_cast<float>(frame.scale);
  if (width >= floatWidth)
    return (load<Floats>(x + j) - load<Floats>(frame.referenceFloat + j)) * scale;
  float part[floatWidth] = {};
  for (std::size_t i = 0; i < width; ++i)
    part[i] = (x[j + i] - frame.referenceFloat[j + i]) * scale;
  return load<Floats>(part);
}
INNER Floats centred(const double* x, const Frame& frame, std::size_t j, std::size_t width) {
  float part[floatWidth] = {};
  for (std::size_t i = 0; i < std::min(width, floatWidth); ++i)
    part[i] = static_cast<float>((x[j + i] - frame.reference[j + i]) * frame.scale);
  return load<Floats>(part);
}

// Prefetches the same place of the next block during the products of this one.
template <class T>
INNER void prefetchNextBlock(const T* x, std::size_t stride) {
  __builtin_prefetch(x + lanes * stride, 0, 2);
}

// square[i] = row(i) for i < count, else 0.
template <class Row>
INNER void gather(Floats* square, std::size_t count, Row row) {
  if (count == floatWidth) {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < floatWidth; ++i) square[i] = row(i);
  } else {
    for (std::size_t i = 0; i < floatWidth; ++i) square[i] = i < count ? row(i) : Floats{};
  }
}

template <class T>
TARGET void fill(View<const T> x, const Frame& frame, std::size_t pairs, const Block& block) {
  const std::size_t dims = x.columns;
  for (std::size_t lane = 0; lane < lanes; lane += floatWidth) {
    Floats squares = {}, lost = {};
    const std::size_t count = lane < x.rows ? std::min(x.rows - lane, floatWidth) : 0;
    for (std::size_t j0 = 0; j0 < dims; j0 += floatWidth) {
      const std::size_t width = std::min(dims - j0, floatWidth);
      if (count == floatWidth) {
#pragma GCC unroll 16
        for (std::size_t i = 0; i < floatWidth; ++i)
          prefetchNextBlock(x.row(lane + i) + j0, x.stride);
      }
      Floats square[floatWidth];
      gather(square, count, [&](std::size_t i) DEEPTYPE_LAMBDA TARGET {
        return centred(x.row(lane + i), frame, j0, width);
      });
      transpose(square);
      for (std::size_t j = 0; j < width; ++j) squares += square[j] * square[j];
      if (block.floats) {
        for (std::size_t j = 0; j < width; ++j)
          store(block.floats + (j0 + j) * lanes + lane, square[j]);
        continue;
      }
      for (std::size_t j = 0; j < width; j += 2) {  // columns beyond the width are 0
        const Words even = roundToBf16(square[j]), odd = roundToBf16(square[j + 1]);
        const Floats lostEven = square[j] - bitsOf<Floats>(even);
        const Floats lostOdd = square[j + 1] - bitsOf<Floats>(odd);
        lost += lostEven * lostEven + lostOdd * lostOdd;
        store(block.pairs + (j0 + j) / 2 * lanes + lane, (even >> 16) | odd);
      }
    }
    for (std::size_t i = 0; i < floatWidth; ++i) {
      block.norms[lane + i] = std::sqrt(squares[i]);
      block.residuals[lane + i] = std::sqrt(lost[i]);
    }
  }
  if (block.pairs)
    for (std::size_t p = (dims + 1) / 2; p < pairs; ++p)
      std::memset(block.pairs + p * lanes, 0, lanes * sizeof *block.pairs);
}

// Rounds to the nearest integer, in the lower 16 bits: the ulp of so large a float32 is 1.
INNER Words toInteger(const Floats& x) { return bitsOf<Words>(x + 0x1.8p23f); }

// body(begin, columns) for each group of columns; all but the last have a constant width.
template <class Body>
INNER void eachGroup(std::size_t dims, Body body) {
  std::size_t group = 0;
  for (; group + groupColumns <= dims; group += groupColumns)
    body(group, std::integral_constant<std::size_t, groupColumns>{});
  if (group < dims) body(group, dims - group);
}

template <class T>
TARGET void fillIntegers(View<const T> x, const Frame& frame, const Block& block) {
  const std::size_t dims = x.columns;
  const float rounding =
      0.51f *
      std::sqrt(static_cast<float>(dims));  // norm of the rounding error of a row, in its units
  for (std::size_t lane = 0; lane < lanes; lane += floatWidth) {
    const std::size_t count = lane < x.rows ? std::min(x.rows - lane, floatWidth) : 0;
    Floats square[floatWidth];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < floatWidth; ++i) square[i] = Floats{};
    eachGroup(dims, [&](std::size_t group, auto columns) DEEPTYPE_LAMBDA TARGET {
      for (std::size_t j = 0; j < columns; j += floatWidth) {
        gather(square, count, [&](std::size_t i) DEEPTYPE_LAMBDA TARGET {
          const T* row = x.row(lane + i);
          prefetchNextBlock(row + group + j, x.stride);
          const Floats value = centred(row, frame, group + j, columns - j);
          return square[i] + value * value;
        });
      }
    });
    transpose(square);
    Floats squares = square[0];
#pragma GCC unroll 16
    for (std::size_t i = 1; i < floatWidth; ++i) squares += square[i];
    float perUnit[floatWidth];
    for (std::size_t i = 0; i < floatWidth; ++i) {
      const float norm = std::sqrt(squares[i]), unit = norm / maxUnits;
      // Points outside this range become 0, with their norm as the rounding error.
      const bool fits = norm > 1e-30f && norm < 1e30f;
      block.norms[lane + i] = norm;
      block.units[lane + i] = fits ? unit : 0;
      block.residuals[lane + i] = fits ? rounding * unit : norm;
      perUnit[i] = fits ? 1 / unit : 0;
    }
    eachGroup(dims, [&](std::size_t group, auto columns) DEEPTYPE_LAMBDA TARGET {
      const std::size_t half = (columns + 1) / 2;
      for (std::size_t j = 0; j < half; j += floatWidth) {
        const std::size_t low = std::min(half - j, floatWidth);
        const std::size_t high = std::min(columns - std::min<std::size_t>(columns, half + j), low);
        gather(square, count, [&](std::size_t i) DEEPTYPE_LAMBDA TARGET {
          const T* row = x.row(lane + i);
          const Floats a = centred(row, frame, group + j, low) * perUnit[i];
          const Floats b = centred(row, frame, group + half + j, high) * perUnit[i];
          return bitsOf<Floats>((toInteger(a) & 0xffff) | (toInteger(b) << 16));
        });
        transpose(square);
        for (std::size_t i = 0; i < low; ++i)
          store(block.pairs + (group / 2 + j + i) * lanes + lane, square[i]);
      }
    });
  }
}
