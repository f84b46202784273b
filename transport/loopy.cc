#include "loopy/loopy.h"

#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/channel_arguments.h>

#include "absl/time/time.h"
#include "transport/adapter/registration/registration.h"
#include "transport/adapter/transport/connection_registry.h"
#include "transport/adapter/transport/timeline_file.h"
#include "transport/base/timeline.h"

namespace loopy {

void RegisterTransport() {
  RegisterWithCore(grpc::Version(), grpc_version_string());
}

void UseTransport(grpc::ChannelArguments* arguments) {
  arguments->SetInt(kTransportArg, 1);
}

std::vector<ConnectionStats> GetConnectionStats() {
  return ConnectionRegistry::Get()->GetStats();
}

int CloseConnections(const std::string& peer, std::chrono::milliseconds grace) {
  return EndConnections(peer, absl::FromChrono(grace));
}

void StartTimeline() { Timeline::Start(); }
void StopTimeline() { Timeline::Stop(); }
bool WriteTimeline(const std::string& file) { return WriteTimelineFile(file); }

const char* Version() { return LOOPY_VERSION; }

}  // namespace loopy
