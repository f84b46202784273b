// The application sends PINGs. The application and the server see the same with
// loopy as with the built-in transport.

#include <grpc/byte_buffer.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#if __has_include(<grpc/credentials.h>)  // not in gRPC 1.51
#include <grpc/credentials.h>
#endif
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "src/core/lib/surface/channel.h"
#include "tests/support/channel_factory.h"
#include "tests/support/recording_peer.h"

namespace loopy {
namespace {

constexpr absl::Duration kBound = absl::Seconds(10);
constexpr intptr_t kCallTag = 1;
constexpr intptr_t kMessageTag = 2;

gpr_timespec In(absl::Duration duration) {
  return gpr_time_add(
      gpr_now(GPR_CLOCK_MONOTONIC),
      gpr_time_from_millis(absl::ToInt64Milliseconds(duration), GPR_TIMESPAN));
}

// Records what the application and the server saw.
struct Record {
  std::vector<std::string> events;
  std::vector<std::string> frames;
};

// A channel with a call that the server leaves open. It uses gRPC's C API,
// since the C++ API has no pings.
class PingingChannel {
 public:
  explicit PingingChannel(TransportKind transport,
                          grpc::ChannelArguments arguments = {},
                          RecordingPeer::Options options = {})
      : peer_(std::move(options)),
        queue_(grpc_completion_queue_create_for_next(nullptr)) {
    ChooseTransport(transport, &arguments);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const grpc_channel_args args = arguments.c_channel_args();
    grpc_channel_credentials* credentials = grpc_insecure_credentials_create();
    channel_ = grpc_channel_create(peer_.target().c_str(), credentials, &args);
    grpc_channel_credentials_release(credentials);
    call_ = grpc_channel_create_call(
        channel_, nullptr, GRPC_PROPAGATE_DEFAULTS, queue_,
        grpc_slice_from_static_string("/service/method"), nullptr, In(kBound),
        nullptr);
    grpc_op op = {};
    op.op = GRPC_OP_SEND_INITIAL_METADATA;
    op.flags = GRPC_INITIAL_METADATA_WAIT_FOR_READY;
    Start(op, kCallTag);
  }

  ~PingingChannel() {
    grpc_completion_queue_shutdown(queue_);
    while (Next(kBound).type != GRPC_QUEUE_SHUTDOWN) {
    }
    grpc_completion_queue_destroy(queue_);
  }

  bool AwaitCall() {
    return Next(kBound).success != 0 && peer_.Await(kHeadersFrame, 1, kBound);
  }

  void Ping(char name) {
    grpc_channel_ping(channel_, queue_,
                      reinterpret_cast<void*>(static_cast<intptr_t>(name)),
                      nullptr);
  }

  void SendMessage() {
    grpc_slice slice = grpc_slice_from_static_string("hello");
    grpc_byte_buffer* message = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_op op = {};
    op.op = GRPC_OP_SEND_MESSAGE;
    op.data.send_message.send_message = message;
    Start(op, kMessageTag);
    grpc_byte_buffer_destroy(message);
  }

  // Ends its connection. Called once, before the object is destroyed.
  void Destroy() {
    grpc_call_cancel(call_, nullptr);
    grpc_call_unref(call_);
    grpc_channel_destroy(channel_);
  }

  // Writes down which pings end within `bound`, at most `count`.
  void Expect(int count, absl::Duration bound) {
    while (count > 0) {
      const grpc_event event = Next(bound);
      if (event.type != GRPC_OP_COMPLETE) {
        record_.events.emplace_back("nothing");
        return;
      }
      const auto tag = reinterpret_cast<intptr_t>(event.tag);
      if (tag == kMessageTag) continue;
      record_.events.push_back(absl::StrCat(
          std::string(1, static_cast<char>(tag)), event.success ? "" : "!"));
      --count;
    }
  }

  bool AwaitPings(size_t count, absl::Duration bound) {
    return peer_.Await(kPingFrame, count, bound);
  }

  Record Finish() {
    for (const auto& frame :
         peer_.Frames({kHeadersFrame, kDataFrame, kPingFrame})) {
      record_.frames.push_back(frame.type == kPingFrame   ? "PING"
                               : frame.type == kDataFrame ? "DATA"
                                                          : "HEADERS");
    }
    return record_;
  }

 private:
  grpc_event Next(absl::Duration bound) {
    return grpc_completion_queue_next(queue_, In(bound), nullptr);
  }
  void Start(const grpc_op& op, intptr_t tag) {
    EXPECT_EQ(grpc_call_start_batch(call_, &op, 1, reinterpret_cast<void*>(tag),
                                    nullptr),
              GRPC_CALL_OK);
  }

  struct Library {
    Library() { grpc_init(); }
    ~Library() { grpc_shutdown(); }
  };

  const Library library_;
  RecordingPeer peer_;
  grpc_completion_queue* const queue_;
  grpc_channel* channel_ = nullptr;
  grpc_call* call_ = nullptr;
  Record record_;
};

Record RunScenario(TransportKind transport) {
  PingingChannel channel(transport);
  EXPECT_TRUE(channel.AwaitCall());
  // The pings that wait share one PING, a second after the first.
  for (const char name : {'a', 'b', 'c'}) channel.Ping(name);
  channel.Expect(3, kBound);
  // A third one without data is not sent soon, or never.
  channel.Ping('d');
  channel.Expect(1, absl::Milliseconds(1500));
  channel.SendMessage();
  channel.Expect(1, kBound);
  // It has to wait a second, and the channel is gone.
  channel.Ping('e');
  channel.Destroy();
  channel.Expect(1, kBound);
  return channel.Finish();
}

// Catches: pings that are not merged, not throttled, or that are run in another
// order than by the built-in transport.
TEST(PingTest, IsThatOfTheBuiltInTransport) {
  const std::vector<std::string> events = {"a", "b", "c", "nothing", "d", "e!"};
  const std::vector<std::string> frames = {"HEADERS", "PING", "PING", "DATA",
                                           "PING"};
  const Record loopy = RunScenario(TransportKind::kLoopy);
  EXPECT_EQ(loopy.events, events);
  EXPECT_EQ(loopy.frames, frames);
  // On a busy machine the built-in transport lets a ping go without data, now
  // and then.
  Record chttp2 = RunScenario(TransportKind::kChttp2);
  for (int i = 0; i < 4 && chttp2.events != events; ++i) {
    chttp2 = RunScenario(TransportKind::kChttp2);
  }
  EXPECT_EQ(chttp2.events, events);
  EXPECT_EQ(chttp2.frames, frames);
}

#if GRPC_CPP_VERSION_MINOR != 51
// Catches: grpc.http2.max_inflight_pings is not read. gRPC 1.51 does not have
// it.
TEST(PingTest, MaxInflightPings) {
  for (const TransportKind transport :
       {TransportKind::kLoopy, TransportKind::kChttp2}) {
    for (const int limit : {1, 2}) {
      grpc::ChannelArguments arguments;
      arguments.SetInt("grpc.http2.max_inflight_pings", limit);
      RecordingPeer::Options options;
      options.acks_pings = false;
      PingingChannel channel(transport, arguments, options);
      EXPECT_TRUE(channel.AwaitCall());
      channel.Ping('a');
      EXPECT_TRUE(channel.AwaitPings(1, kBound));
      channel.Ping('b');
      EXPECT_EQ(channel.AwaitPings(2, absl::Seconds(2)), limit == 2);
      channel.Destroy();
    }
  }
}
#endif

}  // namespace
}  // namespace loopy
