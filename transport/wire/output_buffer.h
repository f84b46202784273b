#ifndef LOOPY_TRANSPORT_WIRE_OUTPUT_BUFFER_H_
#define LOOPY_TRANSPORT_WIRE_OUTPUT_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "transport/base/slice.h"

namespace loopy {

// Gathers the bytes of one write. Small pieces are copied behind each other
// into a block, large ones are taken over by reference.
//
//   OutputBuffer out;
//   out.AppendCopy(header, sizeof(header));
//   out.AppendFrom(&message, 16384);
//   out.MoveTo(&write);
//
// What is left of a block serves the next write, also while the last one is
// under way: its bytes are not touched again. Most writes allocate nothing.
//
// Not thread-safe.
class OutputBuffer {
 public:
  static constexpr size_t kBlockSize = 1024;
  // Payload pieces below this size are copied.
  static constexpr size_t kMinSharedPiece = 512;

  OutputBuffer() = default;
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;

  void AppendCopy(const void* bytes, size_t n);
  // Room for `n` bytes in one piece, part of the output; to be filled before
  // the next call. Requires n <= kBlockSize.
  uint8_t* Extend(size_t n);
  // Moves the first `n` bytes of `src` here. Requires n <= src->size().
  void AppendFrom(SliceBuffer* src, size_t n);

  // Notes that a HEADERS, DATA or WINDOW_UPDATE frame is in the output. A peer
  // that counts PINGs starts anew with such a frame (gRFC A8).
  void MarkResetsPings() { resets_pings_ = true; }
  // Whether there was one since the last call.
  bool TakeResetsPings() { return std::exchange(resets_pings_, false); }

  // In bytes.
  size_t size() const { return slices_.size() + (used_ - begin_); }

  // Appends everything to `out`, and is empty.
  void MoveTo(SliceBuffer* out);
  void Clear();

 private:
  size_t room() const { return block_.size() - used_; }
  void NewBlock();
  // Makes what the block has gathered a slice of the output.
  void FlushBlock();

  SliceBuffer slices_;
  Slice block_;
  uint8_t* block_bytes_ = nullptr;
  size_t begin_ = 0;  // of what is gathered in the block and not in slices_
  size_t used_ = 0;   // its end
  bool resets_pings_ = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WIRE_OUTPUT_BUFFER_H_
