#ifndef LOOPY_TESTS_ADAPTER_GRPC_CALL_FIXTURE_H_
#define LOOPY_TESTS_ADAPTER_GRPC_CALL_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "src/core/lib/iomgr/closure.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "tests/adapter/release_for_tests.h"
#include "tests/connection/connection_fixture.h"
#include "transport/adapter/call/call_resources.h"
#include "transport/adapter/call/grpc_call.h"
#include "transport/adapter/call/transport_stats.h"
#include "transport/adapter/release.h"

namespace loopy {

inline constexpr char kPeer[] = "ipv4:192.0.2.1:443";

// Asks the operation for the peer's name, in releases whose operations have a
// place for it. Others find it in the initial metadata.
template <typename Op>
auto AskForPeer(Op* op, gpr_atm* peer)
    -> decltype(op->peer_string = peer, bool()) {
  op->peer_string = peer;
  return true;
}
inline bool AskForPeer(...) { return false; }

// Counts how often gRPC's closure runs.
struct Counter {
  Counter() {
    GRPC_CLOSURE_INIT(
        &closure,
        [](void* arg, grpc_error_handle error) {
          auto* const self = static_cast<Counter*>(arg);
          ++self->runs;
          self->error = error;
        },
        this, nullptr);
  }
  grpc_closure closure;
  int runs = 0;
  absl::Status error;  // of the last run
  bool expected = false;

  grpc_closure* Expect() {
    expected = true;
    return &closure;
  }
};

// A batch and all that it points at. Its operations are named by the methods.
class TestBatch {
 public:
  explicit TestBatch(grpc_core::Arena* arena)
      : sent_metadata_(NewMetadataBatch(arena)),
        headers(NewMetadataBatch(arena)),
        trailers(NewMetadataBatch(arena)) {
    batch_.payload = &payload_;
  }

  TestBatch* SendInitialMetadata() {
    batch_.send_initial_metadata = true;
    sent_metadata_.Set(grpc_core::HttpPathMetadata(),
                       grpc_core::Slice::FromStaticString("/s/m"));
    payload_.send_initial_metadata.send_initial_metadata = &sent_metadata_;
    asked_for_peer = AskForPeer(&payload_.send_initial_metadata, &peer);
    batch_.on_complete = complete.Expect();
    return this;
  }
  TestBatch* SendMessage(absl::string_view bytes, uint32_t flags = 0) {
    batch_.send_message = true;
    message_.Append(grpc_core::Slice::FromCopiedString(std::string(bytes)));
    payload_.send_message.send_message = &message_;
    payload_.send_message.flags = flags;
    batch_.on_complete = complete.Expect();
    return this;
  }
  // `count` times the same MiB.
  TestBatch* SendMebibytes(size_t count) {
    static const std::string& mebibyte = *new std::string(1 << 20, 'm');
    SendMessage("");
    for (size_t i = 0; i < count; ++i) {
      grpc_slice_buffer_add_indexed(
          message_.c_slice_buffer(),
          grpc_slice_from_static_buffer(mebibyte.data(), mebibyte.size()));
    }
    return this;
  }
  TestBatch* SendTrailingMetadata() {
    batch_.send_trailing_metadata = true;
    payload_.send_trailing_metadata.send_trailing_metadata = &sent_metadata_;
    batch_.on_complete = complete.Expect();
    return this;
  }
  TestBatch* RecvInitialMetadata() {
    batch_.recv_initial_metadata = true;
    auto& op = payload_.recv_initial_metadata;
    op.recv_initial_metadata = &headers;
    op.recv_initial_metadata_ready = headers_ready.Expect();
    op.trailing_metadata_available = &trailers_available;
    return this;
  }
  TestBatch* RecvMessage() {
    batch_.recv_message = true;
    auto& op = payload_.recv_message;
    op.recv_message = &received_;
    op.flags = &received_flags;
    op.call_failed_before_recv_message = &failed_before_message;
    op.recv_message_ready = message_ready.Expect();
    return this;
  }
  TestBatch* RecvTrailingMetadata() {
    batch_.recv_trailing_metadata = true;
    auto& op = payload_.recv_trailing_metadata;
    op.recv_trailing_metadata = &trailers;
    op.collect_stats = &stats;
    op.recv_trailing_metadata_ready = trailers_ready.Expect();
    return this;
  }
  TestBatch* Cancel(grpc_status_code code, const char* text) {
    batch_.cancel_stream = true;
    payload_.cancel_stream.cancel_error =
        grpc_error_set_int(GRPC_ERROR_CREATE(text),
                           grpc_core::StatusIntProperty::kRpcStatus, code);
    batch_.on_complete = complete.Expect();
    return this;
  }

  // Sets each pointer that gRPC's own callers leave null, or its headers say
  // may be null: its health checks ask for little (SubchannelStreamClient).
  TestBatch* AskForNothingOptional() {
    AskForPeer(&payload_.send_initial_metadata, nullptr);
    AskForPeer(&payload_.recv_initial_metadata, nullptr);
    payload_.send_trailing_metadata.sent = nullptr;
    payload_.recv_initial_metadata.trailing_metadata_available = nullptr;
    payload_.recv_message.flags = nullptr;
    payload_.recv_message.call_failed_before_recv_message = nullptr;
    payload_.recv_trailing_metadata.collect_stats = nullptr;
    batch_.on_complete = nullptr;
    complete.expected = false;
    return this;
  }

