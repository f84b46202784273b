#ifndef LOOPY_INTEROP_CONFORMANCE_CLIENT_SUITE_CHANNELS_H_
#define LOOPY_INTEROP_CONFORMANCE_CLIENT_SUITE_CHANNELS_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "connectrpc/conformance/v1/client_compat.pb.h"
#include "interop/client/transport_choice.h"

namespace loopy {
namespace conformance {

// Says which calls share a connection.
enum class Connections {
  // None does.
  kPerCall,
  // All of one server and configuration do.
  kShared,
};

// The channels to the suite's servers. May be used by many threads at once.
class SuiteChannels {
 public:
  SuiteChannels(interop::TransportKind transport, Connections connections)
      : transport_(transport), connections_(connections) {}

  // The channel for the call that `request` describes.
  std::shared_ptr<grpc::Channel> Get(
      const connectrpc::conformance::v1::ClientCompatRequest& request);

 private:
  std::shared_ptr<grpc::Channel> Make(
      const connectrpc::conformance::v1::ClientCompatRequest& request) const;

  const interop::TransportKind transport_;
  const Connections connections_;
  absl::Mutex mu_;
  // By what of a request says how to connect, serialized.
  absl::flat_hash_map<std::string, std::shared_ptr<grpc::Channel>> channels_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace conformance
}  // namespace loopy

#endif  // LOOPY_INTEROP_CONFORMANCE_CLIENT_SUITE_CHANNELS_H_
