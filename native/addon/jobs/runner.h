#pragma once
// Threads that serve one queue, first come first served. They are kept between pieces of work,
// because starting a thread takes longer than a short epoch.
#include <list>
#include <memory>

namespace deeptype::addon {

// A piece of work.
class Runnable {
 public:
  virtual ~Runnable() = default;
  virtual void compute() noexcept = 0;
  // Follows at once, on the same thread, which counts as free by then: whoever is told may queue
  // more work, and no other thread is started for it.
  virtual void tell() noexcept = 0;

 private:
  friend class Runners;
  enum class Place { none, queued, hastened };
  // Both belong to the queue.
  Place place_ = Place::none;
  std::list<std::shared_ptr<Runnable>>::iterator at_;
};

class Runners {
 public:
  explicit Runners(unsigned most);  // threads; none is started yet
  // Never waits: threads end by themselves, after the work under way.
  ~Runners();
  Runners(const Runners&) = delete;
  Runners& operator=(const Runners&) = delete;

  // Where the system gives no further thread, those there are do it. Throws std::system_error where
  // there is none, and std::bad_alloc.
  void push(std::shared_ptr<Runnable> work);

  // Work that waits comes next, on one more thread where all are busy: it is known to end soon.
  void hasten(Runnable& work);

  void drop();        // forgets the work that waits
  void wait() const;  // until no work is under way

 private:
  struct Desk;  // what the threads and their owner share
  static void serve(const std::shared_ptr<Desk>& desk);

  std::shared_ptr<Desk> desk_;
};

}  // namespace deeptype::addon
