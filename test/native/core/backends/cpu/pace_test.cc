#include "backends/cpu/pace.h"

#include "check.h"

using namespace deeptype;

namespace {

// How often a step was given one thread, and how often all.
struct Given {
  unsigned alone = 0, all = 0;
};

Given given(Pace pace, unsigned threads, unsigned steps) {
  Given counts;
  for (unsigned k = 0; k < steps; ++k) {
    const unsigned now = pace.threads();
    if (now == 1) ++counts.alone;
    if (now == threads) ++counts.all;
    pace.begin();
    pace.end();
  }
  return counts;
}

}  // namespace

TEST(short_steps_are_tried_on_one_thread_and_on_all) {
  const Given counts = given({3, true}, 3, 2000);
  CHECK(counts.alone >= 6 && counts.all >= 6 && counts.alone + counts.all == 2000);
}

TEST(long_steps_and_single_threads_are_not_tried) {
  CHECK(given({3, false}, 3, 2000).alone == 0);
  CHECK(given({1, true}, 1, 2000).all == 2000);
}
