#pragma once
// Lloyd's algorithm. Labels are those of float64 distances; cluster sums are updated with the
// points that change their cluster. In a table with far outliers that would lose precision: there
// the means are recomputed from the rows in each iteration.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "../../../platform/stop.h"
#include "../../../platform/threads.h"
#include "kmeans.h"
#include "means.h"
#include "packed_centroids.h"
#include "reassignments.h"

namespace deeptype::kmeans_detail {

template <class T>
class Lloyd {
 public:
  Lloyd(Points<T>& points, const KMeansOptions& options)
      : points_(points),
        options_(options),
        clusters_(options.clusters),
        sums_(clusters_ * points.dims()),
        counts_(clusters_),
        movedCounts_(points.chunks() * clusters_),
        touched_(points.chunks() * clusters_),
        partial_(points.chunks()),
        inertias_(points.chunks()) {
    const double work = static_cast<double>(points.x.size()) * static_cast<double>(clusters_);
    threads_ = threadsFor(options.threads, work);
    moved_.resize(points.chunks() * clusters_ * points.dims());
  }

  KMeansResult run(std::vector<double> start) {
    KMeansResult result;
    result.centroids = std::move(start);
    result.labels.assign(points_.blockCount() * lanes, -1);
    sums_.clear();
    counts_.clear();
    double enough = 0;
    bool& settled = result.settled;
    while (result.iterations < options_.maxIterations) {
      ++result.iterations;
      settled = !assign(result);
      if (options_.recordInertias) result.inertias.push_back(inertiaOf(result));
      if ((result.converged = settled)) break;
      if (result.iterations == 1 && options_.tolerance > 0)
        enough = options_.tolerance *
                 (options_.mlKMeansRules ? 1 : points_.meanVariance(totals().data()));
      if ((result.converged = update(result) <= enough)) break;
    }
    const bool recorded = settled && options_.recordInertias;
    if (!settled) settled = !assign(result);
    if (!recorded) result.inertias.push_back(inertiaOf(result));
    result.inertia = result.inertias.back();
    result.labels.resize(points_.x.rows);
    return result;
  }

 private:
  struct Partial {
    std::size_t changed, doubtful;
    double squares;
  };

  View<const double> centroidsOf(const KMeansResult& result) const {
    return {result.centroids.data(), clusters_, points_.dims()};
  }

  // Labels for the centroids and the sums of their clusters; returns whether a label changed.
  bool assign(KMeansResult& result) {
    const bool known = points_.filled;
    const bool changed = assignOnce(result);
    if (known || !points_.uneven) return changed;
    assignOnce(result);  // by plain distances: the first pass found the table uneven
    return true;
  }

  bool assignOnce(KMeansResult& result) {
    const bool first = result.labels.front() < 0;
    packed_.set(centroidsOf(result), points_, PackedCentroids::Which::near);
    const Kernels16* kernels16 = points_.kernels16;
    // Alternate directions: the data of the last chunks are still in cache.
    backwards_ = !first && !backwards_;
    parallelFor(points_.chunks(), threads_, [&](std::size_t task) {
      const kmeans_kernel::Kernels16Scope use(kernels16);
      assignChunk(backwards_ ? points_.chunks() - 1 - task : task, first, result);
    });
    const std::size_t d = points_.dims();
    Partial all{0, 0, 0};
    for (std::size_t chunk = 0; chunk < partial_.size(); ++chunk) {
      all.doubtful += partial_[chunk].doubtful;
      if (partial_[chunk].changed == 0) continue;
      all.changed += partial_[chunk].changed;
      all.squares += partial_[chunk].squares;
      for (std::size_t k = 0; k < clusters_; ++k) {
        const std::size_t at = chunk * clusters_ + k;
        if (!touched_[at]) continue;
        checkStop();
        counts_[k] += movedCounts_[at];
        for (std::size_t j = 0; j < d; ++j) sums_[k * d + j] += moved_[at * d + j];
      }
    }
    points_.markFilled();
    if (first) squares_ = all.squares;
    if (kernels16 && all.doubtful > points_.x.rows / 4) points_.switchToFloat32(options_.threads);
    return all.changed > 0;
  }

