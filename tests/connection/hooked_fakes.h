#ifndef LOOPY_TESTS_CONNECTION_HOOKED_FAKES_H_
#define LOOPY_TESTS_CONNECTION_HOOKED_FAKES_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "transport/base/clock.h"
#include "transport/base/endpoint.h"
#include "transport/base/slice.h"

// Stand between a connection and its fakes, so that a test can act inside
// whatever the connection calls out to.

namespace loopy {

// Calls a copy: what holds the hook may go meanwhile.
inline void Call(std::function<void()> hook) { hook(); }

// A clock that calls `hook` inside every call.
class HookedClock final : public Clock {
 public:
  HookedClock(Clock* clock, std::function<void()> hook)
      : clock_(clock), hook_(std::move(hook)) {}

  absl::Time Now() override {
    Call(hook_);
    return clock_->Now();
  }
  TimerHandle RunAfter(absl::Duration delay,
                       absl::AnyInvocable<void()> callback) override {
    Call(hook_);
    return clock_->RunAfter(delay, std::move(callback));
  }
  bool Cancel(TimerHandle handle) override {
    Call(hook_);
    return clock_->Cancel(handle);
  }

 private:
  Clock* const clock_;
  const std::function<void()> hook_;
};

// An endpoint that calls `hook` inside every call but SetObservers, after the
// fake's.
class HookedEndpoint final : public Endpoint {
 public:
  HookedEndpoint(std::unique_ptr<Endpoint> endpoint, std::function<void()> hook)
      : endpoint_(std::move(endpoint)), hook_(std::move(hook)) {}

  void SetObservers(ReadObserver* reader, WriteObserver* writer) override {
    endpoint_->SetObservers(reader, writer);
  }
  void StartRead() override {
    endpoint_->StartRead();
    Call(hook_);
  }
  void StartWrite(SliceBuffer* bytes) override {
    endpoint_->StartWrite(bytes);
    Call(hook_);
  }
  bool RequestTurn() override {
    const bool requested = endpoint_->RequestTurn();
    Call(hook_);
    return requested;
  }
  bool HandOver() override {
    const bool handed_over = endpoint_->HandOver();
    Call(hook_);
    return handed_over;
  }
  bool MaybeHandOver() override {
    const bool handed_over = endpoint_->MaybeHandOver();
    Call(hook_);
    return handed_over;
  }
  bool HasUnsentBytes() override {
    const bool has = endpoint_->HasUnsentBytes();
    Call(hook_);
    return has;
  }
  void Shutdown(absl::Status why) override {
    endpoint_->Shutdown(std::move(why));
    Call(hook_);
  }
  void Abort(absl::Status why) override {
    endpoint_->Abort(std::move(why));
    Call(hook_);
  }
  absl::string_view peer() const override { return endpoint_->peer(); }

 private:
  const std::unique_ptr<Endpoint> endpoint_;
  const std::function<void()> hook_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_CONNECTION_HOOKED_FAKES_H_
