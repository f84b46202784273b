#include "transport/adapter/call/wait_texts.h"

#include <utility>

namespace loopy {

WaitTexts* WaitTexts::Get() {
  static auto* const texts = new WaitTexts();
  return texts;
}

void WaitTexts::Put(const void* arena, std::string text) {
  MutexLock lock(&mu_);
  if (texts_.size() >= kMax) texts_.erase(texts_.begin());
  texts_[arena] = std::move(text);
  size_.store(texts_.size(), std::memory_order_relaxed);
}

std::string WaitTexts::Take(const void* arena) {
  // The call's own text was put by this thread, or handed over by gRPC's call
  // combiner, which orders it.
  if (size_.load(std::memory_order_relaxed) == 0) return "";
  MutexLock lock(&mu_);
  const auto found = texts_.find(arena);
  if (found == texts_.end()) return "";
  std::string text = std::move(found->second);
  texts_.erase(found);
  size_.store(texts_.size(), std::memory_order_relaxed);
  return text;
}

}  // namespace loopy
