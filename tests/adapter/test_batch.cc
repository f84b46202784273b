#include "tests/adapter/test_batch.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

// Asks the operation for the peer's name, in releases whose operations have a
// place for it. Others find it in the initial metadata.
template <typename Op>
auto AskForPeer(Op* op, gpr_atm* peer)
    -> decltype(op->peer_string = peer, bool()) {
  op->peer_string = peer;
  return true;
}
[[maybe_unused]] bool AskForPeer(...) { return false; }

}  // namespace

Counter::Counter() {
  GRPC_CLOSURE_INIT(
      &closure,
      [](void* arg, grpc_error_handle error) {
        auto* const self = static_cast<Counter*>(arg);
        ++self->runs;
        self->error = error;
      },
      this, nullptr);
}

TestBatch::TestBatch(grpc_core::Arena* arena)
    : sent_metadata_(NewMetadataBatch(arena)),
      headers(NewMetadataBatch(arena)),
      trailers(NewMetadataBatch(arena)) {
  batch_.payload = &payload_;
}

TestBatch* TestBatch::SendInitialMetadata() {
  batch_.send_initial_metadata = true;
  sent_metadata_.Set(grpc_core::HttpPathMetadata(),
                     grpc_core::Slice::FromStaticString("/s/m"));
  payload_.send_initial_metadata.send_initial_metadata = &sent_metadata_;
  asked_for_peer = AskForPeer(&payload_.send_initial_metadata, &peer);
  batch_.on_complete = complete.Expect();
  return this;
}

TestBatch* TestBatch::SendMessage(absl::string_view bytes, uint32_t flags) {
  batch_.send_message = true;
  message_.Append(grpc_core::Slice::FromCopiedString(std::string(bytes)));
  payload_.send_message.send_message = &message_;
  payload_.send_message.flags = flags;
  batch_.on_complete = complete.Expect();
  return this;
}

TestBatch* TestBatch::SendMebibytes(size_t count) {
  static const std::string& mebibyte = *new std::string(1 << 20, 'm');
  SendMessage("");
  for (size_t i = 0; i < count; ++i) {
    grpc_slice_buffer_add_indexed(
        message_.c_slice_buffer(),
        grpc_slice_from_static_buffer(mebibyte.data(), mebibyte.size()));
  }
  return this;
}

TestBatch* TestBatch::SendTrailingMetadata() {
  batch_.send_trailing_metadata = true;
  payload_.send_trailing_metadata.send_trailing_metadata = &sent_metadata_;
  batch_.on_complete = complete.Expect();
  return this;
}

TestBatch* TestBatch::RecvInitialMetadata() {
  batch_.recv_initial_metadata = true;
  auto& op = payload_.recv_initial_metadata;
  op.recv_initial_metadata = &headers;
  op.recv_initial_metadata_ready = headers_ready.Expect();
  op.trailing_metadata_available = &trailers_available;
  return this;
}

TestBatch* TestBatch::RecvMessage() {
  batch_.recv_message = true;
  auto& op = payload_.recv_message;
  op.recv_message = &received_;
  op.flags = &received_flags;
  op.call_failed_before_recv_message = &failed_before_message;
  op.recv_message_ready = message_ready.Expect();
  return this;
}

TestBatch* TestBatch::RecvTrailingMetadata() {
  batch_.recv_trailing_metadata = true;
  auto& op = payload_.recv_trailing_metadata;
  op.recv_trailing_metadata = &trailers;
  op.collect_stats = &stats;
  op.recv_trailing_metadata_ready = trailers_ready.Expect();
  return this;
}

TestBatch* TestBatch::Cancel(grpc_status_code code, const char* text) {
  batch_.cancel_stream = true;
  payload_.cancel_stream.cancel_error = MakeError(code, text);
  batch_.on_complete = complete.Expect();
  return this;
}

TestBatch* TestBatch::AskForNothingOptional() {
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

absl::optional<std::string> TestBatch::received() {
  if (!received_.has_value()) return absl::nullopt;
  return received_->JoinIntoString();
}

grpc_status_code TestBatch::status() const {
  return trailers.get(grpc_core::GrpcStatusMetadata())
      .value_or(GRPC_STATUS__DO_NOT_USE);
}

std::string TestBatch::text() {
  const auto* message = trailers.get_pointer(grpc_core::GrpcMessageMetadata());
  return message == nullptr ? "" : std::string(message->as_string_view());
}

void TestBatch::ExpectAllRan() const {
  for (const Counter* c :
       {&complete, &headers_ready, &message_ready, &trailers_ready}) {
    EXPECT_EQ(c->runs, c->expected ? 1 : 0);
  }
}

void TestBatch::ExpectNoneRanTwice() const {
  for (const Counter* c :
       {&complete, &headers_ready, &message_ready, &trailers_ready}) {
    EXPECT_LE(c->runs, c->expected ? 1 : 0);
  }
}

}  // namespace loopy
