#ifndef LOOPY_INTEROP_CLIENT_STUCK_UPLOADS_H_
#define LOOPY_INTEROP_CLIENT_STUCK_UPLOADS_H_

#include <grpcpp/channel.h>

#include <memory>

#include "absl/status/statusor.h"
#include "interop/client/control_client.h"
#include "interop/client/scenario_options.h"
#include "interop/client/socket_watch.h"
#include "interop/client/upload_group.h"

namespace loopy {
namespace interop {

// A connection whose writes are stuck, because the server stopped reading.
struct StuckUploads {
  // The application's reference; each call holds another.
  std::shared_ptr<grpc::Channel> channel;
  // Null if no uploads were asked for.
  std::unique_ptr<UploadGroup> uploads;
  SocketWatch sockets;
};

// Connects, has the server stop reading until it is told to resume (for safety:
// until long after the scenario is over), and uploads until nothing moves.
absl::StatusOr<StuckUploads> StartStuckUploads(const ScenarioOptions& options,
                                               ControlClient* control);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_STUCK_UPLOADS_H_
