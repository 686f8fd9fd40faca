// Products of bfloat16 pairs, compiled once per kind of instruction: a kernel file defines TARGET,
// `rowStrip` (rows of C at a time, a multiple of 16), begin(), end() and, in an anonymous
// namespace,
//   multiply(a, b, steps, c, stride, add, prefetch):
//     C (rowStrip, 32) = or += A (rowStrip, 32 steps) B (32 steps, 32),
// then includes this. A factor comes in blocks of 16 lanes (rows of A, columns of B) by 32 of k,
// 1 KiB each, one after the other along k; A's are [lane][pair of k], B's [pair of k][lane].
// No include guard on purpose.

constexpr std::size_t lanes = 16, span = 32, blockSize = 256;  // pairs in a block of a factor
constexpr std::size_t columnStrip = 2 * lanes;
constexpr std::size_t depthBlock = 512, rowBlock = 256, columnBlock = 1024;

constexpr std::size_t roundUp(std::size_t x, std::size_t unit) { return ceilDiv(x, unit) * unit; }

TARGET DEEPTYPE_INLINE __mmask16 maskOf(std::size_t count) {
  return static_cast<__mmask16>(count >= lanes ? 0xFFFF : (1u << count) - 1);
}

// Transposes x, 16 vectors of 16 pairs.
TARGET DEEPTYPE_INLINE void transpose(__m512i (&x)[lanes]) {
  __m512i y[lanes];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    y[i] = _mm512_unpacklo_epi32(x[i], x[i + 1]);
    y[i + 1] = _mm512_unpackhi_epi32(x[i], x[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    x[i] = _mm512_unpacklo_epi64(y[i], y[i + 2]);
    x[i + 1] = _mm512_unpackhi_epi64(y[i], y[i + 2]);
    x[i + 2] = _mm512_unpacklo_epi64(y[i + 1], y[i + 3]);
    x[i + 3] = _mm512_unpackhi_epi64(y[i + 1], y[i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    y[i] = _mm512_shuffle_i32x4(x[i], x[i + 4], 0x88);
    y[i + 4] = _mm512_shuffle_i32x4(x[i], x[i + 4], 0xDD);
    y[i + 8] = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0x88);
    y[i + 12] = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0xDD);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    x[i] = _mm512_shuffle_i32x4(y[i], y[i + 8], 0x88);
    x[i + 8] = _mm512_shuffle_i32x4(y[i], y[i + 8], 0xDD);
    x[i + 4] = _mm512_shuffle_i32x4(y[i + 4], y[i + 12], 0x88);
    x[i + 12] = _mm512_shuffle_i32x4(y[i + 4], y[i + 12], 0xDD);
  }
}

// Packs one block of a factor, rounded to bfloat16; elements beyond `count` lanes or `depth` are 0.
// lanesFirst: written as [lane][pair of k], else [pair of k][lane]. Whole: 16 lanes and 32 of k.
template <bool Whole>
TARGET void packBlock(const float* source, std::size_t laneStride, std::size_t depthStride,
                      std::size_t count, std::size_t depth, bool lanesFirst,
                      std::uint32_t* target) {
  __m512i x[lanes];
  const bool lanesAdjacent = laneStride == 1;
  if (lanesAdjacent) {
    // Interleaves rows of even and odd k to pairs.
    const __mmask16 mask = Whole ? 0xFFFF : maskOf(count);
    const __m512i order = _mm512_add_epi16(
        _mm512_set1_epi32(0x100000),
        _mm512_mullo_epi32(
            _mm512_set1_epi32(0x10001),
            _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)));
#pragma GCC unroll 16
    for (std::size_t p = 0; p < lanes; ++p) {
      const float* even = source + 2 * p * depthStride;
      const auto at = [&](std::size_t k) {
        return Whole || k < depth ? mask : static_cast<__mmask16>(0);
      };
      const __m512 low = _mm512_maskz_loadu_ps(at(2 * p), even);
      const __m512 high = _mm512_maskz_loadu_ps(at(2 * p + 1), even + depthStride);
      x[p] = _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
  } else {
    const __mmask16 low = Whole ? 0xFFFF : maskOf(depth);
    const __mmask16 high = Whole ? 0xFFFF : maskOf(depth > lanes ? depth - lanes : 0);
#pragma GCC unroll 16
    for (std::size_t l = 0; l < lanes; ++l) {
      const float* row = source + l * laneStride;
      const auto here = static_cast<__mmask16>(Whole || l < count ? 0xFFFF : 0);
      x[l] = (__m512i)_mm512_cvtne2ps_pbh(
          _mm512_maskz_loadu_ps(static_cast<__mmask16>(high & here), row + lanes),
          _mm512_maskz_loadu_ps(static_cast<__mmask16>(low & here), row));
    }
  }
  if (lanesAdjacent == lanesFirst) transpose(x);
#pragma GCC unroll 16
  for (std::size_t i = 0; i < lanes; ++i) _mm512_store_si512(target + i * lanes, x[i]);
}

// C (rows, columns) = epilogue(X); C and X may be the same.
TARGET void finish(const float* x, std::size_t xStride, std::size_t rows, std::size_t columns,
                   float* c, std::size_t cStride, const Epilogue& epilogue) {
  const __m512 zero = _mm512_setzero_ps(), below = _mm512_set1_ps(epilogue.below);
  const bool drops = epilogue.below == 0;  // ReLU: masks instead of scaling
  for (std::size_t i = 0; i < rows; ++i, c += cStride, x += xStride) {
    for (std::size_t j = 0; j < columns; j += lanes) {
      const __mmask16 mask = maskOf(columns - j);
      __m512 sum = _mm512_maskz_loadu_ps(mask, x + j);
      if (epilogue.bias) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, epilogue.bias + j));
      if (epilogue.rectify)
        sum = drops ? _mm512_max_ps(zero, sum)
                    : _mm512_mask_fmadd_ps(sum, _mm512_cmp_ps_mask(sum, zero, _CMP_LT_OQ), below,
                                           zero);
      if (epilogue.gate) {
        const __m512 gate =
            _mm512_maskz_loadu_ps(mask, epilogue.gate + i * epilogue.gateStride + j);
        const __mmask16 open = _mm512_cmp_ps_mask(gate, zero, _CMP_GT_OQ);
        sum = drops ? _mm512_maskz_mov_ps(open, sum)
                    : _mm512_mask_fmadd_ps(sum, _knot_mask16(open), below, zero);
      }
      _mm512_mask_storeu_ps(c + j, mask, sum);
    }
  }
}

