#include "transport/adapter/endpoint/iomgr_endpoint.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstddef>
#include <utility>

#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/endpoint/linger.h"
#include "transport/adapter/release.h"
#include "transport/base/log.h"

namespace loopy {
namespace {

void LimitUnsentBytes(int fd, size_t bytes) {
  if (fd < 0) return;  // not a socket
  const int limit = static_cast<int>(bytes);
  // This fails on what is not TCP, which has no such buffer to keep small.
  setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &limit, sizeof(limit));
}

// Returns nothing if `fd` is no TCP socket, or if the kernel is older
// than 4.19.
absl::optional<tcp_info> TcpInfo(int fd) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (fd < 0 || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      size < offsetof(tcp_info, tcpi_dsack_dups)) {
    return absl::nullopt;
  }
  return info;
}

// Makes close() reset the connection, so that the kernel does not keep what the
// peer does not read.
void ResetWhenClosed(int fd) {
  if (fd < 0) return;
  linger on = {};
  on.l_onoff = 1;
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &on, sizeof(on));
}

absl::Status EndedError() {
  return absl::UnavailableError("the endpoint was shut down");
}

// The endpoint whose StartWrite this thread is in.
thread_local const IomgrEndpoint* starting_write = nullptr;
// The endpoint in whose row of writes this thread is: it is in OnWriteDone or
// OnTakeOver.
thread_local const IomgrEndpoint* in_row = nullptr;

}  // namespace

// Holds the endpoint for the length of a call into it. In a release where the
// end of an endpoint is its destruction, another thread may destroy it
// meanwhile: then this holds it, or has none.
class IomgrEndpoint::Use {
 public:
  explicit Use(IomgrEndpoint* self) {
    if constexpr (kDestroyIsShutdown) {
      held_ = self->shared_->get();
      endpoint_ = held_.get();
    } else {
      endpoint_ = self->endpoint_;
    }
  }
  explicit operator bool() const { return endpoint_ != nullptr; }
  grpc_endpoint* get() const { return endpoint_; }
  int fd() const {
    return endpoint_ == nullptr ? -1 : grpc_endpoint_get_fd(endpoint_);
  }

 private:
  std::shared_ptr<grpc_endpoint> held_;
  grpc_endpoint* endpoint_;
};

IomgrEndpoint::IomgrEndpoint(std::shared_ptr<SharedEndpoint> endpoint,
                             Clock* clock)
    : shared_(std::move(endpoint)),
      endpoint_(shared_->get().get()),
      clock_(clock) {
  GRPC_CLOSURE_INIT(&on_read_ended_, OnReadEnded, this, nullptr);
  GRPC_CLOSURE_INIT(&on_write_ended_, OnWriteEnded, this, nullptr);
  GRPC_CLOSURE_INIT(&deliver_read_, DeliverRead, this,
                    grpc_schedule_on_exec_ctx);
  GRPC_CLOSURE_INIT(&deliver_write_, DeliverWrite, this,
                    grpc_schedule_on_exec_ctx);
  GRPC_CLOSURE_INIT(&deliver_turn_, DeliverTurn, this, nullptr);
  GRPC_CLOSURE_INIT(&deliver_take_over_, DeliverTakeOver, this, nullptr);
  // TCP_USER_TIMEOUT is not set here: gRPC's TCP client has done so, from the
  // same keepalive arguments.
  SetUnsentLimit(kInitialUnsentLimit);
}

IomgrEndpoint::~IomgrEndpoint() {
  shared_->Destroy();
  if (writes_had_to_wait_) AfterWritesThatWaited();
}

void IomgrEndpoint::SetObservers(ReadObserver* reader, WriteObserver* writer) {
  reader_ = reader;
  writer_ = writer;
}

void IomgrEndpoint::SetUnsentLimit(size_t bytes) {
  LimitUnsentBytes(Use(this).fd(), bytes);
}

bool IomgrEndpoint::HasUnsentBytes() {
  const Use endpoint(this);
  const int fd = endpoint.fd();
  int unsent = 0;
  return fd >= 0 && ioctl(fd, SIOCOUTQNSD, &unsent) == 0 && unsent > 0;
}

size_t IomgrEndpoint::KernelBytes() {
  const Use endpoint(this);
  const int fd = endpoint.fd();
  int held = 0;
  if (fd < 0 || ioctl(fd, SIOCOUTQ, &held) != 0) return 0;
  return static_cast<size_t>(held);
}

absl::optional<uint64_t> IomgrEndpoint::AckedBytes() {
  const absl::optional<tcp_info> info = TcpInfo(Use(this).fd());
  if (!info.has_value()) return absl::nullopt;
  return info->tcpi_bytes_acked;
}

