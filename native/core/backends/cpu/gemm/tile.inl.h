// The tile algorithm, compiled once per instruction set: a kernel file defines TARGET (the function
// attribute) and, in an anonymous namespace, `Vec` (see kernel_baseline.cc), then includes this.
// No include guard on purpose.

constexpr std::size_t depthBlock = 256;    // largest block of k summed in registers
constexpr std::size_t rowBlock = 280;      // rows of A packed at a time
constexpr std::size_t tallBlock = 4096;    // rows of A at a time where A is not packed
constexpr std::size_t columnBlock = 1024;  // columns of B packed at a time

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
TARGET DEEPTYPE_INLINE void end(Vec::Type (&sum)[R][V], Vec::Mask mask, const Epilogue& epilogue) {
  if (epilogue.bias) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      const Vec::Type bias = load<V, Masked>(epilogue.bias, v, mask);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) sum[r][v] += bias;
    }
  }
  const Vec::Type below = Vec::broadcast(&epilogue.below);
  const bool drops = epilogue.below == 0;  // ReLU: masks instead of scaling
  if (epilogue.rectify) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v)
        sum[r][v] = drops ? Vec::positive(sum[r][v]) : Vec::scaleNegative(sum[r][v], below);
    }
  }
  if (epilogue.gate) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) {
        const Vec::Type gate = load<V, Masked>(
            epilogue.gate + static_cast<std::size_t>(r) * epilogue.gateStride, v, mask);
        sum[r][v] = drops ? Vec::where(gate, sum[r][v]) : Vec::scaleUnless(gate, sum[r][v], below);
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
                  const Epilogue* epilogue, Prefetch prefetch) {
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
    if constexpr (Unit) {
      __builtin_prefetch(prefetch.line, 0,
                         2);  // into the L2 cache: L1 holds A and B
      prefetch.line += prefetch.step;
    }
  }
  if (add) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v)
        sum[r][v] += load<V, Masked>(c + static_cast<std::size_t>(r) * cStride, v, mask);
    }
  }
  if (epilogue) end<R, V, Masked>(sum, mask, *epilogue);
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
                       std::size_t, Vec::Mask, bool, const Epilogue*, Prefetch);

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

// panel[i][lane] = rows[lane][i] for i < count
TARGET DEEPTYPE_INLINE void packSquare(const float* const (&rows)[Vec::width], std::size_t count,
                                       float* panel, std::size_t panelStride) {
  Vec::Type block[Vec::width];
  Vec::loadTransposed(rows, block);
#pragma GCC unroll 16
  for (std::size_t i = 0; i < count; ++i) Vec::store(panel + i * panelStride, block[i]);
}

// panel[k][lane] = source(lane, k), lanes <= Vec::width; lanes beyond repeat the last one or are
// zero. Writes whole vectors.
TARGET void packPanel(const float* source, std::size_t laneStride, std::size_t depthStride,
                      std::size_t lanes, std::size_t depth, float* panel, std::size_t panelStride) {
  constexpr std::size_t width = Vec::width;
  if (laneStride == 1) {
    const Vec::Mask mask = Vec::maskOf(lanes);
    for (std::size_t k = 0; k < depth; ++k)
      Vec::store(panel + k * panelStride, Vec::loadMasked(source + k * depthStride, mask));
    return;
  }
  const float* rows[width];
  for (std::size_t lane = 0; lane < width; ++lane)
    rows[lane] = source + std::min(lane, lanes - 1) * laneStride;
  const std::size_t tail = depth % width;
  for (std::size_t k = 0; k + width <= depth; k += width, panel += width * panelStride) {
    packSquare(rows, width, panel, panelStride);
    for (const float*& row : rows) row += width;
  }
  if (tail == 0) return;
  float square[width * width];
  for (std::size_t lane = 0; lane < width; ++lane) {
    float* const copy = square + lane * width;
    Vec::store(copy, Vec::loadMasked(rows[lane], Vec::maskOf(tail)));
    rows[lane] = copy;
  }
  packSquare(rows, tail, panel, panelStride);
}

// One block of rows, columns and k of a tile: rows in strips of nearly equal height, columns in
// strips of V vectors, the last ones narrower.
struct Block {
  const Product& product;
  Scratch& scratch;
  PrefetchQueue& queue;
  std::size_t row, rows, column, columns, k, depth;
  bool packA, packB;
  bool keepB;  // whether panels of all strips are kept, not of one

  // Packs A in strips, each [k][row].
  void packRows(const Parts& strips) const {
    float* panel = scratch.a.data();
    for (std::size_t s = 0; s < strips.count; ++s) {
      const std::size_t begin = strips.begin(s), height = strips.size(s);
      packPanel(product.a.at(row + begin, k), product.a.rowStride, product.a.columnStride, height,
                depth, panel + begin * depth, height);
    }
  }

  // Packs the strip of V vectors of columns from column + j as [k][column].
  template <int V>
  TARGET void packStrip(std::size_t j, float* panel) const {
    constexpr std::size_t span = V * Vec::width;
    const std::size_t here = std::min(span, columns - j);
    const float* source = product.b.at(k, column + j);
    if (product.b.columnStride != 1 || here < span) {
      for (std::size_t v = 0; v < here; v += Vec::width)
        packPanel(source + v * product.b.columnStride, product.b.columnStride, product.b.rowStride,
                  std::min(Vec::width, here - v), depth, panel + v, span);
      return;
    }
    for (std::size_t i = 0; i < depth; ++i, source += product.b.rowStride, panel += span) {
#pragma GCC unroll 8
      for (std::size_t v = 0; v < span; v += Vec::width)
        Vec::store(panel + v, Vec::load(source + v));
    }
  }

