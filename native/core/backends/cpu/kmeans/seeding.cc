#include "seeding.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "../../../platform/stop.h"
#include "../../../platform/threads.h"
#include "packed_centroids.h"

namespace deeptype::kmeans_detail {
namespace {

// Squared distances to the nearest centroid so far, in the units of the float32 copy.
template <class T>
class PlusPlus {
 public:
  PlusPlus(Points<T>& points, unsigned threads, std::size_t mostTrials)
      : points_(points),
        threads_(threads),
        closest_(points.blockCount() * lanes, 0.f),
        closer_(mostTrials),
        potentials_(points.chunks(), 0.0) {
    forRuns(points.x.rows, [&](std::size_t begin, std::size_t end) {
      std::fill(closest_.data() + begin, closest_.data() + end,
                std::numeric_limits<float>::infinity());
    });
    for (Buffer<float>& closer : closer_) closer.resize(closest_.size());
  }

  // Adds the candidate with the lowest sum of squared distances; returns its row.
  std::size_t add(const std::vector<std::size_t>& candidates) {
    const std::size_t trials = candidates.size(), chunks = points_.chunks();
    setCandidates(candidates);
    std::vector<double> sums(chunks * trials, 0.0);
    const unsigned threads =
        threadsFor(threads_, static_cast<double>(points_.x.size()) * static_cast<double>(trials));
    parallelFor(chunks, threads, [&](std::size_t chunk) {
      const kmeans_kernel::Kernels16Scope use(points_.kernels16);
      for (std::size_t b = points_.chunkBegin(chunk); b < points_.chunkBegin(chunk + 1); ++b) {
        checkStop();
        tryBlock(b, trials, &sums[chunk * trials]);
      }
    });

    std::size_t best = 0;
    total_ = std::numeric_limits<double>::infinity();
    for (std::size_t trial = 0; trial < trials; ++trial) {
      double sum = 0;
      for (std::size_t chunk = 0; chunk < chunks; ++chunk) sum += sums[chunk * trials + trial];
      if (sum < total_) {
        total_ = sum;
        best = trial;
      }
    }
    for (std::size_t chunk = 0; chunk < chunks; ++chunk)
      potentials_[chunk] = sums[chunk * trials + best];
    std::swap(closest_, closer_[best]);
    return candidates[best];
  }

  // A row drawn with probability proportional to its squared distance.
  std::size_t draw(Random& random) const {
    if (!(total_ > 0)) return random.below(points_.x.rows);  // all points are centroids
    double left = random.uniform() * total_;
    std::size_t chunk = 0;
    for (std::size_t c = 0; c < potentials_.size(); ++c) {
      if (potentials_[c] <= 0) continue;
      chunk = c;
      if (left < potentials_[c]) break;
      left -= potentials_[c];
    }
    std::size_t row = 0;
    const std::size_t end = std::min(points_.x.rows, points_.chunkBegin(chunk + 1) * lanes);
    for (std::size_t i = points_.chunkBegin(chunk) * lanes; i < end; ++i) {
      if (closest_[i] <= 0) continue;
      row = i;
      left -= double{closest_[i]};
      if (left < 0) break;
    }
    return row;
  }

 private:
  void setCandidates(const std::vector<std::size_t>& rows) {
    const std::size_t d = points_.dims();
    exact_.resize(rows.size() * d);
    for (std::size_t t = 0; t < rows.size(); ++t)
      for (std::size_t j = 0; j < d; ++j) exact_[t * d + j] = points_.x(rows[t], j);
    candidates_.set(std::as_const(exact_).view(rows.size(), d), points_,
                    PackedCentroids::Which::all);
  }

  // sums[trial] += sum of the squared distances of the block with that candidate added.
  void tryBlock(std::size_t b, std::size_t trials, double* sums) {
    // A distance whose error may exceed a quarter of it is computed from the data.
    constexpr float noise = 8;
    const auto& kernel = kmeans_kernel::kernels();
    thread_local Buffer<float> scores;
    const Block block = points_.block(b);
    candidates_.multiply(block, scores);
    const std::size_t first = b * lanes, count = points_.rowsOf(b).rows;
    for (std::size_t t = 0; t < trials; ++t) {
      float* closer = closer_[t].data() + first;
      const float* closest = closest_.data() + first;
      double sum = 0;
      const std::uint64_t doubtful =
          firstBits(count) & kernel.shrink(closest, block.norms, block.residuals,
                                           scores.data() + t * lanes, candidates_.halfSquares()[t],
                                           candidates_.margin(), noise, closer, &sum);
      if (doubtful != 0) {
        eachBit(doubtful, [&](std::size_t i) {
          closer[i] = std::min(closest[i], exactDistance(first + i, t));
        });
        sum = 0;
        for (std::size_t i = 0; i < count; ++i) sum += double{closer[i]};
      }
      sums[t] += sum;
    }
  }

