#include "transport/releases/v1_83/channelz_socket.h"

#include <cstdint>
#include <utility>

#include "src/core/channelz/property_list.h"
#include "src/core/lib/event_engine/default_event_engine.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/transport/channelz_figures.h"
#include "transport/releases/v1_83/timeline_ztrace.h"

namespace loopy {

using grpc_core::channelz::PropertyList;
using grpc_event_engine::experimental::GetDefaultEventEngine;

namespace {

PropertyList WindowsList(const ConnectionWindows& windows) {
  const int64_t send = windows.send.load(std::memory_order_relaxed);
  const int64_t receive = windows.receive.load(std::memory_order_relaxed);
  return PropertyList().Set("flow_control",
                            PropertyList()
                                .Set("remote_window", send)
                                .Set("announced_window", receive));
}

PropertyList FiguresList(const ConnectionStats& stats) {
  PropertyList list;
  for (const auto& [name, value] : ChannelzFigures(stats)) {
    list.Set(name, value);
  }
  return list;
}

}  // namespace

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

void ChannelzSocket::Show(const std::shared_ptr<ClientConnection>& connection) {
  MutexLock lock(&mu_);
  connection_ = connection;
  number_ = connection->timeline().connection();
  windows_ = connection->windows();
}

std::unique_ptr<grpc_core::channelz::ZTrace> ChannelzSocket::GetZTrace(
    absl::string_view name) {
  if (name != "transport_frames") return nullptr;
  MutexLock lock(&mu_);
  return MakeTimelineZTrace(number_);
}

void ChannelzSocket::AddData(grpc_core::channelz::DataSink sink) {
  std::shared_ptr<const ConnectionWindows> windows;
  std::weak_ptr<ClientConnection> connection;
  {
    MutexLock lock(&mu_);
    windows = windows_;
    connection = connection_;
  }
  if (windows == nullptr) return;
  // Version 1 waits for nothing.
  sink.AddData("http2", WindowsList(*windows));
  // gRPC holds a lock of the node here, which the end of this object takes, and
  // the connection may end while it is looked at. So another thread looks.
  GetDefaultEventEngine()->Run(
      [weak = std::move(connection), sink = std::move(sink)]() mutable {
        const grpc_core::ExecCtx exec_ctx;
        const std::shared_ptr<ClientConnection> alive = weak.lock();
        if (alive != nullptr) {
          sink.AddData("loopy", FiguresList(alive->stats()));
        }
      });
}

}  // namespace loopy