  void assignChunk(std::size_t chunk, bool first, KMeansResult& result) {
    thread_local Buffer<float> scores;
    thread_local Reassignments moves;
    const std::size_t begin = points_.chunkBegin(chunk), end = points_.chunkBegin(chunk + 1);
    moves.clear((end - begin) * lanes);
    std::size_t doubtful = 0;
    for (std::size_t b = begin; b < end; ++b) {
      checkStop();
      const View<const T> rows = points_.rowsOf(b);
      Best best;
      if (!points_.filled) points_.fillBlock(b);
      packed_.multiply(points_.block(b), scores);
      packed_.nearest(scores, points_.block(b), rows.rows, best);
      doubtful += resolveDoubtful(rows, scores, packed_, centroidsOf(result), points_.uneven, best);
      std::int32_t* labels = result.labels.data() + b * lanes;
      const std::uint64_t changed = kmeans_kernel::kernels().differences(best.label, labels);
      eachBit(changed & firstBits(rows.rows), [&](std::size_t i) {
        if (!first)
          kmeans_kernel::prefetch(rows.row(i), rows.columns);  // the first pass has just read it
        moves.add(b * lanes + i, labels[i], best.label[i]);
        labels[i] = best.label[i];
      });
    }
    const std::size_t at = chunk * clusters_;
    const ClusterChange change{moved_.data() + at * points_.dims(), movedCounts_.data() + at,
                               touched_.data() + at};
    const double squares =
        moves.apply(points_.x, points_.reference.data(), first, clusters_, change);
    partial_[chunk] = {moves.size(), doubtful, squares};
  }

  // sum_i |x_i - c|^2, c the centroid of the label; with r the reference it is
  // sum_i |x_i - r|^2 - sum_k (c_k - r)(2 S_k - n_k (c_k - r)), unless cancellation loses
  // precision.
  double inertiaOf(const KMeansResult& result) {
    if (points_.uneven) return inertiaOfRows(result);
    const std::size_t d = points_.dims();
    double inertia = squares_;
    for (std::size_t k = 0; k < clusters_; ++k) {
      checkStop();
      const auto count = static_cast<double>(counts_[k]);
      for (std::size_t j = 0; j < d; ++j) {
        const double offset = result.centroids[k * d + j] - points_.reference[j];
        inertia -= offset * (2 * sums_[k * d + j] - count * offset);
      }
    }
    return inertia > squares_ / 64 ? inertia : inertiaOfRows(result);
  }

  double inertiaOfRows(const KMeansResult& result) {
    const auto& kernel = kmeans_kernel::kernels();
    const double work = static_cast<double>(points_.x.size()) * 8;
    parallelFor(points_.chunks(), threadsFor(options_.threads, work), [&](std::size_t chunk) {
      const std::size_t begin = points_.chunkBegin(chunk) * lanes;
      const std::size_t end = std::min(points_.chunkBegin(chunk + 1) * lanes, points_.x.rows);
      inertias_[chunk] = kernel.sum(points_.x.rowRange(begin, end - begin),
                                    result.labels.data() + begin, result.centroids.data());
    });
    double inertia = 0;
    for (const double part : inertias_) inertia += part;
    return inertia;
  }

  // sum_i (x_i - reference)
  std::vector<double> totals() const {
    std::vector<double> all(points_.dims(), 0.0);
    for (std::size_t k = 0; k < clusters_; ++k)
      for (std::size_t j = 0; j < all.size(); ++j) all[j] += sums_[k * all.size() + j];
    return all;
  }

  // Moves every centroid to the mean of its points, if any; returns the sum of the squared shifts.
  double update(KMeansResult& result) {
    before_.copyFrom(result.centroids);
    const bool empty = std::find(counts_.begin(), counts_.end(), 0) != counts_.end();
    const bool refill = empty && !options_.mlKMeansRules;
    const std::vector<std::size_t> taken = refill ? farthest(result) : std::vector<std::size_t>{};
    // With ml-kmeans rules also for small tables, and where a cluster stays empty: its centroid may
    // equal a row, and the mean of that row alone must be exact.
    const bool little = points_.x.size() <= 1 << 16;
    if (points_.uneven || (options_.mlKMeansRules && (little || empty))) {
      meansFromRows(result, taken);
    } else {
      meansFromSums(result, taken);
    }
    double shift = 0;
    forRuns(before_.size(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t at = begin; at < end; ++at) {
        const double moved = result.centroids[at] - before_[at];
        shift += moved * moved;
      }
    });
    return shift;
  }

