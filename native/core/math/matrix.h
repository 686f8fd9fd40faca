#pragma once
// Row-major matrix views, which own nothing, and Buffer, which owns and never shrinks.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "../platform/memory.h"

namespace deeptype {

template <class T>
struct View {
  T* data = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t stride = 0;  // elements from one row to the next

  View() = default;
  View(T* data_, std::size_t rows_, std::size_t columns_, std::size_t stride_)
      : data(data_), rows(rows_), columns(columns_), stride(stride_) {}
  View(T* data_, std::size_t rows_, std::size_t columns_)
      : View(data_, rows_, columns_, columns_) {}

  // A View<float> is a View<const float>.
  template <class U>
  requires(std::is_same_v<const U, T> && !std::is_same_v<U, T>) View(const View<U>& other)
      : View(other.data, other.rows, other.columns, other.stride) {}

  T* row(std::size_t i) const { return data + i * stride; }
  std::span<T> rowSpan(std::size_t i) const { return {row(i), columns}; }
  T& operator()(std::size_t i, std::size_t j) const { return data[i * stride + j]; }
  View rowRange(std::size_t begin, std::size_t count) const {
    assert(begin + count <= rows);
    return {data + begin * stride, count, columns, stride};
  }
  std::size_t size() const { return rows * columns; }
  bool contiguous() const { return stride == columns; }
};

using MatrixView = View<float>;
using ConstMatrixView = View<const float>;

inline std::vector<double> toDouble(ConstMatrixView m) {  // m is contiguous
  return {m.data, m.data + m.size()};
}

// Aligned storage that keeps its capacity. `resize` keeps the contents where it does not grow;
// otherwise they are unspecified.
template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  explicit Buffer(std::size_t size) { resize(size); }
  Buffer(std::size_t size, T value) : Buffer(size) {
    if (value == T{}) {
      clear();
    } else {
      fill(value);
    }
  }

  void resize(std::size_t size) {
    if (size > capacity_) {
      storage_ = Storage(static_cast<T*>(allocateAligned(size * sizeof(T))), {size * sizeof(T)});
      capacity_ = size;
    }
    size_ = size;
  }
  void fill(T value) {
    for (std::size_t i = 0; i < size_; ++i) storage_[i] = value;
  }
  void clear() {  // zeroes; large buffers release their pages until they are written
    if (size_ > 0) clearAligned(storage_.get(), size_ * sizeof(T));
  }
  void copyFrom(std::span<const T> source) {
    resize(source.size());
    for (std::size_t i = 0; i < size_; ++i) storage_[i] = source[i];
  }
  T* data() { return storage_.get(); }
  const T* data() const { return storage_.get(); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return storage_[i]; }
  const T& operator[](std::size_t i) const { return storage_[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }
  View<T> view(std::size_t rows, std::size_t columns) {
    assert(rows * columns <= size_);
    return {data(), rows, columns};
  }
  View<const T> view(std::size_t rows, std::size_t columns) const {
    assert(rows * columns <= size_);
    return {data(), rows, columns};
  }

 private:
  struct Free {
    std::size_t bytes = 0;
    void operator()(T* p) const { freeAligned(p, bytes); }
  };
  using Storage = std::unique_ptr<T[], Free>;
  Storage storage_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace deeptype
