#include "tests/connection/connection_fixture.h"

#include "absl/time/time.h"

namespace loopy {

// ---- RecordingOwnerOfConnection

void RecordingOwnerOfConnection::OnReady() {
  {
    MutexLock lock(&mu_);
    EXPECT_FALSE(ready_) << "ready twice";
    EXPECT_FALSE(disconnect_.has_value()) << "ready after the end";
    ready_ = true;
  }
  if (on_ready) on_ready();
}

void RecordingOwnerOfConnection::OnMaxConcurrentStreams(uint32_t n) {
  MutexLock lock(&mu_);
  max_concurrent_streams_.push_back(n);
}

void RecordingOwnerOfConnection::OnDisconnect(absl::Status status,
                                              const DisconnectInfo& info) {
  {
    MutexLock lock(&mu_);
    EXPECT_FALSE(disconnect_.has_value()) << "disconnected twice";
    EXPECT_FALSE(released_);
    EXPECT_FALSE(status.ok());
    disconnect_ = std::move(status);
    disconnect_info_ = info;
  }
  if (on_disconnect) on_disconnect();
}

void RecordingOwnerOfConnection::OnReleased() {
  EXPECT_TRUE(endpoint_->destroyed()) << "released, and not destroyed";
  {
    MutexLock lock(&mu_);
    EXPECT_FALSE(released_) << "released twice";
    EXPECT_TRUE(disconnect_.has_value()) << "it is the last report";
    released_ = true;
  }
  if (on_released) on_released();
}

// ---- TestCall

bool TestCall::Send(absl::string_view bytes, bool end_stream) {
  const bool accepted = stream->SendMessage(MessageOf(bytes), end_stream) ==
                        Stream::Send::kAccepted;
  stream->Flush();
  return accepted;
}

void TestCall::Cancel(absl::Status status) {
  stream->Cancel(std::move(status));
  stream->Flush();
}

// ---- ConnectionFixture

ConnectionFixture::ConnectionFixture()
    : endpoint_(std::make_shared<FakeEndpoint>()),
      owner_(std::make_shared<RecordingOwnerOfConnection>(endpoint_)) {}

void ConnectionFixture::TearDown() {
  if (connection_ == nullptr) return;
  connection_->Close(absl::UnavailableError("end of test"));
  DropFrames();
  clock_.Advance(options_.goaway_timeout);
  endpoint_->Pump();
  TakeFrames();
  EXPECT_EQ(connection_->active_streams(), 0u);
  EXPECT_EQ(clock_.pending_timers(), 0u);
  EXPECT_TRUE(endpoint_->destroyed());
  EXPECT_TRUE(owner_->disconnect().has_value());
  EXPECT_TRUE(owner_->released());
  for (const TestCall& call : calls_) EXPECT_TRUE(call.ended()) << call.id();
  const std::weak_ptr<ClientConnection> connection = connection_;
  calls_.clear();
  connection_.reset();
  EXPECT_TRUE(connection.expired()) << "something holds the connection";
}

void ConnectionFixture::Start(ConnectionOptions options, SliceBuffer leftover,
                              Clock* clock,
                              std::unique_ptr<Endpoint> endpoint) {
  options_ = options;
  if (endpoint == nullptr) endpoint = endpoint_->Lend();
  connection_ = ClientConnection::Create(
      std::move(endpoint), clock == nullptr ? &clock_ : clock, options, owner_);
  connection_->Start(std::move(leftover));
}

void ConnectionFixture::Connect(ConnectionOptions options) {
  Start(options);
  PeerSettings();
  DropFrames();
  ASSERT_TRUE(owner_->ready());
}

TestCall ConnectionFixture::StartCall() {
  TestCall call{std::make_shared<RecordingCall>(), connection_->NewStream()};
  HeaderList headers;
  headers.Add(":method", "POST");
  headers.Add(":scheme", "http");
  headers.Add(":path", "/service/method");
  headers.Add(":authority", "example.test");
  calls_.push_back(call);
  call.stream->Start(std::move(headers), absl::InfiniteFuture(), call.call);
  call.stream->Flush();
  return call;
}

void ConnectionFixture::MakeWriteStuck() {
  endpoint_->SetWriteMode(FakeEndpoint::WriteMode::kStuck);
  connection_->control_buffer()->Put(SendPing{0});
  connection_->Flush();
  ASSERT_TRUE(endpoint_->write_pending());
}

std::string ConnectionFixture::Block(const HeaderList& headers) {
  std::string block;
  peer_encoder_.Encode(headers, &block);
  return block;
}

FrameBuilder ConnectionFixture::ResponseHeaders(uint32_t id,
                                                absl::string_view encoding) {
  HeaderList headers;
  headers.Add(":status", "200");
  headers.Add("content-type", "application/grpc");
  if (!encoding.empty()) headers.Add("grpc-encoding", encoding);
  return FrameBuilder().Headers(id, Block(headers));
}

FrameBuilder ConnectionFixture::Trailers(uint32_t id,
                                         absl::string_view grpc_status) {
  HeaderList headers;
  headers.Add("grpc-status", grpc_status);
  return FrameBuilder().Headers(id, Block(headers), /*end_stream=*/true);
}

void ConnectionFixture::Pump() {
  while (endpoint_->Pump() > 0 || endpoint_->CompleteWrite()) {
  }
}

std::vector<WrittenFrame> ConnectionFixture::ReadFrames() {
  Pump();
  return TakeFrames();
}

std::vector<WrittenFrame> ConnectionFixture::TakeFrames() {
  std::vector<WrittenFrame> frames = peer_.Parse(endpoint_->TakeWritten());
  EXPECT_TRUE(peer_.at_frame_boundary());
  for (const WrittenFrame& frame : frames) {
    EXPECT_FALSE(our_goaway_.has_value())
        << frame.ToString() << " after " << our_goaway_->ToString();
    if (frame.type == FrameType::kGoAway) our_goaway_ = frame;
  }
  return frames;
}

}  // namespace loopy