  // The message that came, or nullopt for none.
  absl::optional<std::string> received() {
    if (!received_.has_value()) return absl::nullopt;
    return received_->JoinIntoString();
  }
  bool write_closed() const {
    return payload_.send_message.stream_write_closed;
  }
  grpc_status_code status() const {
    return trailers.get(grpc_core::GrpcStatusMetadata())
        .value_or(GRPC_STATUS__DO_NOT_USE);
  }
  std::string text() {
    const auto* message =
        trailers.get_pointer(grpc_core::GrpcMessageMetadata());
    return message == nullptr ? "" : std::string(message->as_string_view());
  }

  // Every closure that was asked for has run once, and no other.
  void ExpectAllRan() const {
    for (const Counter* c :
         {&complete, &headers_ready, &message_ready, &trailers_ready}) {
      EXPECT_EQ(c->runs, c->expected ? 1 : 0);
    }
  }
  void ExpectNoneRanTwice() const {
    for (const Counter* c :
         {&complete, &headers_ready, &message_ready, &trailers_ready}) {
      EXPECT_LE(c->runs, c->expected ? 1 : 0);
    }
  }

  grpc_transport_stream_op_batch* c_batch() { return &batch_; }

 private:
  grpc_transport_stream_op_batch batch_;
  grpc_transport_stream_op_batch_payload payload_ = NewBatchPayload();
  grpc_metadata_batch sent_metadata_;
  grpc_core::SliceBuffer message_;
  absl::optional<grpc_core::SliceBuffer> received_;

 public:
  Counter complete;
  Counter headers_ready;
  Counter message_ready;
  Counter trailers_ready;
  grpc_metadata_batch headers;
  grpc_metadata_batch trailers;
  bool trailers_available = false;
  bool failed_before_message = false;
  uint32_t received_flags = 0;
  grpc_transport_stream_stats stats;
  // Not every release of gRPC has it: see AskForPeer.
  bool asked_for_peer = false;
  gpr_atm peer = 0;
};

// Counts what happened to a connection's calls.
struct CallCounts {
  int started = 0;
  int succeeded = 0;
  int failed = 0;
  int sent = 0;
  int received = 0;
};

class CountingStats final : public TransportStats {
 public:
  explicit CountingStats(CallCounts* counts) : counts_(counts) {}

  void OnStreamStarted() override { ++counts_->started; }
  void OnStreamEnded(bool ok) override {
    ++(ok ? counts_->succeeded : counts_->failed);
  }
  void OnMessageSent() override { ++counts_->sent; }
  void OnMessageReceived() override { ++counts_->received; }

 private:
  CallCounts* const counts_;
};

class GrpcCallTest : public ConnectionFixture {
 protected:
  GrpcCallTest()
      : allocator_(MakeMemoryAllocator()), arena_(MakeArena(&allocator_)) {}

  // Asserts that all closures have run, and that each stream that was started
  // has ended.
  void TearDown() override {
    if (call_ != nullptr)
      Perform(Batch()->Cancel(GRPC_STATUS_CANCELLED, "end"));
    for (const auto& batch : batches_) batch->ExpectAllRan();
    EXPECT_EQ(stats_.started, stats_.succeeded + stats_.failed);
    call_.reset();
    ConnectionFixture::TearDown();
  }

  void ConnectAndCreateCall(ConnectionOptions options = WithoutBdp()) {
    Connect(options);
    call_ =
        std::make_shared<GrpcCall>(connection_.get(), resources_, arena_.get());
  }

  TestBatch* Batch() {
    batches_.push_back(std::make_unique<TestBatch>(arena_.get()));
    return batches_.back().get();
  }
  TestBatch* Perform(TestBatch* batch) {
    call_->Perform(batch->c_batch());
    exec_ctx_.Flush();
    return batch;
  }
  // Delivers the peer's frames, then runs the closures that they have
  // scheduled.
  void Receive(const FrameBuilder& frames) {
    Feed(frames);
    exec_ctx_.Flush();
  }
  // A call that has sent its headers; its receive operations wait.
  TestBatch* StartUnary() {
    return Perform(Batch()
                       ->SendInitialMetadata()
                       ->SendMessage("question")
                       ->SendTrailingMetadata()
                       ->RecvInitialMetadata()
                       ->RecvMessage()
                       ->RecvTrailingMetadata());
  }
  TestBatch* StartStreaming() {
    return Perform(Batch()->SendInitialMetadata()->RecvInitialMetadata());
  }
  // Starts a call, and delivers a whole response: `data`, which nobody asks
  // for, and the status. Returns the batch that waits for the trailers.
  TestBatch* ReceiveUnread(const std::string& data,
                           absl::string_view status = "0") {
    StartStreaming();
    TestBatch* trailers = Perform(Batch()->RecvTrailingMetadata());
    Frames();
    Receive(ResponseHeaders(1));
    Receive(FrameBuilder().Data(1, data));
    Receive(Trailers(1, status));
    return trailers;
  }

  grpc_core::ExecCtx exec_ctx_;
  grpc_core::MemoryAllocator allocator_;
  ArenaHolder arena_;
  CallCounts stats_;
  std::shared_ptr<CallResources> resources_ = std::make_shared<CallResources>(
      kPeer, std::make_shared<CountingStats>(&stats_));
  std::vector<std::unique_ptr<TestBatch>> batches_;
  std::shared_ptr<GrpcCall> call_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_ADAPTER_GRPC_CALL_FIXTURE_H_
