#pragma once
// Training on the live inputs only. Once the proximal operator has emptied an input, its weights
// stay zero as long as |g_j| <= alpha (in the penalty's dual norm), so its column need not be read:
// X and the first layer are gathered to the inputs that are left, and the emptied ones are looked
// at again now and then, on the whole table, to take back those that violate that condition: |g_j|
// is bounded for all of them (screening.h), and computed where the bound does not tell.
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "problem.h"
#include "screening.h"

namespace deeptype {

class ActiveSet {
 public:
  ActiveSet(Problem& all, const SessionOptions& options) : all_(all), options_(options) {}

  // What is trained at present: the problem of the live inputs, or that of all.
  Problem& current() { return live_ ? *live_ : all_; }
  const Problem& current() const { return live_ ? *live_ : all_; }

  // That, with its table gathered; it is, once, when first asked for.
  Problem& withTable();

  // Starts from all inputs again: the network of all was changed from outside.
  void reset();
  // The inputs that are trained, ascending; empty where all are.
  std::span<const std::uint32_t> inputs() const { return inputs_; }
  // Trains these alone, which are ascending and some of all; or all, where there are none. The
  // network of all inputs must be up to date.
  void restrict(std::vector<std::uint32_t> inputs);
  // Leaves out the inputs that are empty now, when they are enough to pay for the gathering.
  void drop();
  // Brings the network of all inputs up to date.
  void writeBack();
  // Looks for inputs left out that violate their condition at this alpha; returns how many.
  std::size_t violators(const Centers* centers, double alpha, double beta);
  // Takes back those that the last look found; returns how many.
  std::size_t readmit();
  // The gradient of the smooth part by the first layer's weights, through the live inputs' forward
  // and backward pass: of every live input, and of those left out whose dual norm may exceed alpha.
  struct InputGradient {
    std::vector<std::uint32_t> inputs;  // ascending
    ConstMatrixView g;                  // (M,H), a row for each of these
  };
  InputGradient inputGradient(const Centers* centers, double alpha, double beta);

 private:
  void select(std::vector<std::uint32_t> inputs);
  std::vector<std::uint32_t> inputsBeyond(const Centers* centers, double alpha, double beta);

  Problem& all_;
  const SessionOptions& options_;
  std::unique_ptr<Problem> live_;
  std::vector<std::uint32_t> inputs_;  // of live_, ascending
  std::vector<std::uint32_t> violators_;
  Buffer<float> x_;  // X[:, inputs_]
  std::optional<Screening> screening_;
};

}  // namespace deeptype
