#pragma once
// Storage reused from one table to the next.
#include <utility>

#include "../../../math/matrix.h"

namespace deeptype::kmeans_detail {

// A buffer that reuses the storage of the last one of its type on this thread: fresh pages from the
// system cost as much as an iteration.
template <class T>
class RecycledBuffer : public Buffer<T> {
 public:
  RecycledBuffer() { std::swap<Buffer<T>>(*this, recycled_); }
  ~RecycledBuffer() {
    if (this->size() > recycled_.size() && this->size() * sizeof(T) <= most)
      std::swap<Buffer<T>>(*this, recycled_);
  }

 private:
  static constexpr std::size_t most = std::size_t{16}
                                      << 20;  // bytes that a thread keeps for each type
  static inline thread_local Buffer<T> recycled_;
};

}  // namespace deeptype::kmeans_detail
