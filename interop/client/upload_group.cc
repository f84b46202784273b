#include "interop/client/upload_group.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <atomic>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace interop {

using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::TestService;

namespace {

constexpr absl::Duration kLeakAfter = absl::Seconds(5);

}  // namespace

double MillisecondsBetween(SteadyTime begin, SteadyTime end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

// Sums up the progress of a group's calls. Thread-safe.
class UploadGroup::Progress {
 public:
  explicit Progress(size_t calls) : open_(calls) {}

  void OnProgress() {
    const SteadyTime now = std::chrono::steady_clock::now();
    absl::MutexLock lock(&mutex_);
    progress_at_ = now;
  }

  void OnEnded(const grpc::Status& status) {
    const SteadyTime now = std::chrono::steady_clock::now();
    absl::MutexLock lock(&mutex_);
    last_status_ = status;
    ended_at_ = now;
    any_ended_ = true;
    --open_;
  }

  double QuietMilliseconds() const {
    absl::MutexLock lock(&mutex_);
    return MillisecondsBetween(progress_at_, std::chrono::steady_clock::now());
  }

  bool AwaitEnded(absl::Duration bound) const {
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(
        absl::Condition(
            +[](const size_t* open) { return *open == 0; }, &open_),
        bound);
  }

  bool any_ended() const {
    absl::MutexLock lock(&mutex_);
    return any_ended_;
  }

  grpc::Status last_status() const {
    absl::MutexLock lock(&mutex_);
    return last_status_;
  }

  SteadyTime ended_at() const {
    absl::MutexLock lock(&mutex_);
    return ended_at_;
  }

 private:
  mutable absl::Mutex mutex_;
  size_t open_ ABSL_GUARDED_BY(mutex_);
  bool any_ended_ ABSL_GUARDED_BY(mutex_) = false;
  SteadyTime progress_at_ ABSL_GUARDED_BY(mutex_) =
      std::chrono::steady_clock::now();
  SteadyTime ended_at_ ABSL_GUARDED_BY(mutex_);
  grpc::Status last_status_ ABSL_GUARDED_BY(mutex_);
};

// One call. After it has reported its end to the progress, gRPC no longer uses
// it.
class UploadGroup::Upload
    : public grpc::ClientWriteReactor<StreamingInputCallRequest> {
 public:
  Upload(std::shared_ptr<const StreamingInputCallRequest> message,
         std::shared_ptr<Progress> progress)
      : message_(std::move(message)), progress_(std::move(progress)) {}

  void Start(TestService::Stub* stub) {
    stub->async()->StreamingInputCall(&context_, &response_, this);
    StartWrite(message_.get());
    StartCall();
  }

  void Cancel() { context_.TryCancel(); }

  bool under_way() const { return under_way_; }

  void OnWriteDone(bool ok) override {
    if (!ok) return;
    under_way_ = true;
    progress_->OnProgress();
    StartWrite(message_.get());
  }

  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<Progress> progress = progress_;  // outlives this
    progress->OnEnded(status);
  }

 private:
  const std::shared_ptr<const StreamingInputCallRequest> message_;
  const std::shared_ptr<Progress> progress_;
  grpc::ClientContext context_;
  StreamingInputCallResponse response_;
  std::atomic<bool> under_way_{false};
};

UploadGroup::UploadGroup(const std::shared_ptr<grpc::Channel>& channel,
                         size_t count, size_t message_bytes)
    : channel_(channel), progress_(std::make_shared<Progress>(count)) {
  auto message = std::make_shared<StreamingInputCallRequest>();
  message->mutable_payload()->set_body(std::string(message_bytes, '\0'));
  for (size_t i = 0; i < count; ++i) {
    uploads_.push_back(std::make_unique<Upload>(message, progress_));
  }
}

UploadGroup::~UploadGroup() {
  if (channel_ != nullptr) return;  // not started
  Cancel();
  if (AwaitEnded(kLeakAfter).ok()) return;
  for (auto& upload : uploads_) static_cast<void>(upload.release());
}

void UploadGroup::Start() {
  const auto stub = TestService::NewStub(channel_);
  channel_.reset();
  progress_->OnProgress();
  for (const auto& upload : uploads_) upload->Start(stub.get());
}

absl::Status UploadGroup::AwaitUnderWay(absl::Duration bound) {
  const absl::Time deadline = absl::Now() + bound;
  while (!std::all_of(uploads_.begin(), uploads_.end(),
                      [](const auto& upload) { return upload->under_way(); })) {
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError(absl::StrCat(
          "not all uploads are under way after ", absl::FormatDuration(bound)));
    }
    absl::SleepFor(absl::Milliseconds(1));
  }
  return absl::OkStatus();
}

absl::Status UploadGroup::AwaitStuck(absl::Duration quiet,
                                     absl::Duration bound) {
  const absl::Time deadline = absl::Now() + bound;
  while (progress_->QuietMilliseconds() < absl::ToDoubleMilliseconds(quiet)) {
    if (progress_->any_ended()) {
      return absl::FailedPreconditionError(
          absl::StrCat("an upload ended before it was stuck: ",
                       last_status().error_message()));
    }
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError(absl::StrCat(
          "the uploads are not stuck after ", absl::FormatDuration(bound)));
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  return absl::OkStatus();
}

void UploadGroup::Cancel() {
  for (const auto& upload : uploads_) upload->Cancel();
}

absl::Status UploadGroup::AwaitEnded(absl::Duration bound) {
  if (progress_->AwaitEnded(bound)) return absl::OkStatus();
  return absl::DeadlineExceededError(absl::StrCat(
      "cancelled uploads have not ended after ", absl::FormatDuration(bound)));
}

bool UploadGroup::ended() const {
  return progress_->AwaitEnded(absl::ZeroDuration());
}

grpc::Status UploadGroup::last_status() const {
  return progress_->last_status();
}

SteadyTime UploadGroup::last_ended_at() const { return progress_->ended_at(); }

}  // namespace interop
}  // namespace loopy