// Packs `count` lanes of a factor in strips of 16.
void packFactor(const float* source, std::size_t laneStride, std::size_t depthStride,
                std::size_t count, std::size_t padded, std::size_t depth, bool lanesFirst,
                std::uint32_t* target) {
  const std::size_t steps = ceilDiv(depth, span);
  // The contiguous direction is the inner loop.
  const auto pack = [&](std::size_t lane, std::size_t step) {
    std::uint32_t* block = target + (lane / lanes * steps + step) * blockSize;
    if (lane >= count) return std::fill_n(block, blockSize, 0u), void();
    const std::size_t here = std::min(lanes, count - lane);
    const std::size_t deep = std::min(span, depth - step * span);
    const auto form = here == lanes && deep == span ? packBlock<true> : packBlock<false>;
    form(source + lane * laneStride + step * span * depthStride, laneStride, depthStride, here,
         deep, lanesFirst, block);
  };
  if (laneStride == 1) {
    for (std::size_t step = 0; step < steps; ++step)
      for (std::size_t lane = 0; lane < padded; lane += lanes) pack(lane, step);
  } else {
    for (std::size_t lane = 0; lane < padded; lane += lanes)
      for (std::size_t step = 0; step < steps; ++step) pack(lane, step);
  }
}

// One block of columns and of k of a tile.
struct Block {
  const Product& product;
  Scratch& scratch;
  PrefetchQueue& queue;
  std::size_t column, columns, k, depth;
  bool keepB;  // whether panels of all columns are kept, not of one strip

  std::size_t steps() const { return ceilDiv(depth, span); }

  void packA(std::size_t row, std::size_t rows) const {
    packFactor(product.a.at(row, k), product.a.rowStride, product.a.columnStride, rows,
               roundUp(rows, rowStrip), depth, true, scratch.bf16A.data());
  }

