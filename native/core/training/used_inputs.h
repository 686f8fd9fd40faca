#pragma once
// The inputs whose column is not 0 in every row of the training table. The others, as constant
// columns are once they are standardised, have no gradient, so that nothing would take the weights
// that were drawn for them: these are set to 0, and a network without the inputs is trained on a
// table without the columns. All that comes of it is equal to the bit to what it were if the
// columns had never been there.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "context.h"

namespace deeptype {

// The columns of x (N,D) that are 0 in every row of every rank, ascending.
std::vector<std::uint32_t> zeroColumns(ConstMatrixView x, Communicator& comm);

// What is trained where some columns are 0: a network of the other inputs, and their columns.
class UsedInputs {
 public:
  // `unused` are not empty, and have weights 0 in the network of all inputs.
  UsedInputs(const Network& all, std::span<const std::uint32_t> unused,
             const SessionOptions& options);

  TrainingContext& context() { return context_; }
  const TrainingContext& context() const { return context_; }
  // These columns of a table, in memory that is kept here.
  Dataset training(const Dataset& data) { return {columns(data.x, x_), data.targets}; }
  Dataset heldOut(const Dataset& data) { return {columns(data.x, heldOutX_), data.targets}; }
  void writeTo(Network& all) const { all.setInputs(inputs_, *context_.network); }
  void readFrom(const Network& all);

 private:
  ConstMatrixView columns(ConstMatrixView x, Buffer<float>& storage) const;

  std::vector<std::uint32_t> inputs_;  // ascending
  TrainingContext context_;
  Buffer<float> x_, heldOutX_;
};

}  // namespace deeptype
