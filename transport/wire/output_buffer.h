#ifndef LOOPY_TRANSPORT_WIRE_OUTPUT_BUFFER_H_
#define LOOPY_TRANSPORT_WIRE_OUTPUT_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "transport/base/slice.h"
#include "transport/base/timeline.h"

namespace loopy {

// Gathers the bytes of one write. Small pieces are copied one after the other
// into a block; large ones are shared by reference.
//
//   OutputBuffer out;
//   out.AppendCopy(header, sizeof(header));
//   out.AppendFrom(&message, 16384);
//   out.MoveTo(&write);
//
// The rest of a block serves the next write, even while the last write is under
// way: bytes already written are not touched again. Most writes allocate
// nothing.
//
// Not thread-safe.
class OutputBuffer {
 public:
  static constexpr size_t kBlockSize = 1024;
  // The first block is smaller: many connections have few calls.
  static constexpr size_t kFirstBlockSize = 512;
  // Payload pieces below this size are copied.
  static constexpr size_t kMinSharedPiece = 512;

  OutputBuffer() = default;
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;

  void AppendCopy(const void* bytes, size_t n);
  // Returns `n` contiguous bytes of the output, which the caller fills before
  // the next call. Requires n <= kBlockSize.
  uint8_t* Extend(size_t n);
  // Moves the first `n` bytes of `src` here. Requires n <= src->size().
  void AppendFrom(SliceBuffer* src, size_t n);

  // Notes that a HEADERS, DATA or WINDOW_UPDATE frame is in the output. A peer
  // that counts PINGs starts anew with such a frame (gRFC A8).
  void MarkResetsPings() { resets_pings_ = true; }
  // Returns whether there was one since the last call.
  bool TakeResetsPings() { return std::exchange(resets_pings_, false); }

  // Notes that a stream's HEADERS are in the output.
  void MarkHeaders(uint32_t stream_id) {
    if (first_stream_ == 0) first_stream_ = stream_id;
  }
  // Returns the first stream that MarkHeaders has named since the last call, or
  // 0.
  uint32_t TakeFirstStream() { return std::exchange(first_stream_, 0); }

  // Frames that are put here are events of this track.
  void set_timeline(TimelineTrack timeline) { timeline_ = timeline; }
  TimelineTrack timeline() const { return timeline_; }

  // Returns the size in bytes.
  size_t size() const { return slices_.size() + (used_ - begin_); }

  // Appends everything to `out`. The buffer is empty afterwards.
  void MoveTo(SliceBuffer* out);
  void Clear();

 private:
  size_t available() const { return block_.size() - used_; }
  // Begins a block of at least `n` bytes.
  void NewBlock(size_t n);
  // Appends the bytes gathered in the block to the output, as a slice.
  void FlushBlock();

  SliceBuffer slices_;
  Slice block_;
  uint8_t* block_bytes_ = nullptr;
  // [begin_, used_) of the block is gathered and not in slices_.
  size_t begin_ = 0;
  size_t used_ = 0;
  bool resets_pings_ = false;
  uint32_t first_stream_ = 0;
  TimelineTrack timeline_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WIRE_OUTPUT_BUFFER_H_
