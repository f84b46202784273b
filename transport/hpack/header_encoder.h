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
#include "transport/hpack/header_list.h"

namespace loopy {

// Turns header lists into header blocks (RFC 7541, over nghttp2's deflater).
//
//   HeaderEncoder encoder;
//   encoder.SetMaxTableSize(peer_settings.header_table_size);
//   encoder.Encode(headers, &block);
//
// Blocks must reach the peer in the order of the calls. Never indexed: fields
// that ask for it, and those that would only push others out of the table
// (IsWorthIndexing). A grpc-timeout is indexed when it comes again: gRPC rounds
// them, so that calls with the same deadline have the same.
//
// Calls of a method repeat their headers. The coded bytes of such a list, or of
// the part of it before the first literal, are kept while they stay right: as
// long as nothing enters the table.
//
// Not thread-safe: the loopy writer's only.
class HeaderEncoder {
 public:
  // Of our table, however much the peer allows (RFC 7541 section 4.2).
  static constexpr uint32_t kDefaultMaxTableSize = 4096;
  // Longer values are not indexed.
  static constexpr size_t kMaxIndexedValue = 512;

  explicit HeaderEncoder(uint32_t max_table_size = kDefaultMaxTableSize);

  // The peer's SETTINGS_HEADER_TABLE_SIZE. To be called for each value that
  // held since the last block, the smallest at least; the next block tells.
  void SetMaxTableSize(uint32_t peer_setting);

  // Appends a whole block to `out`.
  void Encode(const HeaderList& headers, std::string* out);

  // Whether a field may come again: not one with a trace id, bytes in base64,
  // or a long value.
  static bool IsWorthIndexing(const HeaderField& field);

 private:
  struct Deleter {
    void operator()(nghttp2_hd_deflater* deflater) const {
      nghttp2_hd_deflate_del(deflater);
    }
  };

  // A header list, or its beginning, that is coded as indices alone.
  struct Known {
    HeaderList headers;
    std::string block;
  };
  static constexpr size_t kMaxKnown = 8;
  static constexpr size_t kMaxTimeouts = 4;

  void EncodeField(const HeaderField& field, std::string* out);
  // Whether it is one of the last that were not indexed; else it is from now.
  bool TimeoutCameBefore(absl::string_view value);
  // What is known is wrong from now on.
  void Forget();
  // The longest one that `headers` begins with.
  const Known* FindKnown(const HeaderList& headers) const;
  void Remember(HeaderList headers, absl::string_view block);

  std::unique_ptr<nghttp2_hd_deflater, Deleter> deflater_;
  std::vector<Known> known_;
  size_t next_known_ = 0;
  uint64_t table_changes_ = 0;
  std::array<std::string, kMaxTimeouts> timeouts_;
  size_t next_timeout_ = 0;
  const uint32_t max_table_size_;
  uint32_t table_size_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_HPACK_HEADER_ENCODER_H_
