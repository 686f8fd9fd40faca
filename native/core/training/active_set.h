#pragma once
// Training on the live inputs only. Once the proximal operator has emptied an input, its weights
// stay zero as long as |g_j| <= alpha (in the penalty's dual norm), so its column need not be read.
// The emptied inputs are looked at again now and then, on the whole table, to reactivate those that
// violate that condition.
#include <cstdint>
#include <span>
#include <vector>

#include "../backend.h"

namespace deeptype {

class ActiveSet {
 public:
  ActiveSet(Backend& backend, std::size_t inputs) : backend_(backend), all_(inputs) {}

  // The inputs that are trained, ascending; empty where all are.
  std::span<const std::uint32_t> inputs() const { return inputs_; }
  // Starts from all inputs again, with the host's network.
  void reset();
  // The same, and then trains these alone; or all, where there are none.
  void restrict(std::vector<std::uint32_t> inputs);
  // Leaves out the inputs that are empty now, when they are enough to pay for the gathering.
  void drop();
  // Looks for inputs left out that violate their condition at this alpha; returns how many.
  std::size_t findViolators(bool joint, double alpha, double beta);
  // Trains those as well that the last look found; returns how many.
  std::size_t reactivate();

 private:
  void select(std::vector<std::uint32_t> inputs);

  Backend& backend_;
  std::size_t all_;
  std::vector<std::uint32_t> inputs_;
  std::vector<std::uint32_t> violators_;
};

}  // namespace deeptype
