#pragma once
// The processes that train one network together. Each rank holds some of the rows, and the same
// parameters; what is a sum over rows is summed over ranks. All ranks make the same calls in the
// same order. The default is one process, for which no call costs or changes anything.
//
// A coupled loss (see loss.h) needs all rows of a batch on one rank.
#include <cstddef>
#include <span>
#include <vector>

#include "../platform/stop.h"

namespace deeptype {

class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual unsigned rank() const = 0;
  virtual unsigned size() const = 0;
  // Element by element over ranks; every rank receives the result.
  virtual void allReduceSum(std::span<double> values) = 0;
  virtual void allReduceSum(std::span<float> values) = 0;
  virtual void allReduceMax(std::span<double> values) = 0;
  // What `root` holds, to all.
  virtual void broadcast(std::span<std::byte> values, unsigned root) = 0;
  // What each rank holds, which may differ in length, one after another in the order of the ranks.
  virtual std::vector<std::byte> allGather(std::span<const std::byte> mine) = 0;
  virtual void barrier() = 0;
};

inline bool isSingle(const Communicator& comm) { return comm.size() == 1; }

// n_rank / sum over ranks of n, for `rows` = n_rank.
inline double shareOfRows(Communicator& comm, std::size_t rows) {
  if (isSingle(comm)) return 1;
  double all = static_cast<double>(rows);
  comm.allReduceSum({&all, 1});
  return static_cast<double>(rows) / all;
}

// means = sum over ranks of share means: the mean over all rows of means over each rank's rows.
template <class T>
void meanOverRanks(Communicator& comm, double share, std::span<T> means) {
  if (isSingle(comm)) return;
  for (T& mean : means) mean = static_cast<T>(share * mean);
  comm.allReduceSum(means);
}

inline double largestOverRanks(Communicator& comm, double value) {
  if (!isSingle(comm)) comm.allReduceMax({&value, 1});
  return value;
}

// Several ranks stop at the same place or wait for one another for ever: no pass looks at the flag
// then, and between passes all stop as soon as one is to. One rank stops within its passes.
inline const StopFlag* flagOfPasses(const Communicator& comm, const StopFlag& stop) {
  return isSingle(comm) ? &stop : nullptr;
}
inline void agreeToStop(Communicator& comm, const StopFlag& stop) {
  if (!isSingle(comm) && largestOverRanks(comm, stop.isSet() ? 1 : 0) > 0) throw Stopped();
}

}  // namespace deeptype
