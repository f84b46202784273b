#include "transport/reader/reader_loop.h"

#include <utility>

namespace loopy {

void ReaderLoop::Start(SliceBuffer* leftover) {
  if (leftover->empty()) {
    endpoint_->StartRead();
  } else {
    HandleBytes(leftover);
  }
}

void ReaderLoop::OnRead(absl::Status status, SliceBuffer* bytes) {
  if (!status.ok()) {
    observer_->OnReadFailed(std::move(status));
    return;
  }
  HandleBytes(bytes);
}

void ReaderLoop::HandleBytes(SliceBuffer* bytes) {
  observer_->OnBytesRead();
  Http2Error error = parser_->Parse(bytes);
  if (!error.ok()) {
    observer_->OnProtocolError(std::move(error));
    return;
  }
  observer_->OnReadHandled();
  endpoint_->StartRead();
}

}  // namespace loopy
