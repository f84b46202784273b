#include "transport/releases/v1_83/channelz_socket.h"

#include <cstdint>
#include <utility>

#include "src/core/channelz/property_list.h"

namespace loopy {

using grpc_core::channelz::PropertyList;

ChannelzSocket::ChannelzSocket(
    std::string local, std::string remote, std::string name,
    grpc_core::RefCountedPtr<Node::Security> security)
    : ChannelzSocket(grpc_core::MakeRefCounted<Node>(
          std::move(local), std::move(remote), std::move(name),
          std::move(security))) {}

ChannelzSocket::ChannelzSocket(grpc_core::RefCountedPtr<Node> node)
    : DataSource(node), node_(std::move(node)) {
  SourceConstructed();
}

ChannelzSocket::~ChannelzSocket() { SourceDestructing(); }

void ChannelzSocket::ShowWindows(
    std::shared_ptr<const ConnectionWindows> windows) {
  MutexLock lock(&mu_);
  windows_ = std::move(windows);
}

void ChannelzSocket::AddData(grpc_core::channelz::DataSink sink) {
  std::shared_ptr<const ConnectionWindows> windows;
  {
    MutexLock lock(&mu_);
    windows = windows_;
  }
  if (windows == nullptr) return;
  const int64_t send = windows->send.load(std::memory_order_relaxed);
  const int64_t receive = windows->receive.load(std::memory_order_relaxed);
  sink.AddData("http2",
               PropertyList().Set("flow_control",
                                  PropertyList()
                                      .Set("remote_window", send)
                                      .Set("announced_window", receive)));
}

}  // namespace loopy
