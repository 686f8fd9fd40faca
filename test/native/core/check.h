#pragma once
// A test is `TEST(name) { ... CHECK(condition); ... }`; main.cc runs all and counts.
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace check {

struct Test {
  std::string name;
  std::function<void()> body;
};
inline std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}
inline int& failures() {  // of the running test
  static int count = 0;
  return count;
}
struct Register {
  Register(const char* name, void (*body)()) { tests().push_back({name, body}); }
};

}  // namespace check

#define TEST(name)                                                  \
  static void test_##name();                                        \
  static const check::Register register_##name(#name, test_##name); \
  static void test_##name()

#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition) && ++check::failures() <= 10)                         \
      std::printf("  %s:%d: CHECK(%s)\n", __FILE__, __LINE__, #condition); \
  } while (false)
