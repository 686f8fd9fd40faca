#pragma once
// The inputs that are trained: a problem of its own for them, with their weights, moments and
// columns of the table gathered, beside that of all inputs.
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "problem.h"
#include "screening.h"

namespace deeptype {

class Selection {
 public:
  Selection(Problem& all, const HostTerms& terms, const BackendOptions& options)
      : all_(all), terms_(terms), options_(options) {}

  // The problem of the selected inputs; of all where none were selected.
  Problem& current() { return selected_ ? *selected_ : all_; }
  const Problem& current() const { return selected_ ? *selected_ : all_; }
  // That, with its table gathered; it is, once, when first asked for.
  Problem& withTable();

  bool isWhole() const { return !selected_; }
  std::span<const std::uint32_t> inputs() const { return inputs_; }  // ascending; none: all
  void selectAll();
  // The network of all inputs must be up to date.
  void select(std::span<const std::uint32_t> inputs);
  // Brings the network of all inputs up to date.
  void writeBack();
  // Of all columns of the table, for the gradient by the weights of all inputs.
  Screening& screening(bool isWhole);

 private:
  Problem& all_;
  const HostTerms& terms_;
  const BackendOptions& options_;
  std::unique_ptr<Problem> selected_;
  std::vector<std::uint32_t> inputs_;
  Buffer<float> x_;  // X[:, inputs_]
  std::optional<Screening> screening_;
};

}  // namespace deeptype
