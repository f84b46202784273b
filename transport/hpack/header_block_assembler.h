#ifndef LOOPY_TRANSPORT_HPACK_HEADER_BLOCK_ASSEMBLER_H_
#define LOOPY_TRANSPORT_HPACK_HEADER_BLOCK_ASSEMBLER_H_

#include <algorithm>
#include <cstdint>
#include <memory>

#include "transport/base/http2_error.h"
#include "transport/base/slice.h"

namespace loopy {

// Collects the fragments of one header block from HEADERS and its CONTINUATION
// frames. Bounds their bytes and their number (CVE-2024-27316 is a flood of
// CONTINUATION).
//
//   HeaderBlockAssembler assembler(max_header_list_size);
//   Http2Error error = assembler.Add(&fragment, end_headers);
//   if (error.ok() && end_headers) {
//     ...assembler.block()...
//     assembler.Clear();
//   }
//
// Threads: the reader's only.
class HeaderBlockAssembler {
 public:
  // Every list within `max_header_list_size` fits. A Huffman code has at most
  // 30 bits (RFC 7541 appendix B), so a byte becomes less than four, and the 32
  // bytes that count for each field cover its prefixes. A larger block, such as
  // trailers with the details of an error, ends its call and not the
  // connection, up to kMinMaxBytes.
  static constexpr uint64_t kMinMaxBytes = 1024 * 1024;
  static uint64_t MaxBytes(uint32_t max_header_list_size) {
    return std::max(kMinMaxBytes,
                    4 * uint64_t{max_header_list_size} + 16 * 1024);
  }
  // Fragments of 1 KiB and above never reach this limit.
  static uint64_t MaxFragments(uint32_t max_header_list_size) {
    return 32 + MaxBytes(max_header_list_size) / 1024;
  }

  explicit HeaderBlockAssembler(uint32_t max_header_list_size)
      : max_bytes_(MaxBytes(max_header_list_size)),
        max_fragments_(MaxFragments(max_header_list_size)) {}

  // Returns whether a block of `size` bytes, in one frame, is within the
  // limits.
  bool Fits(uint64_t size) const { return size <= max_bytes_; }

  // Moves `fragment` here. The first one after a whole block begins a new
  // block. Returns a connection error (ENHANCE_YOUR_CALM) past a limit.
  Http2Error Add(SliceBuffer* fragment, bool end_headers);

  // Returns the fragments since the block began. Requires that there are some.
  const SliceBuffer& block() const { return *block_; }
  bool complete() const { return complete_; }
  // Frees the bytes.
  void Clear();

 private:
  const uint64_t max_bytes_;
  const uint64_t max_fragments_;
  // Null between blocks: most need no assembling.
  std::unique_ptr<SliceBuffer> block_;
  uint64_t fragments_ = 0;
  bool complete_ = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_HPACK_HEADER_BLOCK_ASSEMBLER_H_
