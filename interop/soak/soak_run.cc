#include "interop/soak/soak_run.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "tests/support/caller_threads.h"
#include "tests/support/channel_factory.h"
#include "tests/support/process_memory.h"

namespace loopy {
namespace interop {
namespace {

using grpc::testing::TestService;

constexpr absl::Duration kWatchEvery = absl::Milliseconds(2);
// This many failures are reported one by one, the first ones.
constexpr int kMaxFailures = 100000;

}  // namespace

SoakRun::SoakRun(std::shared_ptr<grpc::Channel> channel,
                 const SoakOptions& options)
    : options_(options), stub_(TestService::NewStub(std::move(channel))) {
  for (size_t i = 0; i < options.callers; ++i) {
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->random.seed(options.seed + i);
  }
}

SoakRun::~SoakRun() = default;

void SoakRun::Run() {
  const absl::Time began = absl::Now();
  // The threads are never destroyed if a call hangs: that would wait for it.
  auto* threads = new CallerThreads(
      options_.callers, [this](size_t thread) { MakeCall(thread); });
  threads->Run();
  WatchUntil(began + options_.length / 10);
  const auto pause = [&] {
    // The watch has to go on while the threads pause.
    std::thread watch([&] { WatchUntil(absl::Now() + absl::Seconds(4)); });
    threads->Pause(absl::Seconds(4) + options_.margin);
    watch.join();
    return MeasureMemory();
  };
  const SoakMemory begin = pause();
  threads->Run();
  WatchUntil(began + options_.length);
  const SoakMemory end = pause();
  const bool all_ended = threads->alive() == 0;
  if (all_ended) delete threads;

  absl::MutexLock lock(&mutex_);
  *report_.mutable_memory_begin() = begin;
  *report_.mutable_memory_end() = end;
  report_.set_seconds(absl::ToDoubleSeconds(absl::Now() - began));
}

SoakClientReport SoakRun::report() const {
  absl::MutexLock lock(&mutex_);
  return report_;
}

void SoakRun::MakeCall(size_t thread) {
  Slot* slot = slots_[thread].get();
  uint64_t id = 0;
  {
    absl::MutexLock lock(&mutex_);
    id = ++last_id_;
  }
  const SoakCall call(id, &slot->random);
  grpc::ClientContext context;
  call.Prepare(&context);
  const absl::Time began = absl::Now();
  {
    absl::MutexLock lock(&slot->mutex);
    slot->context = &context;
    slot->deadline = began + call.deadline();
    slot->cancel_at = began + call.cancel_after();
    slot->cancelled_at = absl::InfiniteFuture();
    slot->hangs = false;
  }
  const grpc::Status status = call.Run(stub_.get(), &context);
  absl::Time due;
  {
    absl::MutexLock lock(&slot->mutex);
    slot->context = nullptr;
    due = std::min(slot->deadline, slot->cancelled_at);
  }
  Note(call, id, context, status, began, due);
}

void SoakRun::Note(const SoakCall& call, uint64_t id,
                   const grpc::ClientContext& context,
                   const grpc::Status& status, absl::Time began,
                   absl::Time due) {
  const absl::Time ended = absl::Now();
  absl::MutexLock lock(&mutex_);
  report_.set_calls(report_.calls() + 1);
  if (call.cancel_after() != absl::InfiniteDuration()) {
    report_.set_cancels(report_.cancels() + 1);
  }
  ++(*report_.mutable_statuses())[CodeName(status)];
  report_.set_latest_ms(
      std::max(report_.latest_ms(), absl::ToDoubleMilliseconds(ended - due)));
  if (call.Expects(status) || report_.failures_size() >= kMaxFailures) return;
  SoakFailure* failure = report_.add_failures();
  failure->set_id(id);
  failure->set_method(std::string(call.method()));
  failure->set_code(CodeName(status));
  failure->set_message(status.error_message());
  // If no attempt got to a server, the peer is the whole target.
  const std::string peer = context.peer();
  if (!absl::StrContains(peer, ',')) failure->set_peer(peer);
  failure->set_began_us(absl::ToUnixMicros(began));
  failure->set_ended_us(absl::ToUnixMicros(ended));
  failure->set_answered(SoakCall::Answered(context));
  failure->set_over(ended >= due);
}

void SoakRun::WatchUntil(absl::Time end) {
  for (absl::Time now = absl::Now(); now < end; now = absl::Now()) {
    for (const auto& slot : slots_) Watch(slot.get(), now);
    absl::SleepFor(kWatchEvery);
  }
}

void SoakRun::Watch(Slot* slot, absl::Time now) {
  absl::MutexLock lock(&slot->mutex);
  if (slot->context == nullptr) return;
  if (slot->cancel_at <= now) {
    slot->cancel_at = absl::InfiniteFuture();
    slot->cancelled_at = now;
    slot->context->TryCancel();
  }
  const absl::Time due = std::min(slot->deadline, slot->cancelled_at);
  if (slot->hangs || now - due < options_.margin) return;
  slot->hangs = true;
  absl::MutexLock report_lock(&mutex_);
  report_.set_hangs(report_.hangs() + 1);
}

SoakMemory SoakRun::MeasureMemory() {
  SoakMemory memory;
  memory.set_heap_mb(HeapBytes() / 1e6);
  memory.set_resident_mb(ResidentBytes() / 1e6);
  return memory;
}

}  // namespace interop
}  // namespace loopy
