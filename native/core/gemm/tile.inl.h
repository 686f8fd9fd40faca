// The tile algorithm, compiled once per instruction set: a kernel file defines TARGET (the function
// attribute) and, in an anonymous namespace, `Vec` (see kernel_baseline.cc), then includes this.
// No include guard on purpose.

constexpr std::size_t depthBlock = 256;    // most of k that is summed in registers at a time
constexpr std::size_t rowBlock = 252;      // rows of A that are packed at a time
constexpr std::size_t columnBlock = 1024;  // columns of B that are packed at a time

// Rows of C that fit in the registers beside V vectors of B and one broadcast of A.
template <int V>
constexpr int maxRows = std::min((Vec::registers - V - 1) / V, Vec::mostRows);

// The v-th of V vectors at p; Masked: the last one is partial.
template <int V, bool Masked>
TARGET DEEPTYPE_INLINE Vec::Type load(const float* p, int v, Vec::Mask mask) {
  return Masked && v == V - 1 ? Vec::loadMasked(p + v * Vec::width, mask)
                              : Vec::load(p + v * Vec::width);
}

template <int R, int V, bool Masked>
TARGET DEEPTYPE_INLINE void end(Vec::Type (&sum)[R][V], Vec::Mask mask, const Ending& ending) {
  if (ending.bias) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      const Vec::Type bias = load<V, Masked>(ending.bias, v, mask);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) sum[r][v] += bias;
    }
  }
  const Vec::Type below = Vec::broadcast(&ending.below);
  if (ending.rectify) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) sum[r][v] = Vec::scaleNegative(sum[r][v], below);
    }
  }
  if (ending.gate) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) {
        const float* gate = ending.gate + static_cast<std::size_t>(r) * ending.gateStride;
        sum[r][v] = Vec::scaleUnless(load<V, Masked>(gate, v, mask), sum[r][v], below);
      }
    }
  }
}

// C (R, V vectors) = or += A (R,K) B (K, V vectors). Unit: the R values of A at one k are adjacent
// and aStride leads to the next k; otherwise aStride leads to the next row. Masked: the last vector
// of B and C is partial.
template <int R, int V, bool Unit, bool Masked>
TARGET void micro(const float* a, std::size_t aStride, const float* b, std::size_t bStride,
                  float* c, std::size_t cStride, std::size_t depth, Vec::Mask mask, bool add,
                  const Ending* ending) {
  Vec::Type sum[R][V] = {};
  const float* base[R];
  for (int r = 0; r < R; r += 3) base[r] = a + static_cast<std::size_t>(r) * aStride;
#pragma GCC unroll 2
  for (std::size_t k = 0; k < depth; ++k) {
    Vec::Type bk[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) bk[v] = load<V, Masked>(b, v, mask);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      // Three rows share a base pointer, so that 14 rows need 5 pointers, not 14.
      const Vec::Type ark =
          Vec::broadcast(Unit ? a + k * aStride + r
                              : base[r - r % 3] + static_cast<std::size_t>(r % 3) * aStride + k);
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) sum[r][v] = Vec::multiplyAdd(ark, bk[v], sum[r][v]);
    }
    b += bStride;
  }
  if (add) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v)
        sum[r][v] += load<V, Masked>(c + static_cast<std::size_t>(r) * cStride, v, mask);
    }
  }
  if (ending) end<R, V, Masked>(sum, mask, *ending);
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      float* out = c + static_cast<std::size_t>(r) * cStride + v * Vec::width;
      if (Masked && v == V - 1) {
        Vec::storeMasked(out, sum[r][v], mask);
      } else {
        Vec::store(out, sum[r][v]);
      }
    }
  }
}

using Micro = void (*)(const float*, std::size_t, const float*, std::size_t, float*, std::size_t,
                       std::size_t, Vec::Mask, bool, const Ending*);

template <int V, bool Unit, bool Masked, int... R>
constexpr std::array<Micro, sizeof...(R) + 1> microsOf(std::integer_sequence<int, R...>) {
  return {nullptr, &micro<R + 1, V, Unit, Masked>...};
}

// The micro-kernel for `rows` rows, by V, layout of A and mask.
template <int V>
Micro microFor(bool unit, bool masked, std::size_t rows) {
  using Rows = std::make_integer_sequence<int, maxRows<V>>;
  static constexpr std::array<Micro, maxRows<V> + 1> table[2][2] = {
      {microsOf<V, false, false>(Rows{}), microsOf<V, false, true>(Rows{})},
      {microsOf<V, true, false>(Rows{}), microsOf<V, true, true>(Rows{})}};
  return table[unit][masked][rows];
}

