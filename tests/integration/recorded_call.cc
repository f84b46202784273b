#include "tests/integration/recorded_call.h"

#include <chrono>
#include <utility>

#include "absl/time/time.h"

namespace loopy {

ReceiveOnlyCall::ReceiveOnlyCall(const std::shared_ptr<grpc::Channel>& channel)
    : stub_(grpc::testing::TestService::NewStub(channel)) {
  context_.set_wait_for_ready(true);
  context_.set_deadline(std::chrono::system_clock::now() +
                        std::chrono::seconds(30));
  stream_ = stub_->FullDuplexCall(&context_);
  reader_ = std::thread([this] {
    grpc::testing::StreamingOutputCallResponse response;
    while (stream_->Read(&response)) {
    }
  });
}

ReceiveOnlyCall::~ReceiveOnlyCall() {
  if (reader_.joinable()) Cancel();
}

grpc::Status ReceiveOnlyCall::Finish() {
  stream_->WritesDone();
  reader_.join();
  return stream_->Finish();
}

grpc::Status ReceiveOnlyCall::Cancel() {
  context_.TryCancel();
  reader_.join();
  return stream_->Finish();
}

std::shared_ptr<grpc::Channel> MakeChannelTo(
    const RecordingPeer& peer, TransportKind transport,
    const grpc::ChannelArguments& args) {
  ChannelConfig config;
  config.target = peer.target();
  config.transport = transport;
  auto channel = loopy::MakeChannel(config, args);
  EXPECT_TRUE(channel.ok()) << channel.status();
  return *std::move(channel);
}

RecordedCall::RecordedCall(TransportKind transport,
                           const grpc::ChannelArguments& args,
                           RecordingPeer::Options options)
    : peer_(std::move(options)),
      channel_(MakeChannelTo(peer_, transport, args)),
      call_(std::make_unique<ReceiveOnlyCall>(channel_)) {
  EXPECT_TRUE(peer_.Await(kHeadersFrame, 1, absl::Seconds(10)));
}

int64_t RecordedCall::Setting(int id) const {
  return SettingOf(peer_.Frames({kSettingsFrame}).at(0).payload, id);
}

grpc::Status RecordedCall::AwaitEnd() {
  return std::exchange(call_, nullptr)->Finish();
}

void RecordedCall::Cancel() { call_ = nullptr; }

std::string NameOf(const ::testing::TestParamInfo<TransportKind>& info) {
  return std::string(TransportName(info.param));
}

}  // namespace loopy
