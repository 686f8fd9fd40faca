#pragma once
// A primary loss written in JavaScript: called once a batch on the JavaScript thread.
#include <napi.h>

#include <atomic>
#include <memory>
#include <thread>

#include "../../core/terms/losses/loss.h"
#include "environment.h"
#include "job.h"

namespace deeptype::addon {

// The function is (outputs, gradient, rows, columns, classes | null, values | null, weights | null)
// -> loss; it fills `gradient`. A loss of NaN says that it failed. evaluate() may run on a job's
// thread, which then waits; the wait ends on stop, abort and the end of the environment, with a
// loss of NaN.
class JsLoss final : public Loss {
 public:
  JsLoss(Napi::Function function, TargetKind kind, bool coupled, std::shared_ptr<StopSignal> stop);
  TargetKind targets() const override { return kind_; }
  bool coupled() const override { return coupled_; }
  double evaluate(ConstMatrixView outputs, const Targets& targets, MatrixView gradient) override;

 private:
  struct Request {
    std::vector<float> outputs;
    std::vector<float> gradient;
    std::vector<std::int32_t> classes;
    std::vector<float> values;
    std::vector<float> weights;
    std::size_t rows = 0;
    std::size_t columns = 0;
    double loss = 0;
    std::atomic<bool> answered{false};
  };
  static void call(const Napi::FunctionReference& function, TargetKind kind, Request& request);

  std::shared_ptr<Napi::FunctionReference> function_;
  Environment& environment_;
  TargetKind kind_;
  bool coupled_;
  std::shared_ptr<StopSignal> stop_;
  std::thread::id home_ = std::this_thread::get_id();
};

}  // namespace deeptype::addon
