#include "transport/hpack/header_encoder.h"

#include <grpc/support/log.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace loopy {
namespace {

nghttp2_nv ToNghttp2(const HeaderField& field) {
  // nghttp2 does not write to them.
  const auto bytes = [](absl::string_view view) {
    return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(view.data()));
  };
  const bool never_index =
      field.never_index || !HeaderEncoder::IsWorthIndexing(field);
  return {bytes(field.name), bytes(field.value), field.name.size(),
          field.value.size(),
          static_cast<uint8_t>(never_index ? NGHTTP2_NV_FLAG_NO_INDEX
                                           : NGHTTP2_NV_FLAG_NONE)};
}

// The fields before the first that is not worth indexing.
size_t RepeatedFields(const HeaderList& headers) {
  size_t n = 0;
  for (const HeaderField field : headers) {
    if (field.never_index || !HeaderEncoder::IsWorthIndexing(field)) break;
    ++n;
  }
  return n;
}

// Takes an integer with a prefix of `bits` off the front (RFC 7541 section
// 5.1).
size_t TakeInteger(int bits, absl::string_view* block) {
  const size_t mask = (size_t{1} << bits) - 1;
  size_t value = static_cast<uint8_t>(block->front()) & mask;
  block->remove_prefix(1);
  if (value < mask) return value;
  for (int shift = 0;; shift += 7) {
    const uint8_t byte = static_cast<uint8_t>(block->front());
    block->remove_prefix(1);
    value += static_cast<size_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
}

void SkipString(absl::string_view* block) {
  const size_t size = TakeInteger(7, block);
  block->remove_prefix(size);
}

// Whether decoding `block`, which nghttp2 has made, changes the table: a
// literal with indexing, or a size update (RFC 7541 section 6).
bool ChangesTable(absl::string_view block) {
  while (!block.empty()) {
    const uint8_t first = static_cast<uint8_t>(block.front());
    if ((first & 0x80) != 0) {
      TakeInteger(7, &block);  // indexed
    } else if ((first & 0x60) != 0) {
      return true;
    } else {  // literal without indexing, or never indexed
      if (TakeInteger(4, &block) == 0) SkipString(&block);
      SkipString(&block);
    }
  }
  return false;
}

}  // namespace

HeaderEncoder::HeaderEncoder() {
  nghttp2_hd_deflater* deflater = nullptr;
  const int result = nghttp2_hd_deflate_new(&deflater, kMaxTableSize);
  GPR_ASSERT(result == 0);  // else out of memory
  deflater_.reset(deflater);
}

void HeaderEncoder::SetMaxTableSize(uint32_t peer_setting) {
  const uint32_t size = std::min(peer_setting, kMaxTableSize);
  if (size == table_size_) return;
  table_size_ = size;
  Forget();
  const int result =
      nghttp2_hd_deflate_change_table_size(deflater_.get(), size);
  GPR_ASSERT(result == 0);  // else out of memory
}

void HeaderEncoder::Encode(const HeaderList& headers, std::string* out) {
  if (const Known* known = FindKnown(headers)) {
    out->append(known->block);
    EncodeRange(headers, known->headers.size(), headers.size(), out);
    return;
  }
  const size_t repeated = RepeatedFields(headers);
  const size_t begin = out->size();
  EncodeRange(headers, 0, repeated, out);
  const size_t middle = out->size();
  EncodeRange(headers, repeated, headers.size(), out);
  if (repeated != 0 && known_valid_) {
    Remember(headers, repeated,
             absl::string_view(*out).substr(begin, middle - begin));
  }
  known_valid_ = true;
}

void HeaderEncoder::EncodeRange(const HeaderList& headers, size_t begin,
                                size_t end, std::string* out) {
  if (begin == end) return;
  fields_.clear();
  for (size_t i = begin; i < end; ++i) fields_.push_back(ToNghttp2(headers[i]));
  const size_t old_size = out->size();
  const size_t bound =
      nghttp2_hd_deflate_bound(deflater_.get(), fields_.data(), fields_.size());
  out->resize(old_size + bound);
  const ssize_t size = nghttp2_hd_deflate_hd(
      deflater_.get(), reinterpret_cast<uint8_t*>(&(*out)[old_size]), bound,
      fields_.data(), fields_.size());
  GPR_ASSERT(size >= 0);  // else out of memory
  out->resize(old_size + static_cast<size_t>(size));
  if (ChangesTable(absl::string_view(*out).substr(old_size))) Forget();
}

void HeaderEncoder::Forget() {
  known_.clear();
  known_valid_ = false;
}

const HeaderEncoder::Known* HeaderEncoder::FindKnown(
    const HeaderList& headers) const {
  for (const Known& known : known_) {
    if (headers.BeginsWith(known.headers)) return &known;
  }
  return nullptr;
}

void HeaderEncoder::Remember(const HeaderList& headers, size_t fields,
                             absl::string_view block) {
  if (known_.size() < kMaxKnown) known_.emplace_back();
  Known& known = known_[next_known_++ % known_.size()];
  known.headers = headers.Prefix(fields);
  known.block.assign(block.data(), block.size());
}

bool HeaderEncoder::IsWorthIndexing(const HeaderField& field) {
  return field.value.size() <= kMaxIndexedValue &&
         !absl::EndsWith(field.name, "-bin") && field.name != "grpc-timeout" &&
         field.name != "traceparent";
}

}  // namespace loopy
