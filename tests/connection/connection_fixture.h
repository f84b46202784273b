#ifndef LOOPY_TESTS_CONNECTION_CONNECTION_FIXTURE_H_
#define LOOPY_TESTS_CONNECTION_CONNECTION_FIXTURE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_endpoint.h"
#include "tests/stream/recording_call.h"
#include "tests/wire/frame_builder.h"
#include "tests/writer/written_frames.h"
#include "transport/base/clock.h"
#include "transport/base/connection_options.h"
#include "transport/base/endpoint.h"
#include "transport/base/mutex.h"
#include "transport/connection/client_connection.h"
#include "transport/hpack/header_encoder.h"
#include "transport/hpack/header_list.h"
#include "transport/stream/message_assembler.h"
#include "transport/stream/stream.h"

namespace loopy {

// Records what a connection reports to its owner. What ConnectionObserver does
// not allow fails the test. Threads: any.
class RecordingOwnerOfConnection final : public ConnectionObserver {
 public:
  explicit RecordingOwnerOfConnection(std::shared_ptr<FakeEndpoint> endpoint)
      : endpoint_(std::move(endpoint)) {}

  // Run inside the callback of that name.
  std::function<void()> on_ready;
  std::function<void()> on_disconnect;
  std::function<void()> on_released;

  void OnReady() override;
  void OnMaxConcurrentStreams(uint32_t n) override;
  void OnIdle() override {
    MutexLock lock(&mu_);
    ++idle_;
  }
  double MemoryPressure() override { return memory_pressure; }
  void OnDisconnect(absl::Status status, const DisconnectInfo& info) override;
  void OnReleased() override;

  double memory_pressure = 0;

  // Counts how often the last stream has ended.
  int idle() const { return Locked(idle_); }
  bool ready() const { return Locked(ready_); }
  bool released() const { return Locked(released_); }
  DisconnectInfo disconnect_info() const { return Locked(disconnect_info_); }
  // All that were reported.
  std::vector<uint32_t> max_concurrent_streams() const {
    return Locked(max_concurrent_streams_);
  }
  // Unset until OnDisconnect.
  absl::optional<absl::Status> disconnect() const {
    return Locked(disconnect_);
  }

 private:
  template <typename T>
  T Locked(const T& field) const {
    MutexLock lock(&mu_);
    return field;
  }

  const std::shared_ptr<FakeEndpoint> endpoint_;
  mutable Mutex mu_{LockRank::kTest};
  int idle_ = 0;
  bool ready_ = false;
  bool released_ = false;
  DisconnectInfo disconnect_info_;
  std::vector<uint32_t> max_concurrent_streams_;
  absl::optional<absl::Status> disconnect_;
};

// A call and its stream.
struct TestCall {
  std::shared_ptr<RecordingCall> call;
  std::shared_ptr<Stream> stream;

  uint32_t id() const { return stream->id(); }
  bool ended() const { return call->ended(); }
  absl::Status status() const { return call->status(); }
  // Sends and flushes, as gRPC does at the end of a batch.
  bool Send(absl::string_view bytes, bool end_stream = false);
  void Cancel(absl::Status status = absl::CancelledError("cancelled"));
};

// A ClientConnection over a FakeEndpoint and a FakeClock; the test is the peer.
//
//   Connect();                          // SETTINGS were exchanged
//   TestCall call = StartCall();
//   EXPECT_EQ(ReadTexts(), Strings{"HEADERS 1"});
//   Feed(FrameBuilder().Headers(1, Block(...)));
//
// TearDown closes the connection and asserts that nothing is left: streams,
// timers, the endpoint, memory; that each event was reported to its owner once,
// and every call of its end once; that nothing was written after GOAWAY.
class ConnectionFixture : public testing::Test {
 protected:
  using Strings = std::vector<std::string>;

  ConnectionFixture();
  void TearDown() override;

  // BDP pings would be in each test's way that receives DATA.
  static ConnectionOptions WithoutBdp() {
    ConnectionOptions options;
    options.bdp_probe = false;
    return options;
  }

  // Creates and starts the connection. `clock` and `endpoint` stand between it
  // and the fakes, if given.
  void Start(ConnectionOptions options = WithoutBdp(),
             SliceBuffer leftover = {}, Clock* clock = nullptr,
             std::unique_ptr<Endpoint> endpoint = nullptr);
  // Start, and the peer's SETTINGS; what was written is dropped.
  void Connect(ConnectionOptions options = WithoutBdp());
  void PeerSettings(std::initializer_list<Setting> settings = {}) {
    Feed(FrameBuilder().Settings(settings));
  }

  TestCall StartCall();
  // From now on no write ends; one is under way.
  void MakeWriteStuck();
  // The stuck write goes on.
  void Unstick() { endpoint_->SetWriteMode(FakeEndpoint::WriteMode::kManual); }

  // The peer sends frames.
  void Feed(const FrameBuilder& frames) { endpoint_->Feed(frames.str()); }
  void Feed(const std::string& bytes) { endpoint_->Feed(bytes); }
  // A header block, in the order of the wire.
  std::string Block(const HeaderList& headers);
  // `encoding`: grpc-encoding, if not empty.
  FrameBuilder ResponseHeaders(uint32_t id, absl::string_view encoding = "");
  FrameBuilder Trailers(uint32_t id, absl::string_view grpc_status = "0");

  // Runs what is due: writes that can end, reads, shutdowns.
  void Pump();
  // Pumps, and takes the frames that were written since the last time.
  std::vector<WrittenFrame> ReadFrames();
  void DropFrames() { ReadFrames(); }
  Strings ReadTexts() { return Describe(ReadFrames()); }
  // Takes the frames of the writes so far, without ending one.
  std::vector<WrittenFrame> TakeFrames();

  FakeClock clock_;
  const std::shared_ptr<FakeEndpoint> endpoint_;
  const std::shared_ptr<RecordingOwnerOfConnection> owner_;
  std::shared_ptr<ClientConnection> connection_;
  ConnectionOptions options_;
  std::vector<TestCall> calls_;
  WrittenFrames peer_;
  HeaderEncoder peer_encoder_;
  absl::optional<WrittenFrame> our_goaway_;
};

inline Message MessageOf(absl::string_view bytes) {
  Message message;
  message.payload.Append(Slice::FromCopy(bytes));
  return message;
}
// A message as it is on the wire.
inline std::string Framed(absl::string_view bytes) {
  return FrameMessage(MessageOf(bytes)).ToString();
}

}  // namespace loopy

#endif  // LOOPY_TESTS_CONNECTION_CONNECTION_FIXTURE_H_
