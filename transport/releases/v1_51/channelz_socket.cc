#include "transport/releases/v1_51/channelz_socket.h"

#include <utility>

#include "src/core/lib/json/json.h"
#include "transport/base/mutex.h"

namespace loopy {

using grpc_core::Json;

class ChannelzSocket::WindowedNode final : public Node {
 public:
  using Node::Node;

  void ShowWindows(std::shared_ptr<const ConnectionWindows> windows) {
    MutexLock lock(&mu_);
    windows_ = std::move(windows);
  }

  Json RenderJson() override {
    Json json = Node::RenderJson();
    MutexLock lock(&mu_);
    if (windows_ == nullptr) return json;
    Json::Object* data = (*json.mutable_object())["data"].mutable_object();
    // 64-bit numbers are strings in the JSON of protocol buffers.
    (*data)["localFlowControlWindow"] =
        std::to_string(windows_->send.load(std::memory_order_relaxed));
    (*data)["remoteFlowControlWindow"] =
        std::to_string(windows_->receive.load(std::memory_order_relaxed));
    return json;
  }

 private:
  Mutex mu_{LockRank::kChannelzSocket};
  std::shared_ptr<const ConnectionWindows> windows_ ABSL_GUARDED_BY(mu_);
};

ChannelzSocket::ChannelzSocket(
    std::string local, std::string remote, std::string name,
    grpc_core::RefCountedPtr<Node::Security> security)
    : node_(grpc_core::MakeRefCounted<WindowedNode>(
          std::move(local), std::move(remote), std::move(name),
          std::move(security))) {}

ChannelzSocket::~ChannelzSocket() = default;

grpc_core::RefCountedPtr<ChannelzSocket::Node> ChannelzSocket::node() const {
  return node_;
}

void ChannelzSocket::ShowWindows(
    std::shared_ptr<const ConnectionWindows> windows) {
  node_->ShowWindows(std::move(windows));
}

}  // namespace loopy
