// libFuzzer in Node: it draws the inputs and is fed by the coverage of the addon, which Clang has
// instrumented, and by what `counters` is told of the TypeScript. Load it with RTLD_GLOBAL, before
// the addon: that finds the places for its counters here.
#include <napi.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

extern "C" int LLVMFuzzerRunDriver(int* argc, char*** argv,
                                   int (*callback)(const std::uint8_t* data, std::size_t size));

namespace {

// libFuzzer clears them before an input, and keeps the input where one is set for the first time.
constexpr std::size_t kCounters = 1 << 16;
__attribute__((section("__libfuzzer_extra_counters"))) std::uint8_t counters[kCounters];

constexpr std::chrono::seconds kLongest(60);  // for one input

// The one target of the process, on the JavaScript thread; libFuzzer runs on a thread of its own.
class Target {
 public:
  Target(Napi::Env env, Napi::Function function)
      : queue_(Napi::ThreadSafeFunction::New(env, function, "fuzz", 0, 1)) {}

  // Hands the input over and waits until the target's promise is settled.
  void call(std::span<const std::uint8_t> input) {
    std::unique_lock lock(mutex_);
    answer_.reset();
    input_.assign(input.begin(), input.end());
    queue_.BlockingCall([this](Napi::Env env, Napi::Function function) {
      auto bytes = Napi::Uint8Array::New(env, input_.size());
      std::copy(input_.begin(), input_.end(), bytes.Data());
      const auto answer = [this](bool passed) {
        return [this, passed](const Napi::CallbackInfo&) { settle(passed); };
      };
      const Napi::Object promise = function.Call({bytes}).As<Napi::Object>();
      promise.Get("then").As<Napi::Function>().Call(
          promise,
          {Napi::Function::New(env, answer(true)), Napi::Function::New(env, answer(false))});
    });
    if (!answered_.wait_for(lock, kLongest, [&] { return answer_.has_value(); })) {
      std::fprintf(stderr, "the input takes too long\n");
      std::abort();  // which libFuzzer reports, and keeps the input
    }
    if (!*answer_) std::abort();
  }

 private:
  void settle(bool passed) {
    {
      const std::lock_guard lock(mutex_);
      answer_ = passed;
    }
    answered_.notify_one();
  }

  Napi::ThreadSafeFunction queue_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::vector<std::uint8_t> input_;
  std::optional<bool> answer_;
};

Target* target = nullptr;  // libFuzzer's callback takes no context

// (arguments, target): calls target(bytes) without end, or as the arguments say, then ends the
// process. A rejected promise is a crash.
void run(const Napi::CallbackInfo& info) {
  std::vector<std::string> arguments{"fuzz"};
  const auto list = info[0].As<Napi::Array>();
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    arguments.push_back(list.Get(i).As<Napi::String>().Utf8Value());
  }
  static Target only(info.Env(), info[1].As<Napi::Function>());
  target = &only;
  std::thread([arguments = std::move(arguments)]() mutable {
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    int count = static_cast<int>(arguments.size());
    char** values = pointers.data();
    // libFuzzer ends by exit(): before Node's own handlers, which expect the main thread.
    std::atexit([] {
      std::fflush(nullptr);
      std::_Exit(EXIT_SUCCESS);
    });
    const int status =
        LLVMFuzzerRunDriver(&count, &values, [](const std::uint8_t* data, std::size_t size) {
          target->call({data, size});
          return 0;
        });
    std::fflush(nullptr);
    std::_Exit(status);
  }).detach();
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports["run"] = Napi::Function::New<run>(env, "run");
  exports["counters"] = Napi::TypedArrayOf<std::uint8_t>::New(
      env, kCounters, Napi::ArrayBuffer::New(env, counters, kCounters), 0, napi_uint8_array);
  return exports;
}

NODE_API_MODULE(fuzz_driver, initialize)

}  // namespace