// panel[k][lane] = source(lane, k), lanes <= Vec::width; lanes beyond are zero. Writes whole
// vectors.
TARGET void packPanel(const float* source, std::size_t laneStride, std::size_t depthStride,
                      std::size_t lanes, std::size_t depth, float* panel, std::size_t panelStride) {
  constexpr std::size_t width = Vec::width;
  if (laneStride == 1) {
    const Vec::Mask mask = Vec::maskOf(lanes);
    for (std::size_t k = 0; k < depth; ++k)
      Vec::store(panel + k * panelStride, Vec::loadMasked(source + k * depthStride, mask));
    return;
  }
  for (std::size_t k = 0; k < depth; k += width) {
    const std::size_t count = std::min(width, depth - k);
    const Vec::Mask mask = Vec::maskOf(count);
    Vec::Type block[width] = {};
    if (lanes == width && count == width) {
#pragma GCC unroll 16
      for (std::size_t lane = 0; lane < width; ++lane)
        block[lane] = Vec::load(source + lane * laneStride + k);
    } else {
      for (std::size_t lane = 0; lane < lanes; ++lane)
        block[lane] = Vec::loadMasked(source + lane * laneStride + k, mask);
    }
    Vec::transpose(block);
    if (count == width) {
#pragma GCC unroll 16
      for (std::size_t i = 0; i < width; ++i) Vec::store(panel + (k + i) * panelStride, block[i]);
    } else {
      for (std::size_t i = 0; i < count; ++i) Vec::store(panel + (k + i) * panelStride, block[i]);
    }
  }
}

// One block of rows, columns and k of a tile: rows in strips of nearly equal height, columns in
// strips of V vectors, the last ones narrower.
struct Block {
  const Product& product;
  Scratch& scratch;
  std::size_t row, rows, column, columns, k, depth;
  bool packA, packB;

  // A in strips: strip after strip, each [k][row].
  void packRows(std::size_t strips) const {
    float* panel = scratch.a.data();
    for (std::size_t s = 0; s < strips; ++s) {
      const std::size_t begin = partBegin(rows, strips, s);
      const std::size_t height = partBegin(rows, strips, s + 1) - begin;
      packPanel(product.a.at(row + begin, k), product.a.rowStride, product.a.columnStride, height,
                depth, panel + begin * depth, height);
    }
  }

  // B in strips: strip after strip, each [k][column].
  template <int V>
  void packColumns() const {
    const Scratch::Key key{product.serial, column, k, V};
    if (scratch.held == key) return;
    scratch.held = key;
    packStrips<V>(0);
  }

  template <int V>
  void packStrips(std::size_t begin) const {
    constexpr std::size_t span = V * Vec::width;
    const std::size_t strips = ceilDiv(columns - begin, Vec::width) / V;
    if (product.b.columnStride == 1) {
      copyStrips<span>(begin, strips);
    } else {
      for (std::size_t j = begin; j < begin + strips * span && j < columns; j += Vec::width)
        packPanel(product.b.at(k, column + j), product.b.columnStride, product.b.rowStride,
                  std::min(Vec::width, columns - j), depth,
                  scratch.b.data() + begin * depth + (j - begin) / span * span * depth +
                      (j - begin) % span,
                  span);
    }
    if constexpr (V > 1)
      if (begin + strips * span < columns) packStrips<V / 2>(begin + strips * span);
  }

  // Row after row of B, so that memory is read in long runs.
  template <std::size_t Span>
  TARGET void copyStrips(std::size_t begin, std::size_t strips) const {
    const std::size_t end = std::min(columns, begin + strips * Span);
    const std::size_t whole = begin + (end - begin) / Span * Span;
    for (std::size_t i = 0; i < depth; ++i) {
      const float* source = product.b.at(k + i, column);
      float* target = scratch.b.data() + begin * depth + i * Span;
      for (std::size_t j = begin; j < whole; j += Span, target += Span * depth) {
#pragma GCC unroll 8
        for (std::size_t v = 0; v < Span; v += Vec::width)
          Vec::store(target + v, Vec::load(source + j + v));
      }
      for (std::size_t j = whole; j < end; j += Vec::width)
        Vec::store(target + (j - whole),
                   Vec::loadMasked(source + j, Vec::maskOf(std::min(Vec::width, end - j))));
    }
  }