absl::optional<uint64_t> IomgrEndpoint::SentBytes() {
  const absl::optional<tcp_info> info = TcpInfo(Use(this).fd());
  if (!info.has_value()) return absl::nullopt;
  return info->tcpi_bytes_sent - info->tcpi_bytes_retrans;
}

bool IomgrEndpoint::PeerHasClosed() {
  const Use endpoint(this);
  pollfd socket = {};
  socket.fd = endpoint.fd();
  socket.events = POLLRDHUP;
  return socket.fd >= 0 && poll(&socket, 1, /*timeout=*/0) > 0;
}

void IomgrEndpoint::StartRead() {
  LOOPY_CHECK(grpc_core::ExecCtx::Get() != nullptr);
  const Use endpoint(this);
  if (endpoint) {
    grpc_endpoint_read(endpoint.get(), read_buffer_.c_buffer(), &on_read_ended_,
                       /*urgent=*/false, /*min_progress_size=*/1);
  } else {
    grpc_core::ExecCtx::Run(DEBUG_LOCATION, &deliver_read_, EndedError());
  }
}

void IomgrEndpoint::StartWrite(SliceBuffer* bytes) {
  LOOPY_CHECK(grpc_core::ExecCtx::Get() != nullptr);
  const Use endpoint(this);
  if (!endpoint) {
    grpc_core::ExecCtx::Run(DEBUG_LOCATION, &deliver_write_, EndedError());
    return;
  }
  if (in_row != this) BeginRow(kLongestRow);
  const IomgrEndpoint* const outer = std::exchange(starting_write, this);
  WriteEndpoint(endpoint.get(), bytes->c_buffer(), &on_write_ended_);
  // The write may have ended, and this endpoint with it.
  starting_write = outer;
}

bool IomgrEndpoint::RequestTurn() {
  const Use endpoint(this);
  return endpoint && RunOnPollingThread(endpoint.get(), &deliver_turn_);
}

void IomgrEndpoint::BeginRow(absl::Duration longest) {
  longest_row_ = longest;
  row_began_.reset();
}

bool IomgrEndpoint::HandOver() { return RunOnExecutor(&deliver_take_over_); }

bool IomgrEndpoint::MaybeHandOver() {
  if (!kHasExecutor || in_row != this) return false;
  const absl::Time now = clock_->Now();
  if (!row_began_.has_value()) row_began_ = now;
  return now - *row_began_ >= longest_row_ && HandOver();
}

void IomgrEndpoint::Shutdown(absl::Status why) {
  LOOPY_CHECK(grpc_core::ExecCtx::Get() != nullptr);
  if constexpr (kDestroyIsShutdown) {
    shared_->LetGo();
  } else {
    ShutdownEndpoint(endpoint_, why);
  }
}

void IomgrEndpoint::Abort(absl::Status why) {
  ResetWhenClosed(Use(this).fd());
  Shutdown(std::move(why));
}

void IomgrEndpoint::OnReadEnded(void* self, grpc_error_handle error) {
  grpc_core::ExecCtx::Run(
      DEBUG_LOCATION, &static_cast<IomgrEndpoint*>(self)->deliver_read_, error);
}

void IomgrEndpoint::OnWriteEnded(void* self, grpc_error_handle error) {
  auto* const endpoint = static_cast<IomgrEndpoint*>(self);
  if (starting_write != endpoint) {
    endpoint->writes_had_to_wait_ = true;
    endpoint->BeginRow(kLongestRowAfterAWait);
  }
  grpc_core::ExecCtx::Run(DEBUG_LOCATION, &endpoint->deliver_write_, error);
}

// The observers may destroy the endpoint: neither touches it afterwards.
void IomgrEndpoint::DeliverRead(void* self, grpc_error_handle error) {
  auto* endpoint = static_cast<IomgrEndpoint*>(self);
  endpoint->reader_->OnRead(error, &endpoint->read_buffer_);
}

void IomgrEndpoint::DeliverWrite(void* self, grpc_error_handle error) {
  auto* const endpoint = static_cast<IomgrEndpoint*>(self);
  const IomgrEndpoint* const outer = std::exchange(in_row, endpoint);
  endpoint->writer_->OnWriteDone(error);
  in_row = outer;
}

void IomgrEndpoint::DeliverTurn(void* self, grpc_error_handle /*error*/) {
  static_cast<IomgrEndpoint*>(self)->writer_->OnTurn();
}

void IomgrEndpoint::DeliverTakeOver(void* self, grpc_error_handle /*error*/) {
  auto* const endpoint = static_cast<IomgrEndpoint*>(self);
  endpoint->BeginRow(absl::InfiniteDuration());
  const IomgrEndpoint* const outer = std::exchange(in_row, endpoint);
  endpoint->writer_->OnTakeOver();
  in_row = outer;
}

}  // namespace loopy