  float exactDistance(std::size_t row, std::size_t trial) const {
    const std::size_t d = points_.dims();
    const double squared =
        kmeans_kernel::kernels().distance(points_.x.row(row), exact_.data() + trial * d, d);
    return static_cast<float>(squared * points_.scale * points_.scale);
  }

  Points<T>& points_;
  unsigned threads_;
  Buffer<float> closest_;              // (N, padded to blocks)
  std::vector<Buffer<float>> closer_;  // the same with each candidate added
  std::vector<double> potentials_;     // sum of closest_ by chunk
  double total_ = 0;
  Buffer<double> exact_;  // candidates (trials, D)
  PackedCentroids candidates_;
};

// The same from the data in float64, for tables with far outliers.
template <class T>
class ExactPlusPlus {
 public:
  ExactPlusPlus(View<const T> x, unsigned threads, std::size_t mostTrials)
      : x_(x), threads_(threads), closest_(x.rows, std::numeric_limits<double>::infinity()) {
    closer_.assign(mostTrials, closest_);
  }

  std::size_t add(const std::vector<std::size_t>& candidates) {
    const auto& kernel = kmeans_kernel::kernels();
    const std::size_t d = x_.columns, tasks = (x_.rows + lanes - 1) / lanes;
    std::size_t best = 0;
    total_ = std::numeric_limits<double>::infinity();
    for (std::size_t trial = 0; trial < candidates.size(); ++trial) {
      const T* row = x_.row(candidates[trial]);
      const std::vector<double> candidate(row, row + d);
      std::vector<double>& closer = closer_[trial];
      const unsigned threads = threadsFor(threads_, static_cast<double>(x_.size()));
      parallelFor(tasks, threads, [&](std::size_t t) {
        for (std::size_t i = t * lanes; i < std::min((t + 1) * lanes, x_.rows); ++i)
          closer[i] = std::min(closest_[i], kernel.distance(x_.row(i), candidate.data(), d));
      });
      const double sum = std::accumulate(closer.begin(), closer.end(), 0.0);
      if (sum < total_) {
        total_ = sum;
        best = trial;
      }
    }
    std::swap(closest_, closer_[best]);
    return candidates[best];
  }

  std::size_t draw(Random& random) const {
    if (!(total_ > 0)) return random.below(x_.rows);
    double left = random.uniform() * total_;
    std::size_t row = 0;
    for (std::size_t i = 0; i < x_.rows && left >= 0; ++i) {
      if (closest_[i] <= 0) continue;
      row = i;
      left -= closest_[i];
    }
    return row;
  }

 private:
  View<const T> x_;
  unsigned threads_;
  std::vector<double> closest_;              // (N)
  std::vector<std::vector<double>> closer_;  // the same with each candidate added
  double total_ = 0;
};

template <class Seeding>
std::vector<std::size_t> seedWith(Seeding seeding, std::size_t first, std::size_t clusters,
                                  std::size_t trials, Random& random) {
  std::vector<std::size_t> rows{first}, candidates(trials);
  seeding.add(rows);
  while (rows.size() < clusters) {
    for (std::size_t& candidate : candidates) candidate = seeding.draw(random);
    rows.push_back(seeding.add(candidates));
  }
  return rows;
}

}  // namespace

template <class T>
std::vector<std::size_t> seedPlusPlus(Points<T>& points, std::size_t clusters, Random& random,
                                      unsigned threads) {
  const auto trials = 2 + static_cast<std::size_t>(std::log(static_cast<double>(clusters)));
  const std::size_t first = random.below(points.x.rows);
  if (clusters == 1) return {first};
  points.fill(threads);
  if (points.uneven) {
    ExactPlusPlus<T> seeding(points.x, threads, trials);
    return seedWith(std::move(seeding), first, clusters, trials, random);
  }
  PlusPlus<T> seeding(points, threads, trials);
  return seedWith(std::move(seeding), first, clusters, trials, random);
}

std::vector<std::size_t> seedRandom(std::size_t rows, std::size_t clusters, Random& random) {
  std::vector<std::size_t> all(rows);
  forRuns(rows, [&](std::size_t begin, std::size_t end) {
    std::iota(all.data() + begin, all.data() + end, begin);
  });
  for (std::size_t i = 0; i < clusters; ++i) std::swap(all[i], all[i + random.below(rows - i)]);
  all.resize(clusters);
  return all;
}

template std::vector<std::size_t> seedPlusPlus(Points<float>&, std::size_t, Random&, unsigned);
template std::vector<std::size_t> seedPlusPlus(Points<double>&, std::size_t, Random&, unsigned);

}  // namespace deeptype::kmeans_detail
