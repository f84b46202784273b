// A channel with a small resource quota sheds load.

#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/programs/http_proxy.h"
#include "tests/integration/programs/program_test.h"
#include "tests/integration/programs/reserved_memory.h"
#include "tests/integration/programs/test_server.h"
#include "tests/support/raw_peer.h"
#include "tests/support/recording_peer.h"

namespace loopy {
namespace {

class ResourceQuotaTest : public ProgramTest {
 protected:
  using Stream =
      grpc::ClientReaderWriter<grpc::testing::StreamingOutputCallRequest,
                               grpc::testing::StreamingOutputCallResponse>;

  ResourceQuotaTest() { args_.SetResourceQuota(quota_); }

  // Waits, within 10 s, until the channel has no connection.
  static bool AwaitNoConnection(const std::shared_ptr<grpc::Channel>& channel) {
    const auto bound = InSeconds(10);
    for (;;) {
      const grpc_connectivity_state state = channel->GetState(false);
      if (state != GRPC_CHANNEL_READY) return true;
      if (!channel->WaitForStateChange(state, bound)) return false;
    }
  }

  grpc::ResourceQuota quota_;
};

// Catches: a connection that does nothing and is kept although memory is short.
TEST_P(ResourceQuotaTest, AnIdleConnectionIsGivenUp) {
  const TestServer server;
  const auto channel = NewChannel(server.target());
  ExpectWorks(channel);
  ASSERT_EQ(channel->GetState(false), GRPC_CHANNEL_READY);
  quota_.Resize(1);
  EXPECT_TRUE(AwaitNoConnection(channel));
}

// Catches: calls that are all kept, whatever the quota.
TEST_P(ResourceQuotaTest, CallsAreAbandonedWhenMemoryIsShort) {
  const TestServer server;
  const auto channel = NewChannel(server.target());
  const auto stub = grpc::testing::TestService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(InSeconds(10));
  const auto stream = stub->FullDuplexCall(&context);
  grpc::testing::StreamingOutputCallRequest request;
  request.mutable_payload()->set_body("message");
  ASSERT_TRUE(stream->Write(request));
  grpc::testing::StreamingOutputCallResponse response;
  ASSERT_TRUE(stream->Read(&response));
  quota_.Resize(1);
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED)
      << status.error_message();
  // The built-in transport of 1.83 puts it into parentheses.
  EXPECT_TRUE(absl::StrContains(status.error_message(), "Buffers full"))
      << status.error_message();
}

// Catches: what was taken from the quota and is never given back.
TEST_P(ResourceQuotaTest, AChannelWorksAgainWhenThereIsMemory) {
  const TestServer server;
  const auto channel = NewChannel(server.target());
  ExpectWorks(channel);
  quota_.Resize(1);
  EXPECT_TRUE(AwaitNoConnection(channel));
  quota_.Resize(100 << 20);
  // The built-in transport may be about to lose its next connection, too.
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  EXPECT_TRUE(Call(channel, "hello", &context).ok());
  ExpectWorks(channel);
}

// A channel whose quota is nearly used up, and whose server has a lot to send.
class ShortOfMemoryTest : public ResourceQuotaTest {
 protected:
  static constexpr size_t kQuota = size_t{1} << 30;
  static constexpr size_t kLeft = 8 << 20;  // less than 1 %
  static constexpr int kStreams = 100;
  static constexpr int kMessages = 8;
  static constexpr int kMessageSize = 16 * 1024;

  ShortOfMemoryTest() {
    quota_.Resize(kQuota);
    args_.SetString("grpc.http_proxy", "http://" + proxy_.address());
  }

  // A call that downloads kMessages.
  struct Download {
    grpc::ClientContext context;
    std::unique_ptr<
        grpc::ClientReader<grpc::testing::StreamingOutputCallResponse>>
        reader;
  };
  std::unique_ptr<Download> StartDownload(
      grpc::testing::TestService::Stub* stub) const {
    auto download = std::make_unique<Download>();
    download->context.set_deadline(InSeconds(60));
    grpc::testing::StreamingOutputCallRequest request;
    for (int i = 0; i < kMessages; ++i) {
      request.add_response_parameters()->set_size(kMessageSize);
    }
    download->reader = stub->StreamingOutputCall(&download->context, request);
    return download;
  }
  static grpc::Status Finish(Download* download) {
    grpc::testing::StreamingOutputCallResponse response;
    int messages = 0;
    while (download->reader->Read(&response)) ++messages;
    const grpc::Status status = download->reader->Finish();
    if (status.ok()) {
      EXPECT_EQ(messages, kMessages);
    }
    return status;
  }

