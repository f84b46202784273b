#include "tests/io_loop/socket_log.h"

#include <chrono>

#include "transport/base/log.h"

namespace loopy {

class SocketLog::Observer final : public PolledSocket::Observer {
 public:
  explicit Observer(SocketLog* log) : log_(log) {
    const std::lock_guard<std::mutex> lock(log_->mu_);
    LOOPY_CHECK(!std::exchange(log_->has_observer_, true));
  }
  ~Observer() override {
    const std::lock_guard<std::mutex> lock(log_->mu_);
    log_->has_observer_ = false;
    log_->changed_.notify_all();
  }

  grpc_slice NewBuffer(size_t size) override {
    const std::lock_guard<std::mutex> lock(log_->mu_);
    log_->buffer_sizes_.push_back(size);
    return grpc_slice_malloc_large(size);
  }

  void OnRead(absl::Status status) override {
    {
      const std::lock_guard<std::mutex> lock(log_->mu_);
      ++log_->reads_;
      log_->thread_ = std::this_thread::get_id();
      if (status.ok()) log_->read_sizes_.push_back(log_->read_buffer_.size());
      log_->received_ += log_->read_buffer_.ToString();
      log_->read_status_ = std::move(status);
      log_->changed_.notify_all();
    }
    log_->read_buffer_.Clear();
    if (log_->on_read_) log_->on_read_();
  }

  void OnWritten(absl::Status status) override {
    const std::lock_guard<std::mutex> lock(log_->mu_);
    ++log_->writes_;
    log_->thread_ = std::this_thread::get_id();
    log_->write_status_ = std::move(status);
    log_->changed_.notify_all();
  }

  void OnTurn() override {
    const std::lock_guard<std::mutex> lock(log_->mu_);
    ++log_->turns_;
    log_->thread_ = std::this_thread::get_id();
    log_->changed_.notify_all();
  }

 private:
  SocketLog* const log_;
};

SocketLog::~SocketLog() { LOOPY_CHECK(WaitForObserversEnd()); }

std::unique_ptr<PolledSocket::Observer> SocketLog::NewObserver() {
  return std::make_unique<Observer>(this);
}

bool SocketLog::WaitUntil(const std::function<bool()>& done) {
  std::unique_lock<std::mutex> lock(mu_);
  return changed_.wait_for(lock, std::chrono::seconds(10), done);
}

bool SocketLog::WaitForReads(size_t count) {
  return WaitUntil(
      [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return reads_ >= count; });
}

bool SocketLog::WaitForBytes(size_t count) {
  return WaitUntil([&] { return received_.size() >= count; });
}

bool SocketLog::WaitForWrites(size_t count) {
  return WaitUntil(
      [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return writes_ >= count; });
}

bool SocketLog::WaitForTurns(size_t count) {
  return WaitUntil(
      [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return turns_ >= count; });
}

bool SocketLog::WaitForObserversEnd() {
  return WaitUntil(
      [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !has_observer_; });
}

size_t SocketLog::writes() {
  const std::lock_guard<std::mutex> lock(mu_);
  return writes_;
}

size_t SocketLog::turns() {
  const std::lock_guard<std::mutex> lock(mu_);
  return turns_;
}

std::string SocketLog::received() {
  const std::lock_guard<std::mutex> lock(mu_);
  return received_;
}

std::vector<size_t> SocketLog::read_sizes() {
  const std::lock_guard<std::mutex> lock(mu_);
  return read_sizes_;
}

std::vector<size_t> SocketLog::buffer_sizes() {
  const std::lock_guard<std::mutex> lock(mu_);
  return buffer_sizes_;
}

absl::Status SocketLog::read_status() {
  const std::lock_guard<std::mutex> lock(mu_);
  return read_status_;
}

absl::Status SocketLog::write_status() {
  const std::lock_guard<std::mutex> lock(mu_);
  return write_status_;
}

std::thread::id SocketLog::thread() {
  const std::lock_guard<std::mutex> lock(mu_);
  return thread_;
}

}  // namespace loopy
