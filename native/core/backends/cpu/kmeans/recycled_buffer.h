#pragma once
// Storage that one table leaves to the next.
#include <utility>

#include "../../../math/matrix.h"

namespace deeptype::kmeans_detail {

// A buffer that begins with the storage of the last one of its kind on this thread: new pages from
// the system cost as much as an iteration.
template <class T>
class Spare : public Buffer<T> {
 public:
  Spare() { std::swap<Buffer<T>>(*this, left_); }
  ~Spare() {
    if (this->size() > left_.size() && this->size() * sizeof(T) <= most)
      std::swap<Buffer<T>>(*this, left_);
  }

 private:
  static constexpr std::size_t most = std::size_t{16} << 20;  // bytes that a thread keeps of a kind
  static inline thread_local Buffer<T> left_;
};

}  // namespace deeptype::kmeans_detail