  // `taken`: the rows assigned to the emptied clusters, in their order.
  void meansFromSums(KMeansResult& result, const std::vector<std::size_t>& taken) {
    const std::size_t d = points_.dims();
    Buffer<double> lessSums;
    Buffer<std::int64_t> lessCounts;
    if (!taken.empty()) {
      lessSums.copyFrom(sums_.span());
      lessCounts.copyFrom(counts_.span());
    }
    const Buffer<double>& sums = taken.empty() ? sums_ : lessSums;
    const Buffer<std::int64_t>& counts = taken.empty() ? counts_ : lessCounts;
    for (const std::size_t i : taken) {
      const auto donor = static_cast<std::size_t>(result.labels[i]);
      --lessCounts[donor];
      for (std::size_t j = 0; j < d; ++j)
        lessSums[donor * d + j] -= double{points_.x(i, j)} - points_.reference[j];
    }
    for (std::size_t k = 0, refill = 0; k < clusters_; ++k) {
      checkStop();
      const T* point = counts[k] == 0 ? points_.x.row(taken[refill++]) : nullptr;
      const auto count = static_cast<double>(counts[k]);
      for (std::size_t j = 0; j < d; ++j)
        result.centroids[k * d + j] =
            point ? double{point[j]} : points_.reference[j] + sums[k * d + j] / count;
    }
  }

  void meansFromRows(KMeansResult& result, const std::vector<std::size_t>& taken) {
    std::vector<std::int32_t> labels(result.labels.begin(), result.labels.end());
    for (std::size_t k = 0, refill = 0; refill < taken.size(); ++k)
      if (counts_[k] == 0) labels[taken[refill++]] = static_cast<std::int32_t>(k);
    computeMeans(points_.x, labels.data(), options_.mlKMeansRules ? Origin::zero : Origin::firstRow,
                 View<double>{result.centroids.data(), clusters_, points_.dims()});
  }

  // For each emptied cluster the point farthest from its centroid, never the last point of another
  // cluster.
  std::vector<std::size_t> farthest(const KMeansResult& result) const {
    std::vector<std::size_t> taken;
    const auto empty = static_cast<std::size_t>(std::count(counts_.begin(), counts_.end(), 0));
    const std::size_t d = points_.dims();
    std::vector<double> distances(points_.x.rows);
    std::vector<std::uint32_t> order(points_.x.rows);
    for (std::size_t i = 0; i < distances.size(); ++i) {
      if (i % lanes == 0) checkStop();
      const double* own = result.centroids.data() + static_cast<std::size_t>(result.labels[i]) * d;
      distances[i] = kmeans_kernel::kernels().distance(points_.x.row(i), own, d);
      order[i] = static_cast<std::uint32_t>(i);
    }
    std::size_t compared = 0;
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
      if (++compared % 65536 == 0) checkStop();
      return distances[a] > distances[b];
    });
    std::vector<std::int64_t> left(counts_.begin(), counts_.end());
    for (const std::uint32_t i : order) {
      if (taken.size() == empty) break;
      auto& rest = left[static_cast<std::size_t>(result.labels[i])];
      if (rest == 1) continue;
      --rest;
      taken.push_back(i);
    }
    return taken;
  }

  Points<T>& points_;
  const KMeansOptions& options_;
  std::size_t clusters_;
  unsigned threads_;
  PackedCentroids packed_;
  Buffer<double> sums_;                // (K, D): of x - reference, by label
  Buffer<std::int64_t> counts_;        // (K)
  RecycledBuffer<double> moved_;       // (chunks, K, D): changes of the sums by an assignment
  Buffer<std::int64_t> movedCounts_;   // (chunks, K)
  std::vector<std::uint8_t> touched_;  // (chunks, K): whether the cluster changed
  std::vector<Partial> partial_;       // (chunks)
  bool backwards_ = false;  // whether the last assignment ran from the last chunk to the first
  Buffer<double> before_;   // (K, D): the centroids before an update
  double squares_ = 0;      // sum_i |x_i - reference|^2
  std::vector<double> inertias_;  // (chunks)
};

}  // namespace deeptype::kmeans_detail
