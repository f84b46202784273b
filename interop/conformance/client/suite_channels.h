#ifndef LOOPY_INTEROP_CONFORMANCE_CLIENT_SUITE_CHANNELS_H_
#define LOOPY_INTEROP_CONFORMANCE_CLIENT_SUITE_CHANNELS_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "connectrpc/conformance/v1/client_compat.pb.h"
#include "tests/support/channel_factory.h"

namespace loopy {
namespace conformance {

// Tells which calls share a connection.
enum class Connections {
  // No calls do.
  kPerCall,
  // All calls to one server with one configuration do.
  kShared,
};

// Makes and keeps the channels to the suite's servers. Thread-safe.
class SuiteChannels {
 public:
  SuiteChannels(TransportKind transport, Connections connections)
      : transport_(transport), connections_(connections) {}

  // Returns the channel for the call that `request` describes.
  std::shared_ptr<grpc::Channel> Get(
      const connectrpc::conformance::v1::ClientCompatRequest& request);

 private:
  std::shared_ptr<grpc::Channel> Make(
      const connectrpc::conformance::v1::ClientCompatRequest& request) const;

  const TransportKind transport_;
  const Connections connections_;
  absl::Mutex mu_;
  // The key is the serialized part of a request that says how to connect.
  absl::flat_hash_map<std::string, std::shared_ptr<grpc::Channel>> channels_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace conformance
}  // namespace loopy

#endif  // LOOPY_INTEROP_CONFORMANCE_CLIENT_SUITE_CHANNELS_H_
