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
  const int result =
      nghttp2_hd_deflate_change_table_size(deflater_.get(), size);
  GPR_ASSERT(result == 0);  // else out of memory
}

void HeaderEncoder::Encode(const HeaderList& headers, std::string* out) {
  fields_.clear();
  for (const HeaderField field : headers) fields_.push_back(ToNghttp2(field));
  const size_t begin = out->size();
  const size_t bound =
      nghttp2_hd_deflate_bound(deflater_.get(), fields_.data(), fields_.size());
  out->resize(begin + bound);
  const ssize_t size = nghttp2_hd_deflate_hd(
      deflater_.get(), reinterpret_cast<uint8_t*>(&(*out)[begin]), bound,
      fields_.data(), fields_.size());
  GPR_ASSERT(size >= 0);  // else out of memory
  out->resize(begin + static_cast<size_t>(size));
}

bool HeaderEncoder::IsWorthIndexing(const HeaderField& field) {
  return field.value.size() <= kMaxIndexedValue &&
         !absl::EndsWith(field.name, "-bin") && field.name != "grpc-timeout" &&
         field.name != "traceparent";
}

}  // namespace loopy
