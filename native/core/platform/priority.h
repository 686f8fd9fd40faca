#pragma once
// Manners in a process that has more to do than to compute.

namespace deeptype {

// Puts the calling thread, one that computes for long, behind those of the host: its event loops,
// its input and output. On Linux by a nice value 5 above that of the process: where both want one
// processor, it gets a quarter of it. Elsewhere nothing changes.
void yieldToHost();

// Held by a thread while it has a long computation in hand.
class Computing {
 public:
  Computing();
  ~Computing();
  Computing(const Computing&) = delete;
  Computing& operator=(const Computing&) = delete;
};

// Whether as many threads compute as there are processors: who waits actively then takes theirs.
bool isCrowded();

}  // namespace deeptype
