#ifndef LOOPY_TESTS_IO_LOOP_EVENT_H_
#define LOOPY_TESTS_IO_LOOP_EVENT_H_

#include <chrono>
#include <future>

namespace loopy {

// Something that happens once. ThreadSanitizer sees what it orders, which it
// would not with Abseil's locks.
//
// Threads: any; Happen is called once.
class Event {
 public:
  void Happen() { promise_.set_value(); }
  bool has_happened() const { return Wait(std::chrono::seconds(0)); }
  // Returns false if it does not happen in 10 s.
  bool Wait() const { return Wait(std::chrono::seconds(10)); }

 private:
  bool Wait(std::chrono::seconds bound) const {
    return future_.wait_for(bound) == std::future_status::ready;
  }

  std::promise<void> promise_;
  const std::shared_future<void> future_{promise_.get_future()};
};

}  // namespace loopy

#endif  // LOOPY_TESTS_IO_LOOP_EVENT_H_
