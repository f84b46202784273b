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

// Collects the body of an answer that is not gRPC's, such as a proxy's 503. The
// start of the body goes into the call's status text, if it arrives soon. A
// body that never ends does not hold the call up.
//
//   auto answer = std::make_shared<NotGrpcAnswer>(clock, status);
//   answer->StartTimer(deadline, [] {...});  // end the call with status()
//   if (answer->Add(payload)) ...            // the text is full: end it, too
//
// Threads: Add and status one at a time; StartTimer once, by an owner.
// Lifetime: the timer is cancelled with the last owner's reference.
class NotGrpcAnswer {
 public:
  // At most this many bytes of the body go into the text.
  static constexpr size_t kMaxBody = 1024;
  // A body has this much time, counted from its headers.
  static constexpr absl::Duration kMaxWait = absl::Milliseconds(200);

  // `status` is what the headers alone say.
  NotGrpcAnswer(Clock* clock, absl::Status status);
  ~NotGrpcAnswer();
  NotGrpcAnswer(const NotGrpcAnswer&) = delete;
  NotGrpcAnswer& operator=(const NotGrpcAnswer&) = delete;

  // Runs `on_timeout` after kMaxWait, or after half of the time until
  // `deadline` if that is less, so that the answer ends the call and the
  // deadline does not.
  void StartTimer(absl::Time deadline, absl::AnyInvocable<void()> on_timeout);

  // Returns true if the text can take no more.
  bool Add(const SliceBuffer& payload);

  // Returns the status that the call ends with.
  absl::Status status() const;

 private:
  Clock* const clock_;
  const absl::Status status_;
  std::string body_;
  Clock::TimerHandle timer_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_NOT_GRPC_ANSWER_H_
