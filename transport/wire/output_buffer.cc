#include "transport/wire/output_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace loopy {

void OutputBuffer::AppendCopy(const void* bytes, size_t n) {
  const uint8_t* from = static_cast<const uint8_t*>(bytes);
  while (n > 0) {
    if (available() == 0) NewBlock(1);
    const size_t here = std::min(n, available());
    std::memcpy(Extend(here), from, here);
    from += here;
    n -= here;
  }
}

uint8_t* OutputBuffer::Extend(size_t n) {
  if (available() < n) NewBlock(n);
  uint8_t* bytes = block_bytes_ + used_;
  used_ += n;
  return bytes;
}

void OutputBuffer::AppendFrom(SliceBuffer* src, size_t n) {
  while (n > 0) {
    const size_t here = std::min(n, src->slice_view(0).size());
    if (here == 0) {
      src->TakeFirst();  // an empty slice
    } else if (here < kMinSharedPiece) {
      src->CopyAndRemoveFirst(here, Extend(here));
    } else {
      FlushBlock();
      src->MoveFirst(here, &slices_);
    }
    n -= here;
  }
}

void OutputBuffer::MoveTo(SliceBuffer* out) {
  FlushBlock();
  out->Append(&slices_);
}

void OutputBuffer::Clear() {
  slices_.Clear();
  used_ = begin_;  // nobody has seen these bytes
}

void OutputBuffer::NewBlock(size_t n) {
  FlushBlock();
  const bool is_first = block_bytes_ == nullptr && n <= kFirstBlockSize;
  grpc_slice block = grpc_slice_malloc(is_first ? kFirstBlockSize : kBlockSize);
  block_bytes_ = GRPC_SLICE_START_PTR(block);
  block_ = Slice(block);
  begin_ = 0;
  used_ = 0;
}

void OutputBuffer::FlushBlock() {
  if (begin_ == used_) return;
  slices_.Append(block_.Sub(begin_, used_));
  begin_ = used_;
}

}  // namespace loopy
