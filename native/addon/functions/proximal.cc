#include "proximal.h"

#include <algorithm>
#include <string>

#include "../../core/platform/threads.h"
#include "../../core/proximal/operators.h"
#include "../convert/values.h"

namespace deeptype::addon {
namespace {

constexpr std::size_t kRun = 8192;            // numbers a task
constexpr std::size_t kWorthwhile = 1 << 17;  // numbers that pay for threads

// body(i) for every row of the matrix
template <class Body>
void forRows(std::size_t rows, std::size_t columns, Body body) {
  const std::size_t run = std::max<std::size_t>(1, kRun / columns);
  parallelFor((rows + run - 1) / run, rows * columns >= kWorthwhile ? defaultThreads() : 1,
              [&](std::size_t task) {
                const simd::Denormals kept(simd::Denormals::Mode::keep);
                const std::size_t end = std::min(rows, (task + 1) * run);
                for (std::size_t i = task * run; i < end; ++i) body(i);
              });
}

template <class T>
std::span<T> rowOf(View<const T> x, std::size_t i) {
  return {const_cast<T*>(x.row(i)),
          x.columns};  // the array is JavaScript's, which lends it to write
}

// (operator, x, size, ratio): changes the rows of x in place
void runOperator(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    require(info.Env(), info[0].IsString() && info[2].IsNumber() && info[3].IsNumber(),
            "proximal: a name and two numbers expected");
    const std::string name = info[0].As<Napi::String>().Utf8Value();
    const double size = info[2].As<Napi::Number>().DoubleValue();
    const double ratio = info[3].As<Napi::Number>().DoubleValue();
    withMatrix(info[1], [&]<class T>(View<const T> x) {
      const RowOperator<T> apply = findOperator<T>(name);
      require(info.Env(), apply != nullptr, "proximal: no operator of that name");
      forRows(x.rows, x.columns, [&](std::size_t i) { apply(rowOf(x, i), size, ratio); });
    });
  });
}

// (v, u, lambda, lambdaBar, M): changes row i of v together with row i of u; both of one type
void runHierarchical(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    require(info.Env(), info[2].IsNumber() && info[3].IsNumber() && info[4].IsNumber(),
            "hierarchical: three numbers expected");
    const double lambda = info[2].As<Napi::Number>().DoubleValue();
    const double lambdaBar = info[3].As<Napi::Number>().DoubleValue();
    const double bound = info[4].As<Napi::Number>().DoubleValue();
    withMatrix(info[0], [&]<class T>(View<const T>) {
      Napi::Value array;
      const View<const T> v = matrix<T>(info[0], &array);
      const View<const T> u = matrix<T>(info[1]);
      // A getter of u may have detached the buffer of v, whose array is empty then.
      require(info.Env(), v.rows == u.rows && elements<T>(array).size() == v.size(),
              "hierarchical: as many rows expected");
      forRows(v.rows, v.columns + u.columns, [&](std::size_t i) {
        proxHierarchicalRow(rowOf(v, i), rowOf(u, i), lambda, lambdaBar, bound);
      });
    });
  });
}

}  // namespace

void defineProximal(Napi::Env env, Napi::Object exports) {
  exports["proximal"] = Napi::Function::New<runOperator>(env, "proximal");
  exports["hierarchical"] = Napi::Function::New<runHierarchical>(env, "hierarchical");
}

}  // namespace deeptype::addon
