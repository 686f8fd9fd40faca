// The tile algorithm, compiled once per instruction set: a kernel file defines TARGET (the function
// attribute) and, in an anonymous namespace, `Vec` (see kernel_baseline.cc), then includes this.
// No include guard on purpose.

constexpr std::size_t depthBlock = 384;  // most of k that is summed in registers at a time

// Rows of C that fit in the registers beside V vectors of B and one broadcast of A.
template <int V>
constexpr int maxRows = std::min((Vec::registers - V - 1) / V, Vec::mostRows);

// C (R, V vectors) = or += A (R,K) B (K, V vectors). Unit: the R values of A at one k are adjacent
// and aStride leads to the next k; otherwise aStride leads to the next row. Masked: the last vector
// of B and C is partial.
template <int R, int V, bool Unit, bool Masked>
TARGET void micro(const float* a, std::size_t aStride, const float* b, std::size_t bStride,
                  float* c, std::size_t cStride, std::size_t depth, Vec::Mask mask, bool add) {
  Vec::Type sum[R][V] = {};
  const float* base[R];
  for (int r = 0; r < R; r += 3) base[r] = a + static_cast<std::size_t>(r) * aStride;
#pragma GCC unroll 2
  for (std::size_t k = 0; k < depth; ++k) {
    Vec::Type bk[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v)
      bk[v] = Masked && v == V - 1 ? Vec::loadMasked(b + v * Vec::width, mask)
                                   : Vec::load(b + v * Vec::width);
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
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      float* out = c + static_cast<std::size_t>(r) * cStride + v * Vec::width;
      if (Masked && v == V - 1) {
        if (add) sum[r][v] += Vec::loadMasked(out, mask);
        Vec::storeMasked(out, sum[r][v], mask);
      } else {
        if (add) sum[r][v] += Vec::load(out);
        Vec::store(out, sum[r][v]);
      }
    }
  }
}

using Micro = void (*)(const float*, std::size_t, const float*, std::size_t, float*, std::size_t,
                       std::size_t, Vec::Mask, bool);

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

// One block of k over a tile: rows in strips of nearly equal height, columns in strips of V
// vectors.
struct Block {
  const Product& product;
  const Tile& tile;
  Scratch& scratch;
  std::size_t k, depth;
  bool packA, packB, add;

  // A in strips: strip after strip, each [k][row].
  void packRows(std::size_t strips) const {
    float* panel = scratch.a.data();
    for (std::size_t s = 0; s < strips; ++s) {
      const std::size_t begin = partBegin(tile.rows, strips, s);
      const std::size_t height = partBegin(tile.rows, strips, s + 1) - begin;
      packPanel(product.a.at(tile.row + begin, k), product.a.rowStride, product.a.columnStride,
                height, depth, panel + begin * depth, height);
    }
  }

  // Columns column .. +columns of B (at most V vectors), [k][column].
  template <int V>
  void packColumns(std::size_t column, std::size_t columns) const {
    for (std::size_t v = 0; v < ceilDiv(columns, Vec::width); ++v) {
      const std::size_t begin = v * Vec::width;
      packPanel(product.b.at(k, column + begin), product.b.columnStride, product.b.rowStride,
                std::min(Vec::width, columns - begin), depth, scratch.b.data() + begin,
                V * Vec::width);
    }
  }

  // All rows of the tile times one strip of V vectors of columns.
  template <int V>
  void strip(std::size_t column, std::size_t columns, std::size_t strips) const {
    if (packB) packColumns<V>(column, columns);
    const float* b = packB ? scratch.b.data() : product.b.at(k, column);
    const std::size_t bStride = packB ? V * Vec::width : product.b.rowStride;
    const bool unit = packA || product.a.rowStride == 1;
    const bool masked = columns < V * Vec::width;
    const Vec::Mask mask = Vec::maskOf(columns - (V - 1) * Vec::width);
    for (std::size_t s = 0; s < strips; ++s) {
      const std::size_t begin = partBegin(tile.rows, strips, s);
      const std::size_t height = partBegin(tile.rows, strips, s + 1) - begin;
      const float* a = packA ? scratch.a.data() + begin * depth : product.a.at(tile.row + begin, k);
      const std::size_t aStride = packA  ? height
                                  : unit ? product.a.columnStride
                                         : product.a.rowStride;
      microFor<V>(unit, masked, height)(a, aStride, b, bStride,
                                        product.c.row(tile.row + begin) + column, product.c.stride,
                                        depth, mask, add);
    }
  }

  // Columns from `column` on in strips of V vectors, what is left in narrower ones.
  template <int V>
  void columns(std::size_t column, std::size_t strips) const {
    const std::size_t end = tile.column + tile.columns;
    const auto vectorsLeft = [&] { return ceilDiv(end - column, Vec::width); };
    for (; column < end && vectorsLeft() >= V; column += V * Vec::width)
      strip<V>(column, std::min(V * Vec::width, end - column), strips);
    if constexpr (V > 1)
      if (column < end) columns<V / 2>(column, strips);
  }
};

template <int V>
void tileOf(const Product& product, const Tile& tile, Scratch& scratch) {
  const std::size_t strips = ceilDiv(tile.rows, maxRows<V>);
  const std::size_t blocks = std::max<std::size_t>(1, ceilDiv(product.depth, depthBlock));
  const std::size_t longest = ceilDiv(product.depth, blocks);
  // B must be packed where its columns are contiguous, and pays where walking down a column of a
  // large B would touch a page an element; A where its strips are read again and again.
  const bool large = product.depth * tile.columns >= 1 << 17 && tile.rows >= 4 * maxRows<V>;
  const bool packB = product.b.columnStride != 1 || large;
  const bool packA = large && tile.columns >= 64;
  if (packA) scratch.a.resize(tile.rows * longest + Vec::width);
  if (packB) scratch.b.resize(V * Vec::width * longest);
  for (std::size_t i = 0; i < blocks; ++i) {
    const std::size_t k = partBegin(product.depth, blocks, i);
    const Block block{product,
                      tile,
                      scratch,
                      k,
                      partBegin(product.depth, blocks, i + 1) - k,
                      packA,
                      packB,
                      i > 0 || product.add};
    if (packA) block.packRows(strips);
    block.columns<V>(tile.column, strips);
  }
}

void tileWith(const Product& product, const Tile& tile, Scratch& scratch) {
  const std::size_t vectors = ceilDiv(tile.columns, Vec::width);
  if constexpr (maxRows < 8 >> 0)
    if (tile.rows <= maxRows<8> && vectors > 4) return tileOf<8>(product, tile, scratch);
  if (tile.rows <= maxRows<4> && vectors > 2) return tileOf<4>(product, tile, scratch);
  tileOf<2>(product, tile, scratch);
}
