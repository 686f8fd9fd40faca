// Runs the registered tests whose name contains the first argument, or all.
#include "check.h"
#include "platform/simd/simd.h"

int main(int argc, char** argv) {
  const std::string filter = argc > 1 ? argv[1] : "";
  int passed = 0, failed = 0;
  std::printf("instruction set: %s\n", deeptype::simd::name(deeptype::simd::level()));
  for (const check::Test& test : check::tests()) {
    if (test.name.find(filter) == std::string::npos) continue;
    check::failures() = 0;
    test.body();
    const bool ok = check::failures() == 0;
    ++(ok ? passed : failed);
    std::printf("%s %s\n", ok ? "ok  " : "FAIL", test.name.c_str());
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
