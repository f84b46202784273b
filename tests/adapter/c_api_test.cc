// Whole channels over this transport, by gRPC's C API alone: they need no gRPC
// C++, and so also run on a gRPC of which there is only the core.

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "loopy/channel_arg_names.h"
#include "tests/support/raw_peer.h"
#include "transport/adapter/registration/registration.h"
#include "transport/adapter/registration/supported_version.h"
#include "transport/adapter/transport/connection_registry.h"

namespace loopy {
namespace {

constexpr int kPatienceSeconds = 10;

gpr_timespec InSeconds(double seconds) {
  return gpr_time_add(
      gpr_now(GPR_CLOCK_MONOTONIC),
      gpr_time_from_millis(static_cast<int64_t>(seconds * 1000), GPR_TIMESPAN));
}

// The slice's own bytes.
absl::string_view View(const grpc_slice& slice) {
  return {reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(slice)),
          GRPC_SLICE_LENGTH(slice)};
}

grpc_byte_buffer* NewByteBuffer(absl::string_view bytes) {
  grpc_slice slice = grpc_slice_from_copied_buffer(bytes.data(), bytes.size());
  grpc_byte_buffer* buffer = grpc_raw_byte_buffer_create(&slice, 1);
  grpc_slice_unref(slice);
  return buffer;
}

// Returns the bytes of `buffer`, which may be null, and destroys it.
std::string TakeBytes(grpc_byte_buffer* buffer) {
  if (buffer == nullptr) return "";
  grpc_byte_buffer_reader reader;
  EXPECT_TRUE(grpc_byte_buffer_reader_init(&reader, buffer));
  grpc_slice slice = grpc_byte_buffer_reader_readall(&reader);
  std::string bytes(View(slice));
  grpc_slice_unref(slice);
  grpc_byte_buffer_reader_destroy(&reader);
  grpc_byte_buffer_destroy(buffer);
  return bytes;
}

grpc_op Op(grpc_op_type type) {
  grpc_op op = {};
  op.op = type;
  return op;
}

// The names of what the completion queue returns.
enum Tag : intptr_t {
  kCallEnded = 1,
  kServerHasCall,
  kRequestRead,
  kAnswered,
  kServerIsDown
};

// One unary call of the client.
struct Call {
  explicit Call(absl::string_view request) : message(NewByteBuffer(request)) {
    grpc_metadata_array_init(&initial_metadata);
    grpc_metadata_array_init(&trailers);
  }
  ~Call() {
    grpc_metadata_array_destroy(&initial_metadata);
    grpc_metadata_array_destroy(&trailers);
    grpc_byte_buffer_destroy(message);
    grpc_byte_buffer_destroy(answer);
    grpc_slice_unref(details);
    if (call != nullptr) grpc_call_unref(call);
  }
  absl::string_view text() const { return View(details); }

  grpc_call* call = nullptr;
  grpc_byte_buffer* const message;
  grpc_metadata_array initial_metadata, trailers;
  grpc_byte_buffer* answer = nullptr;
  grpc_status_code status = GRPC_STATUS_UNKNOWN;
  grpc_slice details = grpc_empty_slice();
};

// A server, a channel and one completion queue for both.
class CApiTest : public ::testing::Test {
 protected:
  CApiTest() {
    grpc_init();
    queue_ = grpc_completion_queue_create_for_next(nullptr);
    EXPECT_TRUE(RegisterWithCore(kSupportedGrpcVersion, grpc_version_string()));
  }
  ~CApiTest() override {
    if (channel_ != nullptr) grpc_channel_destroy(channel_);
    StopServer();
    grpc_completion_queue_shutdown(queue_);
    grpc_event event;
    do {
      event = grpc_completion_queue_next(queue_, InSeconds(kPatienceSeconds),
                                         nullptr);
    } while (event.type == GRPC_OP_COMPLETE);
    EXPECT_EQ(event.type, GRPC_QUEUE_SHUTDOWN);
    grpc_completion_queue_destroy(queue_);
    grpc_shutdown();
  }

