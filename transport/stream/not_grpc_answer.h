#ifndef LOOPY_TRANSPORT_STREAM_NOT_GRPC_ANSWER_H_
#define LOOPY_TRANSPORT_STREAM_NOT_GRPC_ANSWER_H_

#include <cstddef>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "transport/base/clock.h"
#include "transport/base/slice.h"

namespace loopy {

// The body of an answer that is not gRPC's, such as a proxy's 503. The start of
// it goes into the call's status text, if it comes soon: a body that never ends
// does not hold the call.
//
//   auto answer = std::make_shared<NotGrpcAnswer>(clock, status);
//   answer->StartTimer(deadline, [] {...});  // the call ends with status()
//   if (answer->Add(payload)) ...            // likewise: the text is full
//
// Threads: Add and status one at a time; StartTimer once, by an owner.
// Lifetime: the timer is cancelled with the last owner's reference.
class NotGrpcAnswer {
 public:
  // Bytes of the body that go into the text.
  static constexpr size_t kMaxBody = 1024;
  // The time that a body has, from its headers on.
  static constexpr absl::Duration kMaxWait = absl::Milliseconds(200);

  // `status`: what the headers alone say.
  NotGrpcAnswer(Clock* clock, absl::Status status);
  ~NotGrpcAnswer();
  NotGrpcAnswer(const NotGrpcAnswer&) = delete;
  NotGrpcAnswer& operator=(const NotGrpcAnswer&) = delete;

  // Runs `on_timeout` after kMaxWait, or after half of the time that is left
  // until `deadline` if that is less, so that the answer, and not the deadline,
  // ends the call.
  void StartTimer(absl::Time deadline, absl::AnyInvocable<void()> on_timeout);

  // True: there is no room for more.
  bool Add(const SliceBuffer& payload);

  // What the call ends with.
  absl::Status status() const;

 private:
  Clock* const clock_;
  const absl::Status status_;
  std::string body_;
  Clock::TimerHandle timer_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_NOT_GRPC_ANSWER_H_
