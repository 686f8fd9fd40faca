#include "stop_signal.h"

#include "job.h"

namespace deeptype::addon {

void StopSignal::set() {
  flag_.set();
  change();
  for (Job* job : jobs_) job->hasten();
}

}  // namespace deeptype::addon
