#pragma once
#include "communicator.h"

namespace deeptype {

// One process: it holds all rows.
class SingleProcess final : public Communicator {
 public:
  unsigned rank() const override { return 0; }
  unsigned size() const override { return 1; }
  void allReduceSum(std::span<double>) override {}
  void allReduceSum(std::span<float>) override {}
  void allReduceMax(std::span<double>) override {}
  void broadcast(std::span<std::byte>, unsigned) override {}
  std::vector<std::byte> allGather(std::span<const std::byte> mine) override {
    return {mine.begin(), mine.end()};
  }
  void barrier() override {}
};

}  // namespace deeptype
