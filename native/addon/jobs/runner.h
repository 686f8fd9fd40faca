#pragma once
// Threads that serve one queue. They are kept between pieces of work, because starting a thread
// takes longer than a short epoch. Their owner, an event loop, does not wait for them, whose
// priority is lower, before it ends.
#include <memory>

#include "work_queue.h"

namespace deeptype::addon {

// All methods are called by the thread that made it.
class Runners {
 public:
  explicit Runners(unsigned most);  // threads; none is started yet
  ~Runners();                       // the threads end after the work that has begun
  Runners(const Runners&) = delete;
  Runners& operator=(const Runners&) = delete;

  // If the system starts no further thread, the existing ones do the work. Throws std::bad_alloc,
  // and std::system_error if there is no thread at all.
  void push(std::shared_ptr<Runnable> work);

  // Work that still waits is done by one more thread: it is known to end soon.
  void hasten(std::shared_ptr<Runnable> work);

  void close();       // begins no more work
  void wait() const;  // until no work runs

 private:
  struct Shared;  // by the threads and their owner
  void startThread();
  static void serve(Shared& shared);
  static void serveUrgent(Shared& shared);

  const unsigned most_;
  unsigned threads_ = 0;
  std::shared_ptr<Shared> shared_;
};

}  // namespace deeptype::addon
