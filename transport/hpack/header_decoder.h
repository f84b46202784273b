#ifndef LOOPY_TRANSPORT_HPACK_HEADER_DECODER_H_
#define LOOPY_TRANSPORT_HPACK_HEADER_DECODER_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/hpack/header_list.h"
#include "transport/hpack/literal_scanner.h"
#include "transport/hpack/response_field_check.h"

namespace loopy {

// Turns header blocks into header lists (RFC 7541, over nghttp2's inflater).
//
//   HeaderDecoder decoder;
//   decoder.set_max_header_list_size(16384);
//   HeaderList headers;
//   Http2Error error = decoder.Decode(block, &headers);
//   if (!error.ok()) ...the connection is over...
//   if (decoder.list_too_large() || !decoder.fault().empty()) ...the stream
//   is...
//
// Blocks must come in the order of the wire, those of ended streams included:
// they change the table. The limit holds while the block is being inflated:
// what exceeds it is inflated, for the table, and dropped.
//
// nghttp2 takes no name or value that has more than 64 KiB in the block. Larger
// ones are decoded here, in blocks that come in one call; in others they are a
// connection error, and so is one that fits into the table, which only a
// SETTINGS_HEADER_TABLE_SIZE above 64 KiB makes possible.
//
// Responses of a method repeat their header blocks, which are then a few
// indices. What such a block becomes, if it is well-formed, is kept for as long
// as all blocks are of that kind: indices change no table.
//
// Not thread-safe: the reader's only.
class HeaderDecoder {
 public:
  // `table_size`: our SETTINGS_HEADER_TABLE_SIZE.
  explicit HeaderDecoder(uint32_t table_size = 4096);

  // In the measure of list_size(); from the next block on.
  void set_max_header_list_size(uint32_t size) { max_list_size_ = size; }
  uint32_t max_header_list_size() const { return max_list_size_; }

  // Adds the fields of a whole block to `out`. Errors are of the connection,
  // and stick (RFC 9113 section 4.3: COMPRESSION_ERROR).
  Http2Error Decode(const SliceBuffer& block, HeaderList* out);

  // The same for a block that comes in parts; `end_block` with the last.
  Http2Error Decode(absl::string_view fragment, bool end_block,
                    HeaderList* out);

  // Of the last block, with the fields that were dropped: in RFC 9113's measure
  // (section 6.5.2), but a value whose name ends in "-bin" counts as it was
  // before base64, as in gRPC C++.
  uint64_t list_size() const { return list_size_; }
  // Of the last block: it exceeded the limit, and fields are missing.
  bool list_too_large() const { return list_size_ > max_list_size_; }
  // Of the last block, if it is not too large: why it is malformed; empty if it
  // is not.
  const std::string& fault() const { return check_.fault(); }

 private:
  struct Deleter {
    void operator()(nghttp2_hd_inflater* inflater) const {
      nghttp2_hd_inflate_del(inflater);
    }
  };

  // A block that is indices alone, and what it becomes.
  struct Known {
    std::string block;
    HeaderList headers;
    uint64_t list_size = 0;
  };
  static constexpr size_t kMaxKnown = 4;
  static constexpr size_t kMaxKnownSize = 32;

  // nghttp2's limit.
  static constexpr size_t kMaxString = 65536;

  // `out` may be null.
  Http2Error Inflate(absl::string_view fragment, bool end_block,
                     HeaderList* out);
  // A whole block, in which strings may exceed kMaxString.
  Http2Error InflateLarge(absl::string_view block, HeaderList* out);
  // False: it cannot be decoded.
  bool DecodeLargeField(const FieldRepresentation& field, HeaderList* out);
  bool LargeFieldName(const FieldRepresentation& field, std::string* name);
  // As if a field that is larger than the table had been added to it.
  bool EmptyTable();
  void OnField(absl::string_view name, absl::string_view value,
               bool never_index, HeaderList* out);
  // False: it is not known.
  bool DecodeKnown(absl::string_view block, HeaderList* out);
  void Remember(absl::string_view block, const HeaderList& headers);

  std::unique_ptr<nghttp2_hd_inflater, Deleter> inflater_;
  uint32_t max_list_size_ = std::numeric_limits<uint32_t>::max();
  uint64_t list_size_ = 0;
  bool in_block_ = false;
  ResponseFieldCheck check_;
  std::vector<Known> known_;
  size_t next_known_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_HPACK_HEADER_DECODER_H_