  // Queues the strip of columns that follows: the next one, or the first of the next block of k;
  // and once the next block of A.
  void prefetchAfter(std::size_t c, std::size_t row, std::size_t rows) const {
    const bool last = c >= columns;
    const std::size_t next = k + depth, left = std::min(depth, product.depth - next);
    if (product.b.columnStride == 1 && (!last || left > 0))
      queue.add({product.b.at(last ? next : k, column + (last ? 0 : c)), last ? left : depth,
                 std::min(columnStrip, columns), product.b.rowStride});
    if (product.a.columnStride == 1 && c == columnStrip && left > 0)
      queue.add({product.a.at(row, next), rows, left, product.a.rowStride});
  }

  // Up to rowStrip rows and 32 columns of C.
  void strip(std::size_t row, std::size_t rows, std::size_t c, const std::uint32_t* a,
             const std::uint32_t* b) const {
    const std::size_t here = std::min(columnStrip, columns - c);
    float* const out = product.c.row(row) + column + c;
    const std::size_t stride = product.c.stride;
    const bool add = k > 0 || product.add;
    const Epilogue epilogue =
        k + depth == product.depth ? product.epilogue.at(row, column + c) : Epilogue{};
    const Prefetch prefetch = queue.next(reinterpret_cast<const float*>(b));
    if (rows == rowStrip && here == columnStrip) {
      multiply(a, b, steps(), out, stride, add, prefetch);
      if (!epilogue.empty()) finish(out, stride, rows, here, out, stride, epilogue);
      return;
    }
    alignas(64) float whole[rowStrip * columnStrip] = {};
    if (add) finish(out, stride, rows, here, whole, columnStrip, {});
    multiply(a, b, steps(), whole, columnStrip, add, prefetch);
    finish(whole, columnStrip, rows, here, out, stride, epilogue);
  }

  void compute(std::size_t row, std::size_t rows, bool packed) const {
    packA(row, rows);
    for (std::size_t c = 0; c < columns; c += columnStrip) {
      std::uint32_t* const b = scratch.bf16B.data() + (keepB ? c * steps() * lanes : 0);
      if (!packed) {
        packFactor(product.b.at(k, column + c), product.b.columnStride, product.b.rowStride,
                   std::min(columnStrip, columns - c), columnStrip, depth, false, b);
        prefetchAfter(c + columnStrip, row, rows);
      }
      for (std::size_t r = 0; r < rows; r += rowStrip)
        strip(row + r, std::min(rowStrip, rows - r), c, scratch.bf16A.data() + r * steps() * lanes,
              b);
    }
  }
};

void tileWith(const Product& product, const Tile& tile, Scratch& scratch) {
  const std::size_t blocks = ceilDiv(product.depth, depthBlock);
  const std::size_t unit = roundUp(ceilDiv(product.depth, blocks), span);
  const bool keepB = product.severalTiles || tile.rows > rowBlock;
  const std::size_t panel = keepB ? std::min(tile.columns, columnBlock) : columnStrip;
  scratch.bf16A.resize(roundUp(std::min(tile.rows, rowBlock), rowStrip) * unit / 2);
  scratch.bf16B.resize(roundUp(panel, columnStrip) * unit / 2);
  PrefetchQueue queue(unit);
  const struct Use {
    Use() { begin(); }
    ~Use() { end(); }
  } use;
  for (std::size_t j = 0; j < tile.columns; j += columnBlock) {
    for (std::size_t k = 0; k < product.depth; k += unit) {
      const Block block{product,
                        scratch,
                        queue,
                        tile.column + j,
                        std::min(columnBlock, tile.columns - j),
                        k,
                        std::min(unit, product.depth - k),
                        keepB};
      if (k + block.depth == product.depth)
        queue.addLast(product.prefetched,
                      ceilDiv(block.columns, columnStrip) * ceilDiv(tile.rows, rowStrip));
      const Scratch::Key key{product.serial, block.column, k, 0};
      bool packed = keepB && scratch.packedKey == key;
      for (std::size_t i = 0; i < tile.rows; i += rowBlock) {
        checkStop();
        block.compute(tile.row + i, std::min(rowBlock, tile.rows - i), packed);
        packed = keepB;
      }
      scratch.packedKey = keepB ? key : Scratch::Key{};
    }
  }
}