  // Returns the server's address.
  std::string StartServer() {
    server_ = grpc_server_create(nullptr, nullptr);
    grpc_server_register_completion_queue(server_, queue_, nullptr);
    grpc_server_credentials* credentials =
        grpc_insecure_server_credentials_create();
    const int port =
        grpc_server_add_http2_port(server_, "127.0.0.1:0", credentials);
    grpc_server_credentials_release(credentials);
    grpc_server_start(server_);
    return "127.0.0.1:" + std::to_string(port);
  }

  // Its connections end, and with them their calls.
  void StopServer() {
    if (server_ == nullptr) return;
    grpc_server_shutdown_and_notify(server_, queue_, Name(kServerIsDown));
    grpc_server_cancel_all_calls(server_);
    EXPECT_TRUE(Await(kServerIsDown));
    grpc_server_destroy(server_);
    server_ = nullptr;
  }

  void OpenChannel(const std::string& target) {
    grpc_arg arg;
    arg.type = GRPC_ARG_INTEGER;
    arg.key = const_cast<char*>(kTransportArg);
    arg.value.integer = 1;
    const grpc_channel_args args = {1, &arg};
    grpc_channel_credentials* credentials = grpc_insecure_credentials_create();
    channel_ = grpc_channel_create(target.c_str(), credentials, &args);
    grpc_channel_credentials_release(credentials);
  }

  // Starts a call, whose end is kCallEnded.
  void StartCall(Call* call, double deadline_seconds) {
    call->call = grpc_channel_create_call(
        channel_, nullptr, GRPC_PROPAGATE_DEFAULTS, queue_,
        grpc_slice_from_static_string("/test/Echo"), nullptr,
        InSeconds(deadline_seconds), nullptr);
    std::vector<grpc_op> ops = {
        Op(GRPC_OP_SEND_INITIAL_METADATA),  Op(GRPC_OP_SEND_MESSAGE),
        Op(GRPC_OP_SEND_CLOSE_FROM_CLIENT), Op(GRPC_OP_RECV_INITIAL_METADATA),
        Op(GRPC_OP_RECV_MESSAGE),           Op(GRPC_OP_RECV_STATUS_ON_CLIENT)};
    ops[1].data.send_message.send_message = call->message;
    ops[3].data.recv_initial_metadata.recv_initial_metadata =
        &call->initial_metadata;
    ops[4].data.recv_message.recv_message = &call->answer;
    ops[5].data.recv_status_on_client.trailing_metadata = &call->trailers;
    ops[5].data.recv_status_on_client.status = &call->status;
    ops[5].data.recv_status_on_client.status_details = &call->details;
    Start(call->call, ops, kCallEnded);
  }

  // The server takes one call and reads its message. Returns the call.
  grpc_call* TakeCall(std::string* request) {
    grpc_call* call = nullptr;
    grpc_call_details details;
    grpc_call_details_init(&details);
    grpc_metadata_array metadata;
    grpc_metadata_array_init(&metadata);
    EXPECT_EQ(grpc_server_request_call(server_, &call, &details, &metadata,
                                       queue_, queue_, Name(kServerHasCall)),
              GRPC_CALL_OK);
    EXPECT_TRUE(Await(kServerHasCall));
    for (size_t i = 0; i < metadata.count; ++i) {
      const grpc_metadata& field = metadata.metadata[i];
      if (grpc_slice_str_cmp(field.key, "user-agent") == 0) {
        user_agent_ = std::string(View(field.value));
      }
    }
    grpc_metadata_array_destroy(&metadata);
    grpc_call_details_destroy(&details);
    grpc_byte_buffer* message = nullptr;
    std::vector<grpc_op> ops = {Op(GRPC_OP_RECV_MESSAGE)};
    ops[0].data.recv_message.recv_message = &message;
    Start(call, ops, kRequestRead);
    EXPECT_TRUE(Await(kRequestRead));
    *request = TakeBytes(message);
    return call;
  }

