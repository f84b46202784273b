#include "transport/releases/v1_51/channelz_socket.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/lib/json/json.h"
#include "transport/adapter/transport/channelz_figures.h"
#include "transport/base/mutex.h"

namespace loopy {

using grpc_core::Json;

class ChannelzSocket::ConnectionNode final : public Node {
 public:
  using Node::Node;

  void Show(const std::shared_ptr<ClientConnection>& connection) {
    MutexLock lock(&mu_);
    connection_ = connection;
  }

  Json RenderJson() override {
    Json json = Node::RenderJson();
    const std::shared_ptr<ClientConnection> connection = this->connection();
    if (connection == nullptr) return json;
    const ConnectionStats stats = connection->stats();
    Json::Object* data = (*json.mutable_object())["data"].mutable_object();
    // 64-bit numbers are strings in the JSON of protocol buffers.
    (*data)["localFlowControlWindow"] = std::to_string(stats.send_window);
    (*data)["remoteFlowControlWindow"] = std::to_string(stats.receive_window);
    Json::Array options;
    for (const auto& [name, value] : ChannelzFigures(stats)) {
      options.emplace_back(Json::Object{{"name", absl::StrCat("loopy.", name)},
                                        {"value", std::to_string(value)}});
    }
    (*data)["option"] = std::move(options);
    return json;
  }

 private:
  std::shared_ptr<ClientConnection> connection() {
    MutexLock lock(&mu_);
    return connection_.lock();
  }

  Mutex mu_{LockRank::kChannelzSocket};
  std::weak_ptr<ClientConnection> connection_ ABSL_GUARDED_BY(mu_);
};

ChannelzSocket::ChannelzSocket(
    std::string local, std::string remote, std::string name,
    grpc_core::RefCountedPtr<Node::Security> security)
    : node_(grpc_core::MakeRefCounted<ConnectionNode>(
          std::move(local), std::move(remote), std::move(name),
          std::move(security))) {}

ChannelzSocket::~ChannelzSocket() = default;

grpc_core::RefCountedPtr<ChannelzSocket::Node> ChannelzSocket::node() const {
  return node_;
}

void ChannelzSocket::Show(const std::shared_ptr<ClientConnection>& connection) {
  node_->Show(connection);
}

}  // namespace loopy
