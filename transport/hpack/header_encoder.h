#ifndef LOOPY_TRANSPORT_HPACK_HEADER_ENCODER_H_
#define LOOPY_TRANSPORT_HPACK_HEADER_ENCODER_H_

#include <nghttp2/nghttp2.h>

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
// (IsWorthIndexing). nghttp2 adds its own: "authorization", ":path", ...
//
// Calls of a method repeat their headers, up to those that change with every
// call (grpc-timeout, ...). The bytes of such a beginning are kept while they
// stay right: they do as long as nothing enters the table.
//
// Not thread-safe: the loopy writer's only.
class HeaderEncoder {
 public:
  // Of our table, however much the peer allows (RFC 7541 section 4.2).
  static constexpr uint32_t kMaxTableSize = 4096;
  // Longer values are not indexed.
  static constexpr size_t kMaxIndexedValue = 512;

  HeaderEncoder();

  // The peer's SETTINGS_HEADER_TABLE_SIZE. To be called for each value that
  // held since the last block, the smallest at least; the next block tells.
  void SetMaxTableSize(uint32_t peer_setting);

  // Appends a whole block to `out`.
  void Encode(const HeaderList& headers, std::string* out);

  // Whether a field may come again: not one with a deadline, a trace id, bytes
  // in base64, or a long value.
  static bool IsWorthIndexing(const HeaderField& field);

 private:
  struct Deleter {
    void operator()(nghttp2_hd_deflater* deflater) const {
      nghttp2_hd_deflate_del(deflater);
    }
  };

  // A beginning of header lists and what it becomes with the table as it is.
  struct Known {
    HeaderList headers;
    std::string block;
  };
  // Methods whose beginnings are known at a time.
  static constexpr size_t kMaxKnown = 4;

  // Appends fields [begin, end).
  void EncodeRange(const HeaderList& headers, size_t begin, size_t end,
                   std::string* out);
  // What is known is wrong from now on.
  void Forget();
  const Known* FindKnown(const HeaderList& headers) const;
  void Remember(const HeaderList& headers, size_t fields,
                absl::string_view block);

  std::unique_ptr<nghttp2_hd_deflater, Deleter> deflater_;
  std::vector<Known> known_;
  size_t next_known_ = 0;
  // False after the table changed: the list that did it is not remembered.
  bool known_valid_ = true;
  uint32_t table_size_ = kMaxTableSize;
  std::vector<nghttp2_nv> fields_;  // kept for its memory
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_HPACK_HEADER_ENCODER_H_
