#include "transport/io_loop/io_loop.h"

#include <pthread.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace loopy {

IoLoop* IoLoop::Default() {
  static IoLoop* const loop = [] {
    const size_t cores = std::thread::hardware_concurrency();
    auto* const made = new IoLoop(std::max<size_t>(1, cores / 2));
    pthread_atfork(BeforeFork, AfterForkInParent, AfterForkInChild);
    return made;
  }();
  return loop;
}

Poller* IoLoop::Pick() {
  MutexLock lock(&mu_);
  const auto least = std::min_element(
      pollers_.begin(), pollers_.end(),
      [](const auto& a, const auto& b) { return a->load() < b->load(); });
  const bool has_idle = least != pollers_.end() && (*least)->load() == 0;
  if (!has_idle && pollers_.size() < max_pollers_) {
    std::unique_ptr<Poller> poller = Poller::Create();
    if (poller != nullptr) {
      pollers_.push_back(std::move(poller));
      return pollers_.back().get();
    }
  }
  return least == pollers_.end() ? nullptr : least->get();
}

size_t IoLoop::load() {
  MutexLock lock(&mu_);
  size_t load = 0;
  for (const auto& poller : pollers_) load += poller->load();
  return load;
}

// The lock is held across the fork, so that the child finds it free.
void IoLoop::BeforeFork() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  Default()->mu_.Lock();
}

void IoLoop::AfterForkInParent() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  Default()->mu_.Unlock();
}

void IoLoop::AfterForkInChild() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (const auto& poller : Default()->pollers_) poller->AfterForkInChild();
  Default()->mu_.Unlock();
}

}  // namespace loopy
