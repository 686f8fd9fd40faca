#pragma once
// What the wrapped classes have in common.
#include <napi.h>

#include <new>

#include "../convert/errors.h"
#include "../jobs/environment.h"

namespace deeptype::addon {

// Node-API's wrappers let C++ exceptions pass to frames that end the process. The storage of a
// handle, and its methods by `entry`, turn std::bad_alloc into a coded error.
template <class T>
class Handle : public Napi::ObjectWrap<T> {
 public:
  using Napi::ObjectWrap<T>::ObjectWrap;

  static void* operator new(std::size_t size) {
    return coded(Environment::ofThread(), [&] { return ::operator new(size); });
  }
  static void operator delete(void* storage) { ::operator delete(storage); }

 protected:
  template <auto method>
  static Napi::Value call(T& handle, const Napi::CallbackInfo& info) {
    return coded(info.Env(), [&]() -> Napi::Value {
      if constexpr (std::is_void_v<decltype((handle.*method)(info))>) {
        (handle.*method)(info);
        return info.Env().Undefined();
      } else {
        return (handle.*method)(info);
      }
    });
  }
};

}  // namespace deeptype::addon