  // Waits, within 20 s, until the server has sent `at_least` so many bytes, and
  // then nothing for half a second. Returns how many it has sent, at all.
  size_t AwaitSilence(size_t at_least) const {
    size_t bytes = 0;
    for (int i = 0; i < 40; ++i) {
      const size_t before = bytes;
      absl::SleepFor(absl::Milliseconds(500));
      bytes = proxy_.byte_count_to_clients();
      if (bytes == before && bytes > at_least) break;
    }
    return bytes;
  }

  // Returns the values of SETTINGS_INITIAL_WINDOW_SIZE that the server got.
  std::vector<int64_t> InitialWindows() const {
    constexpr int kInitialWindowSize = 4;
    constexpr size_t kPrefaceSize = 24;
    constexpr size_t kHeaderSize = 9;
    std::vector<int64_t> windows;
    const std::string bytes = proxy_.bytes_to_servers();
    const auto byte = [&bytes](size_t at) {
      return static_cast<size_t>(static_cast<unsigned char>(bytes[at]));
    };
    for (size_t at = kPrefaceSize; at + kHeaderSize <= bytes.size();) {
      const size_t size = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
      const bool is_settings = byte(at + 3) == kSettingsFrame;
      at += kHeaderSize;
      const int64_t window =
          is_settings ? SettingOf(bytes.substr(at, size), kInitialWindowSize)
                      : -1;
      if (window >= 0) windows.push_back(window);
      at += size;
    }
    return windows;
  }

  HttpProxy proxy_{HttpProxy::Answer::kConnects};
};

// Nobody reads the downloads at first, except that a thread waits on another
// call, as gRPC 1.51 reads from sockets only then. Catches: windows that ignore
// the quota. The server fills them, and calls end with "Buffers full".
TEST_P(ShortOfMemoryTest, WindowsShrinkAndEveryDownloadFinishes) {
  const TestServer server;
  const ReservedMemory reserved(quota_, kQuota - kLeft);
  const auto channel = NewChannel(server.target());
  ExpectWorks(channel);
  const auto stub = grpc::testing::TestService::NewStub(channel);
  EXPECT_TRUE(Finish(StartDownload(stub.get()).get()).ok());
  const size_t bytes_before = AwaitSilence(0);
  grpc::ClientContext idle_context;
  const auto idle = stub->FullDuplexCall(&idle_context);
  std::thread waiter([&idle] {
    grpc::testing::StreamingOutputCallResponse response;
    idle->Read(&response);
  });
  std::vector<std::unique_ptr<Download>> downloads;
  for (int i = 0; i < kStreams; ++i) {
    downloads.push_back(StartDownload(stub.get()));
  }
  const size_t first_windows = size_t{kStreams} * 16 * 1024;
  const size_t sent =
      AwaitSilence(loopy() ? bytes_before + first_windows : 0) - bytes_before;
  if (loopy()) {  // chttp2 shrinks its windows when it has measured them again
    EXPECT_GT(sent, first_windows);
    EXPECT_LT(sent, size_t{kStreams} * 20 * 1024);
    const std::vector<int64_t> windows = InitialWindows();
    ASSERT_FALSE(windows.empty());
    EXPECT_GE(windows.back(), 16 * 1024);
    EXPECT_LT(windows.back(), 20 * 1024);
  }
  for (const auto& download : downloads) {
    const grpc::Status status = Finish(download.get());
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  idle_context.TryCancel();
  waiter.join();
}

#if GRPC_CPP_VERSION_MINOR == 51

// gRPC 1.83 takes half a minute to lower the pressure that it reports. Catches:
// windows that stay small for good.
TEST_P(ShortOfMemoryTest, WindowsGrowAgain) {
  const TestServer server;
  auto reserved = std::make_unique<ReservedMemory>(quota_, kQuota - kLeft);
  const auto channel = NewChannel(server.target());
  const auto stub = grpc::testing::TestService::NewStub(channel);
  EXPECT_TRUE(Finish(StartDownload(stub.get()).get()).ok());
  if (!loopy()) return;
  EXPECT_LT(InitialWindows().back(), 20 * 1024);
  reserved.reset();
  const auto bound = InSeconds(10);
  while (InitialWindows().back() < 65535 &&
         std::chrono::system_clock::now() < bound) {
    EXPECT_TRUE(Finish(StartDownload(stub.get()).get()).ok());
  }
  EXPECT_GE(InitialWindows().back(), 65535);
}

#endif

LOOPY_OVER_BOTH_TRANSPORTS(ResourceQuotaTest);
LOOPY_OVER_BOTH_TRANSPORTS(ShortOfMemoryTest);

}  // namespace
}  // namespace loopy
