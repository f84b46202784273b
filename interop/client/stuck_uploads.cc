#include "interop/client/stuck_uploads.h"

#include <utility>

#include "interop/client/channel_factory.h"

namespace loopy {
namespace interop {
namespace {

constexpr absl::Duration kConnectBound = absl::Seconds(5);
constexpr absl::Duration kStuckBound = absl::Seconds(5);
// No write completes for so long: they are stuck.
constexpr absl::Duration kQuiet = absl::Milliseconds(300);

}  // namespace

absl::StatusOr<StuckUploads> StartStuckUploads(const ScenarioOptions& options,
                                               ControlClient* control) {
  auto channel = MakeChannel(options.channel);
  if (!channel.ok()) return channel.status();
  absl::Status status = AwaitConnected(*channel, kConnectBound);
  if (!status.ok()) return status;
  auto sockets = SocketWatch::OfPeer(PortOf(options.channel.target));
  if (!sockets.ok()) return sockets.status();

  status = control->StallAtOnce(options.stall + kScenarioMargin);
  if (!status.ok()) return status;
  std::unique_ptr<UploadGroup> uploads;
  if (options.uploads > 0) {
    uploads = std::make_unique<UploadGroup>(*channel, options.uploads,
                                            kUploadMessageBytes);
    uploads->Start();
    status = uploads->AwaitStuck(kQuiet, kStuckBound);
    if (!status.ok()) return status;
  }
  auto report = control->AwaitStalled(1, kStuckBound);
  if (!report.ok()) return report.status();
  return StuckUploads{*std::move(channel), std::move(uploads),
                      *std::move(sockets)};
}

}  // namespace interop
}  // namespace loopy