  void Answer(grpc_call* call, absl::string_view answer) {
    grpc_byte_buffer* message = NewByteBuffer(answer);
    int cancelled = 0;
    std::vector<grpc_op> ops = {
        Op(GRPC_OP_SEND_INITIAL_METADATA), Op(GRPC_OP_SEND_MESSAGE),
        Op(GRPC_OP_SEND_STATUS_FROM_SERVER), Op(GRPC_OP_RECV_CLOSE_ON_SERVER)};
    ops[1].data.send_message.send_message = message;
    ops[2].data.send_status_from_server.status = GRPC_STATUS_OK;
    ops[3].data.recv_close_on_server.cancelled = &cancelled;
    Start(call, ops, kAnswered);
    EXPECT_TRUE(Await(kAnswered));
    EXPECT_EQ(cancelled, 0);
    grpc_byte_buffer_destroy(message);
  }

  // Waits until the queue has returned the tag, with whatever success.
  bool Await(Tag tag) {
    while (returned_.count(tag) == 0) {
      const grpc_event event = grpc_completion_queue_next(
          queue_, InSeconds(kPatienceSeconds), nullptr);
      if (event.type != GRPC_OP_COMPLETE) return false;
      returned_.insert(reinterpret_cast<intptr_t>(event.tag));
    }
    returned_.erase(tag);
    return true;
  }

  static void* Name(Tag tag) { return reinterpret_cast<void*>(tag); }

  grpc_completion_queue* queue_;
  grpc_server* server_ = nullptr;
  grpc_channel* channel_ = nullptr;
  std::string user_agent_;  // of the call that the server took last

 private:
  static void Start(grpc_call* call, const std::vector<grpc_op>& ops, Tag tag) {
    EXPECT_EQ(
        grpc_call_start_batch(call, ops.data(), ops.size(), Name(tag), nullptr),
        GRPC_CALL_OK);
  }

  std::set<intptr_t> returned_;
};

// Catches: a channel that keeps the built-in transport, and a message of many
// frames and window updates that does not come through both ways.
TEST_F(CApiTest, AMessageComesBack) {
  OpenChannel(StartServer());
  const std::string megabytes(3 << 20, 'x');
  for (const std::string& request : {std::string("hello"), megabytes}) {
    Call call(request);
    StartCall(&call, kPatienceSeconds);
    std::string received;
    grpc_call* const served = TakeCall(&received);
    EXPECT_TRUE(received == request) << received.size() << " bytes";
    Answer(served, received);
    ASSERT_TRUE(Await(kCallEnded));
    grpc_call_unref(served);
    EXPECT_EQ(call.status, GRPC_STATUS_OK) << call.text();
    EXPECT_TRUE(TakeBytes(std::exchange(call.answer, nullptr)) == request);
    EXPECT_TRUE(absl::StrContains(user_agent_, "loopy")) << user_agent_;
  }
  EXPECT_EQ(ConnectionRegistry::Get()->GetStats().size(), 1u);
}

// Catches: a call that its server's end leaves open.
TEST_F(CApiTest, TheServerEndsWithACallOpen) {
  OpenChannel(StartServer());
  Call call("hello");
  StartCall(&call, kPatienceSeconds);
  std::string received;
  grpc_call* const served = TakeCall(&received);
  StopServer();
  ASSERT_TRUE(Await(kCallEnded));
  grpc_call_unref(served);
  EXPECT_NE(call.status, GRPC_STATUS_OK);
  EXPECT_NE(call.status, GRPC_STATUS_DEADLINE_EXCEEDED);
}

// The contract's first promise (docs/contract.md, 1). Catches: a call that
// waits for its message's write, as with the built-in transport.
TEST_F(CApiTest, TheDeadlineEndsACallWhoseWriteIsStuck) {
  RawPeer peer([](RawPeer::Connection* connection) {
    GreetAsHttp2(connection);
    connection->StayOpen();
  });
  OpenChannel(peer.target());
  Call call(std::string(16 << 20, 'x'));
  StartCall(&call, 0.5);
  const gpr_timespec begin = gpr_now(GPR_CLOCK_MONOTONIC);
  ASSERT_TRUE(Await(kCallEnded));
  EXPECT_EQ(call.status, GRPC_STATUS_DEADLINE_EXCEEDED);
  EXPECT_TRUE(absl::StrContains(call.text(), "for the socket")) << call.text();
  EXPECT_LT(
      gpr_timespec_to_micros(gpr_time_sub(gpr_now(GPR_CLOCK_MONOTONIC), begin)),
      5e6);
}

}  // namespace
}  // namespace loopy
