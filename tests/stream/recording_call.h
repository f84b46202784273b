#ifndef LOOPY_TESTS_STREAM_RECORDING_CALL_H_
#define LOOPY_TESTS_STREAM_RECORDING_CALL_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "transport/base/mutex.h"
#include "transport/hpack/header_list.h"
#include "transport/stream/stream_observer.h"

namespace loopy {

// A call that records what its stream reports. A breach of StreamObserver's
// contract fails the test.
//
// Threads: any.
class RecordingCall final : public StreamObserver {
 public:
  // Runs inside the callback of that name, after the callback was recorded.
  std::function<void()> on_opened;
  std::function<void()> on_headers;
  std::function<void()> on_message_ready;
  std::function<void()> on_message_accepted;
  std::function<void()> on_end;

  // Allows callbacks after the end, and drops them: several threads end the
  // stream.
  bool may_be_overtaken = false;

  // ---- StreamObserver
  void OnOpened() override { Record("opened", on_opened); }
  void OnHeaders(const HeaderList& headers) override {
    {
      MutexLock lock(&mu_);
      EXPECT_TRUE(headers_.empty()) << "headers came twice";
      headers_ = headers;
    }
    Record("headers", on_headers);
  }
  void OnMessageReady() override { Record("ready", on_message_ready); }
  void OnMessageAccepted() override { Record("accepted", on_message_accepted); }
  void OnEnd(StreamEnd end, const HeaderList& trailers) override {
    {
      MutexLock lock(&mu_);
      EXPECT_FALSE(end_.has_value()) << "ended twice";
      end_ = std::move(end);
      trailers_ = trailers;
    }
    Record("end", on_end);
  }

  // ---- The recorded callbacks: "opened", "headers", "ready", "accepted",
  // "end"
  std::vector<std::string> events() {
    MutexLock lock(&mu_);
    return events_;
  }
  bool ended() {
    MutexLock lock(&mu_);
    return end_.has_value();
  }
  HeaderList headers() {
    MutexLock lock(&mu_);
    return headers_;
  }
  HeaderList trailers() {
    MutexLock lock(&mu_);
    return trailers_;
  }
  // Requires that the stream has ended.
  StreamEnd end() {
    MutexLock lock(&mu_);
    if (end_.has_value()) return *end_;
    ADD_FAILURE() << "the stream has not ended";
    return StreamEnd();
  }
  absl::Status status() { return end().status; }

 private:
  void Record(const char* event, const std::function<void()>& hook) {
    {
      MutexLock lock(&mu_);
      const bool over = !events_.empty() && events_.back() == "end";
      if (over && may_be_overtaken) return;
      EXPECT_FALSE(over) << event << " after the end";
      events_.push_back(event);
    }
    if (hook) hook();
  }

  Mutex mu_{LockRank::kTest};
  std::vector<std::string> events_ ABSL_GUARDED_BY(mu_);
  HeaderList headers_ ABSL_GUARDED_BY(mu_);
  absl::optional<StreamEnd> end_ ABSL_GUARDED_BY(mu_);
  HeaderList trailers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TESTS_STREAM_RECORDING_CALL_H_