  // Multiplies all rows by the strip of V vectors of columns from column + j.
  template <int V>
  void strip(std::size_t j, const Parts& rowStrips, bool packed) const {
    constexpr std::size_t span = V * Vec::width;
    const std::size_t here = std::min(span, columns - j);
    float* const panel = scratch.b.data() + (keepB ? j * depth : 0);
    const float* b = packB ? panel : product.b.at(k, column + j);
    const std::size_t bStride = packB ? span : product.b.rowStride;
    const bool unit = packA || product.a.rowStride == 1;
    const bool masked = here < span;
    const Vec::Mask mask = Vec::maskOf(here - (V - 1) * Vec::width);
    const bool add = k > 0 || product.add;
    const bool ends = k + depth == product.depth && !product.epilogue.empty();
    Epilogue epilogue;
    if (packB && !packed) {
      packStrip<V>(j, panel);
      prefetchAfter(j + span, span);
    }
    for (std::size_t s = 0; s < rowStrips.count; ++s) {
      const std::size_t begin = rowStrips.begin(s), height = rowStrips.size(s);
      const float* a = packA ? scratch.a.data() + begin * depth : product.a.at(row + begin, k);
      const std::size_t aStride = packA  ? height
                                  : unit ? product.a.columnStride
                                         : product.a.rowStride;
      if (ends) epilogue = product.epilogue.at(row + begin, column + j);
      microFor<V>(unit, masked, height)(
          a, aStride, b, bStride, product.c.row(row + begin) + column + j, product.c.stride, depth,
          mask, add, ends ? &epilogue : nullptr, queue.next(b));
    }
  }

  // Queues the strip of columns after j: the next one, or the first of the next block of k; and
  // once the next block of A.
  void prefetchAfter(std::size_t j, std::size_t span) const {
    const bool last = j >= columns;
    const std::size_t next = k + depth, left = product.depth - next;
    if (product.b.columnStride == 1 && (!last || left > 0))
      queue.add({product.b.at(last ? next : k, column + (last ? 0 : j)),
                 last ? std::min(depth, left) : depth, std::min(span, columns),
                 product.b.rowStride});
    if (packA && product.a.columnStride == 1 && j == span && left > 0)
      queue.add({product.a.at(row, next), rows, std::min(depth, left), product.a.rowStride});
  }

  template <int V>
  void strips(std::size_t j, const Parts& rowStrips, bool packed) const {
    for (; j < columns && ceilDiv(columns - j, Vec::width) >= V; j += V * Vec::width)
      strip<V>(j, rowStrips, packed);
    if constexpr (V > 1)
      if (j < columns) strips<V / 2>(j, rowStrips, packed);
  }

  template <int V>
  void compute() const {
    const Parts rowStrips(rows, ceilDiv(rows, maxRows<V>));
    if (packA) packRows(rowStrips);
    const Scratch::Key key{product.serial, column, k, V};
    strips<V>(0, rowStrips, keepB && scratch.packedKey == key);
    if (packB) scratch.packedKey = keepB ? key : Scratch::Key{};
  }
};

template <int V>
void tileOf(const Product& product, const Tile& tile, Scratch& scratch) {
  const Parts blocks(product.depth, std::max<std::size_t>(1, ceilDiv(product.depth, depthBlock)));
  // B must be packed where its columns are contiguous, and should be where it is large, because
  // every row of a strip is on another page; A should be where its strips are read repeatedly.
  const bool large = product.depth * tile.columns >= 1 << 17 && tile.rows >= 4 * maxRows<V>;
  const bool packB = product.b.columnStride != 1 || large;
  const bool packA = large && tile.columns >= 64;
  // The stop flag is polled between blocks.
  const Parts rowBlocks(tile.rows,
                        std::max<std::size_t>(1, ceilDiv(tile.rows, packA ? rowBlock : tallBlock)));
  const std::size_t mostRows = rowBlocks.size(0), longest = blocks.size(0);
  const std::size_t mostColumns = packB ? columnBlock : tile.columns;
  const bool keepB = packB && (product.severalTiles || rowBlocks.count > 1);
  const std::size_t panels = keepB ? ceilDiv(std::min(tile.columns, mostColumns), Vec::width) : V;
  if (packA) scratch.a.resize(mostRows * longest + Vec::width);
  if (packB) scratch.b.resize(panels * Vec::width * longest);
  PrefetchQueue queue(std::max<std::size_t>(1, blocks.least));
  for (std::size_t j = 0; j < tile.columns; j += mostColumns) {
    for (std::size_t i = 0; i < blocks.count; ++i) {
      Block block{product,
                  scratch,
                  queue,
                  0,
                  0,
                  tile.column + j,
                  std::min(mostColumns, tile.columns - j),
                  blocks.begin(i),
                  blocks.size(i),
                  packA,
                  packB,
                  keepB};
      if (i + 1 == blocks.count)
        queue.addLast(product.prefetched, ceilDiv(block.columns, V * Vec::width) *
                                              ceilDiv(mostRows, maxRows<V>) * rowBlocks.count);
      for (std::size_t r = 0; r < rowBlocks.count; ++r) {
        checkStop();
        block.row = tile.row + rowBlocks.begin(r);
        block.rows = rowBlocks.size(r);
        block.compute<V>();
      }
    }
  }
}

[[maybe_unused]] void tileWith(const Product& product, const Tile& tile, Scratch& scratch) {
  const std::size_t vectors = ceilDiv(tile.columns, Vec::width);
  if constexpr (0 < maxRows<8>)
    if (tile.rows <= maxRows<8> && vectors > 4) return tileOf<8>(product, tile, scratch);
  if (tile.rows <= maxRows<4> && vectors > 2) return tileOf<4>(product, tile, scratch);
  tileOf<2>(product, tile, scratch);
}
