#include "snapshot_handle.h"

#include <array>
#include <cstring>
#include <type_traits>

#include "../convert/values.h"

namespace deeptype::addon {
namespace {

// As safetensors name them.
template <class T>
constexpr const char* kTypeName = "F64";
template <>
inline constexpr const char* kTypeName<float> = "F32";
template <>
inline constexpr const char* kTypeName<std::int32_t> = "I32";

template <class T>
constexpr bool kIsNumber = std::is_arithmetic_v<T>;

// Calls body(field) for the field of that name.
template <class State, class Body>
void withField(const Napi::Value& name, State& state, Body body) {
  const std::string wanted = name.ToString().Utf8Value();
  bool found = false;
  SessionState::visit(state, [&](const char* own, auto& field) {
    if (wanted != own) return;
    found = true;
    body(field);
  });
  require(name.Env(), found, "no such array");
}

std::span<std::byte> bytesOf(const Napi::Value& array) {
  return std::as_writable_bytes(elements<std::uint8_t>(array));
}

}  // namespace

Napi::Function SnapshotHandle::define(Napi::Env env) {
  return DefineClass(
      env, "SnapshotHandle",
      {
          InstanceMethod<&SnapshotHandle::entry<&SnapshotHandle::arrays>>("arrays"),
          InstanceMethod<&SnapshotHandle::entry<&SnapshotHandle::read>>("read"),
          InstanceMethod<&SnapshotHandle::entry<&SnapshotHandle::reserve>>("reserve"),
          InstanceMethod<&SnapshotHandle::entry<&SnapshotHandle::append>>("append"),
          InstanceMethod<&SnapshotHandle::entry<&SnapshotHandle::dispose>>("dispose"),
      });
}

SnapshotHandle::SnapshotHandle(const Napi::CallbackInfo& info)
    : Handle(info), memory_(info.Env(), *this) {
  coded(info.Env(), [&] {
    hold(info.Length() > 0 ? unwrap<SnapshotHandle>(info[0]).readable(info.Env())
                           : std::make_shared<Snapshot>());
  });
  Value().TypeTag(&kTag);
}

void SnapshotHandle::hold(std::shared_ptr<Snapshot> snapshot) {
  if (snapshot_) --snapshot_->handles;
  snapshot_ = std::move(snapshot);
  if (snapshot_) ++snapshot_->handles;
}

const std::shared_ptr<Snapshot>& SnapshotHandle::readable(Napi::Env env) const {
  if (!snapshot_) throw codedError(env, "ERR_DISPOSED", "the snapshot was disposed");
  if (snapshot_->busy) throw codedError(env, "ERR_BUSY", "the snapshot is being taken");
  return snapshot_;
}

const std::shared_ptr<Snapshot>& SnapshotHandle::writable(Napi::Env env) {
  const Snapshot& present = *readable(env);
  if (present.handles > 1 || present.readers > 0) hold(std::make_shared<Snapshot>());
  return snapshot_;
}

void SnapshotHandle::countMemory() {
  std::size_t bytes = 0;
  if (snapshot_) {
    SessionState::visit(snapshot_->state, [&]<class T>(const char*, const T& field) {
      if constexpr (!kIsNumber<T>) bytes += field.capacity() * sizeof(field[0]);
    });
  }
  memory_.set(bytes);
}

Napi::Value SnapshotHandle::arrays(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Array list = Napi::Array::New(env);
  SessionState::visit(readable(env)->state, [&]<class T>(const char* name, const T& field) {
    Napi::Object array = Napi::Object::New(env);
    array.Set("name", name);
    if constexpr (kIsNumber<T>) {
      array.Set("type", kTypeName<double>);
      array.Set("length", 1);
    } else {
      array.Set("type", kTypeName<typename T::value_type>);
      array.Set("length", static_cast<double>(field.size()));
    }
    list.Set(list.Length(), array);
  });
  return list;
}

void SnapshotHandle::read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SessionState& state = readable(env)->state;
  const double first = info[1].IsNumber() ? info[1].As<Napi::Number>().DoubleValue() : -1;
  const std::span<std::byte> out = bytesOf(info[2]);
  const auto copy = [&](std::span<const std::byte> all) {
    require(env, first >= 0 && first <= static_cast<double>(all.size()), "first byte");
    const auto part = all.subspan(static_cast<std::size_t>(first));
    require(env, out.size() <= part.size(), "more bytes than there are");
    std::copy_n(part.begin(), out.size(), out.begin());
  };
  withField(info[0], state, [&]<class T>(const T& field) {
    if constexpr (kIsNumber<T>) {
      const std::array number{static_cast<double>(field)};
      copy(std::as_bytes(std::span(number)));
    } else {
      copy(std::as_bytes(std::span(field)));
    }
  });
}

void SnapshotHandle::reserve(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  SessionState& state = writable(env)->state;
  const double length = info[1].IsNumber() ? info[1].As<Napi::Number>().DoubleValue() : -1;
  require(env, length >= 0 && length <= 9007199254740991.0, "length");
  guarded(env, [&] {
    withField(info[0], state, [&]<class T>(T& field) {
      if constexpr (!kIsNumber<T>) field.reserve(static_cast<std::size_t>(length));
    });
  });
  countMemory();
}

// Memory that was reserved is touched piece by piece: a page that is new costs the system time.
void SnapshotHandle::append(const Napi::CallbackInfo& info) {
  constexpr double kMaxSafe = 9007199254740991.0;
  const Napi::Env env = info.Env();
  SessionState& state = writable(env)->state;
  const std::span<const std::byte> bytes = bytesOf(info[1]);
  withField(info[0], state, [&]<class T>(T& field) {
    if constexpr (kIsNumber<T>) {
      double value = 0;
      require(env, bytes.size() == sizeof value, "a number takes eight bytes");
      std::memcpy(&value, bytes.data(), sizeof value);
      require(env, value >= 0 && (std::is_same_v<T, double> || value <= kMaxSafe), "number");
      field = static_cast<T>(value);
    } else {
      using Element = typename T::value_type;
      const std::size_t count = bytes.size() / sizeof(Element);
      const std::size_t before = field.size();
      require(env, bytes.size() % sizeof(Element) == 0 && count <= field.capacity() - before,
              "more bytes than were reserved");
      if (count == 0) return;  // the source may be a null pointer then
      field.resize(before + count);
      std::memcpy(field.data() + before, bytes.data(), bytes.size());
    }
  });
}

void SnapshotHandle::dispose(const Napi::CallbackInfo&) { freeMemory(); }

void SnapshotHandle::freeMemory() {
  hold(nullptr);
  countMemory();
}

}  // namespace deeptype::addon
