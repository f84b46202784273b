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
#include "transport/base/http2_constants.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/hpack/header_list.h"
#include "transport/hpack/literal_scanner.h"
#include "transport/hpack/response_field_check.h"

namespace loopy {

// Turns header blocks into header lists (RFC 7541), with nghttp2's inflater.
//
//   HeaderDecoder decoder;
//   decoder.set_max_header_list_size(16384);
//   HeaderList headers;
//   Http2Error error = decoder.Decode(block, &headers);
//   if (!error.ok()) ...the connection is over...
//   if (decoder.list_too_large() || !decoder.fault().empty()) {
//     ...the stream is over...
//   }
//
// Blocks must come in the order of the wire, and also those of ended streams:
// they change the table. Fields beyond the limit are inflated, for the table,
// and dropped at once.
//
// nghttp2 accepts no name or value of more than 64 KiB in the block. This class
// decodes larger ones itself in blocks that come in one call. In other blocks
// they are a connection error. So is one that fits into the table, which only a
// SETTINGS_HEADER_TABLE_SIZE above 64 KiB makes possible.
//
// Responses of a method repeat their header blocks, which are then a few
// indices. The list of such a block, if it is well-formed, is kept for as long
// as all blocks are of that kind, because indices do not change the table.
//
// Threads: the reader's only.
class HeaderDecoder {
 public:
  // `table_size`: our SETTINGS_HEADER_TABLE_SIZE.
  explicit HeaderDecoder(uint32_t table_size = kDefaultHeaderTableSize);

  // Limits list_size(), from the next block on.
  void set_max_header_list_size(uint32_t size) { max_list_size_ = size; }
  uint32_t max_header_list_size() const { return max_list_size_; }

  // Adds the fields of a whole block to `out`. Errors are connection errors
  // (RFC 9113 section 4.3: COMPRESSION_ERROR) and stick.
  Http2Error Decode(const SliceBuffer& block, HeaderList* out);

  // Does the same for a block that comes in parts. `end_block` is true for the
  // last one.
  Http2Error Decode(absl::string_view fragment, bool end_block,
                    HeaderList* out);

  // Returns the size of the last block's list, dropped fields included, as RFC
  // 9113 section 6.5.2 measures it. But a value whose name ends in "-bin"
  // counts as it was before base64, as in gRPC C++.
  uint64_t list_size() const { return list_size_; }
  // Returns whether the last block's list exceeded the limit. Fields are
  // missing then.
  bool list_too_large() const { return list_size_ > max_list_size_; }
  // Returns why the last block's list is malformed, or "" if it is well-formed.
  // Has no meaning if the list is too large.
  const std::string& fault() const { return check_.fault(); }

 private:
  struct Deleter {
    void operator()(nghttp2_hd_inflater* inflater) const {
      nghttp2_hd_inflate_del(inflater);
    }
  };

  // A block that is indices alone, and its list.
  struct Known {
    std::string block;
    HeaderList headers;
    uint64_t list_size = 0;
  };
  static constexpr size_t kMaxKnown = 4;
  static constexpr size_t kMaxKnownSize = 32;

  // This is nghttp2's limit.
  static constexpr size_t kMaxString = 65536;

  // `out` may be null.
  Http2Error Inflate(absl::string_view fragment, bool end_block,
                     HeaderList* out);
  // Inflates a whole block whose strings may exceed kMaxString.
  Http2Error InflateLarge(absl::string_view block, HeaderList* out);
  // Returns false if the field cannot be decoded.
  bool DecodeLargeField(const FieldRepresentation& field, HeaderList* out);
  bool LargeFieldName(const FieldRepresentation& field, std::string* name);
  // Empties the table, as adding a field that is larger than the table does.
  bool EmptyTable();
  void OnField(absl::string_view name, absl::string_view value,
               bool never_index, HeaderList* out);
  // Returns false if the block is not known.
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
