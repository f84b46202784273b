#ifndef LOOPY_TRANSPORT_HPACK_HEADER_ENCODER_H_
#define LOOPY_TRANSPORT_HPACK_HEADER_ENCODER_H_

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "transport/base/http2_constants.h"
#include "transport/hpack/header_list.h"

namespace loopy {

// Turns header lists into header blocks (RFC 7541), with nghttp2's deflater.
//
//   HeaderEncoder encoder;
//   encoder.SetMaxTableSize(peer_settings.header_table_size);
//   encoder.Encode(headers, &block);
//
// Blocks must reach the peer in the order of the calls. The encoder never
// indexes fields that ask for that, and those that would only push others out
// of the table (IsWorthIndexing). It indexes a grpc-timeout when it comes
// again: gRPC rounds timeouts, so that calls with the same deadline repeat
// them.
//
// Calls of a method repeat their headers. The encoded bytes of such a list, or
// of the part of it before the first literal, are kept as long as nothing
// enters the table.
//
// Threads: the loopy writer's only.
class HeaderEncoder {
 public:
  // Longer values are not indexed.
  static constexpr size_t kMaxIndexedValue = 512;

  // Our table is never larger than `max_table_size`, however much the peer
  // allows (RFC 7541 section 4.2).
  explicit HeaderEncoder(uint32_t max_table_size = kDefaultHeaderTableSize);

  // Sets the peer's SETTINGS_HEADER_TABLE_SIZE. It must be called at least for
  // the smallest value since the last block, and for the current one. The next
  // block signals the change.
  void SetMaxTableSize(uint32_t peer_setting);

  // Appends a whole block to `out`.
  void Encode(const HeaderList& headers, std::string* out);

  // Returns whether a field may come again: false for a trace id, a binary
  // value and a long value.
  static bool IsWorthIndexing(const HeaderField& field);

 private:
  struct Deleter {
    void operator()(nghttp2_hd_deflater* deflater) const {
      nghttp2_hd_deflate_del(deflater);
    }
  };

  // A header list, or its beginning, that is encoded as indices alone.
  struct Known {
    HeaderList headers;
    std::string block;
  };
  static constexpr size_t kMaxKnown = 8;
  static constexpr size_t kMaxTimeouts = 4;

  void EncodeField(const HeaderField& field, std::string* out);
  // Returns whether the timeout is among the last ones that were not indexed,
  // and otherwise adds it to them.
  bool TimeoutCameBefore(absl::string_view value);
  // Drops all known lists: the table has changed.
  void Forget();
  // Returns the longest known list that `headers` begins with.
  const Known* FindKnown(const HeaderList& headers);
  void Remember(HeaderList headers, absl::string_view block);

  std::unique_ptr<nghttp2_hd_deflater, Deleter> deflater_;
  std::vector<Known> known_;
  size_t next_known_ = 0;  // to be replaced
  size_t last_known_ = 0;  // found
  uint64_t table_changes_ = 0;
  std::array<std::string, kMaxTimeouts> timeouts_;
  size_t next_timeout_ = 0;
  const uint32_t max_table_size_;
  uint32_t table_size_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_HPACK_HEADER_ENCODER_H_