  // All rows times the strip of V vectors of columns that begins at column + j.
  template <int V>
  void strip(std::size_t j, std::size_t strips) const {
    constexpr std::size_t span = V * Vec::width;
    const std::size_t here = std::min(span, columns - j);
    const float* b = packB ? scratch.b.data() + j * depth : product.b.at(k, column + j);
    const std::size_t bStride = packB ? span : product.b.rowStride;
    const bool unit = packA || product.a.rowStride == 1;
    const bool masked = here < span;
    const Vec::Mask mask = Vec::maskOf(here - (V - 1) * Vec::width);
    const bool add = k > 0 || product.add;
    const bool ends = k + depth == product.depth && !product.ending.empty();
    Ending ending;
    for (std::size_t s = 0; s < strips; ++s) {
      const std::size_t begin = partBegin(rows, strips, s);
      const std::size_t height = partBegin(rows, strips, s + 1) - begin;
      const float* a = packA ? scratch.a.data() + begin * depth : product.a.at(row + begin, k);
      const std::size_t aStride = packA  ? height
                                  : unit ? product.a.columnStride
                                         : product.a.rowStride;
      if (ends) ending = product.ending.at(row + begin, column + j);
      microFor<V>(unit, masked, height)(a, aStride, b, bStride,
                                        product.c.row(row + begin) + column + j, product.c.stride,
                                        depth, mask, add, ends ? &ending : nullptr);
    }
  }

  template <int V>
  void strips(std::size_t j, std::size_t rowStrips) const {
    for (; j < columns && ceilDiv(columns - j, Vec::width) >= V; j += V * Vec::width)
      strip<V>(j, rowStrips);
    if constexpr (V > 1)
      if (j < columns) strips<V / 2>(j, rowStrips);
  }
};

template <int V>
void tileOf(const Product& product, const Tile& tile, Scratch& scratch) {
  const std::size_t blocks = std::max<std::size_t>(1, ceilDiv(product.depth, depthBlock));
  const std::size_t longest = ceilDiv(product.depth, blocks);
  // B must be packed where its columns are contiguous, and pays where walking down a column of a
  // large B would touch a page an element; A where its strips are read again and again.
  const bool large = product.depth * tile.columns >= 1 << 17 && tile.rows >= 4 * maxRows<V>;
  const bool packB = product.b.columnStride != 1 || large;
  const bool packA = large && tile.columns >= 64;
  const std::size_t mostRows = packA ? rowBlock : tile.rows;
  const std::size_t mostColumns = packB ? columnBlock : tile.columns;
  if (packA) scratch.a.resize(std::min(tile.rows, mostRows) * longest + Vec::width);
  if (packB)
    scratch.b.resize(ceilDiv(std::min(tile.columns, mostColumns), Vec::width) * Vec::width *
                     longest);
  for (std::size_t j = 0; j < tile.columns; j += mostColumns) {
    for (std::size_t i = 0; i < blocks; ++i) {
      const std::size_t k = partBegin(product.depth, blocks, i);
      Block block{product,
                  scratch,
                  0,
                  0,
                  tile.column + j,
                  std::min(mostColumns, tile.columns - j),
                  k,
                  partBegin(product.depth, blocks, i + 1) - k,
                  packA,
                  packB};
      if (packB) block.packColumns<V>();
      for (std::size_t r = 0; r < tile.rows; r += mostRows) {
        block.row = tile.row + r;
        block.rows = std::min(mostRows, tile.rows - r);
        const std::size_t rowStrips = ceilDiv(block.rows, maxRows<V>);
        if (packA) block.packRows(rowStrips);
        block.strips<V>(0, rowStrips);
      }
    }
  }
}

void tileWith(const Product& product, const Tile& tile, Scratch& scratch) {
  const std::size_t vectors = ceilDiv(tile.columns, Vec::width);
  if constexpr (maxRows < 8 >> 0)
    if (tile.rows <= maxRows<8> && vectors > 4) return tileOf<8>(product, tile, scratch);
  if (tile.rows <= maxRows<4> && vectors > 2) return tileOf<4>(product, tile, scratch);
  tileOf<2>(product, tile, scratch);
}
