#ifndef LOOPY_INTEROP_CLIENT_SCENARIOS_H_
#define LOOPY_INTEROP_CLIENT_SCENARIOS_H_

#include <grpcpp/channel.h>

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "interop/client/upload_group.h"
#include "proto/scenario.pb.h"
#include "tests/support/channel_factory.h"
#include "tests/support/control_client.h"
#include "tests/support/socket_watch.h"

namespace loopy {
namespace interop {

// These are the scenarios (a) to (f) of the stall demo: a server stops reading,
// and each measures how a client gets on. Every scenario is bounded in time.

// (f) These calls are made while the server does not read.
struct MemoryOptions {
  // This many threads call, each one call after the other.
  size_t callers = 32;
  size_t payload_bytes = 64 << 10;
  absl::Duration deadline = absl::Milliseconds(100);
  // Makes client-streaming calls, which write until they end, instead of unary
  // ones.
  bool streaming = false;
  // Cancels the uploads with a stuck write before anything is measured.
  bool cancel_uploads = false;
};

struct ScenarioOptions {
  // This is the channel under test.
  ChannelConfig channel;
  // This is the host:port of the server's StallControl service.
  std::string control;
  // The server does not read for this long.
  absl::Duration stall = absl::Seconds(10);
  // (a) The call has this deadline, and a message of this size.
  absl::Duration deadline = absl::Seconds(2);
  size_t payload_bytes = 64 << 20;
  // (b, c, e, f) This many uploads have a stuck write.
  size_t uploads = 4;
  // They are under way before the server stops reading, so each has sent a part
  // of a message. Otherwise the first ones may fill the connection.
  bool uploads_first = false;
  // (b to f) The messages of all uploads have this size.
  size_t upload_message_bytes = size_t{1} << 20;
  // (c) The server reads again this long after the close began.
  absl::Duration resume_after = absl::Milliseconds(300);
  // (d) This many uploads run beside the small calls.
  size_t bulk_streams = 16;
  // (d) The small calls are measured for this long.
  absl::Duration measured = absl::Seconds(3);
  MemoryOptions memory;
};

// (f) This part of the stall passes before the first point of the measurement,
// so that amounts that do not grow are not counted.
constexpr int kMemoryLeadFraction = 6;

// Nothing takes longer than the stall plus this.
constexpr absl::Duration kScenarioMargin = absl::Seconds(20);

constexpr absl::Duration kConnectBound = absl::Seconds(5);

// A connection whose writes are stuck, because the server stopped reading.
struct StuckUploads {
  // This is the application's reference; each call holds another.
  std::shared_ptr<grpc::Channel> channel;
  // This is null if the options ask for no uploads.
  std::unique_ptr<UploadGroup> uploads;
  SocketWatch sockets;
};

// Connects, stops the server's reading, and uploads until nothing moves. The
// server reads again at ControlClient::Resume(), or long after the scenario; at
// once if this fails.
absl::StatusOr<StuckUploads> StartStuckUploads(const ScenarioOptions& options,
                                               ControlClient* control);

// ---- stall_scenarios.cc: how calls and channels end while nothing is read

// (a) The server stops reading, and a call with a large message and a deadline
// is made. Measures when it ends. The connection must then serve another call,
// as soon as the server reads.
absl::StatusOr<DeadlineResult> RunDeadlineScenario(
    const ScenarioOptions& options);

// A channel of gRPC C++ closes when its last reference is gone, and every call
// holds one. So an application that drops a channel with active calls cancels
// them, and lets go of its own reference and of the calls as they end. "Caller
// blocked" is the time that this takes the application, without the waiting.

// (b) The channel is dropped while writes are stuck. With no uploads in the
// options it is an idle connection to a server that does not read.
absl::StatusOr<CloseResult> RunCloseScenario(const ScenarioOptions& options);

// (c) Does the same, but the server reads again soon. Returns what it saw.
absl::StatusOr<LingerResult> RunLingerScenario(const ScenarioOptions& options);

// (e) Cancels uploads with stuck writes, and measures when they end. The server
// reads again after the stall, counted from the cancel.
absl::StatusOr<CancelResult> RunCancelScenario(const ScenarioOptions& options);

// ---- load_scenarios.cc: many calls on one connection

// (d) Makes small unary calls, one at a time, beside bulk uploads on the same
// connection. The bulk's rate is the rate at which the server read.
absl::StatusOr<FairnessResult> RunFairnessScenario(
    const ScenarioOptions& options);

// (f) The server stops reading, writes are stuck, and threads go on to make
// calls with short deadlines. Measures what each ended call leaves in memory,
// and whether the next call works when the server reads again.
//
// The stuck writes are those of options.uploads. If the server's stream limit
// is as low as their number, no other call has its headers written.
absl::StatusOr<MemoryResult> RunMemoryScenario(const ScenarioOptions& options);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_SCENARIOS_H_
