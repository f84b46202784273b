#include "transport/hpack/header_decoder.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "transport/base/log.h"

namespace loopy {
namespace {

constexpr uint32_t kDefaultTableSize = 4096;  // RFC 9113 section 6.5.2

absl::string_view View(const uint8_t* bytes, size_t size) {
  return absl::string_view(reinterpret_cast<const char*>(bytes), size);
}

// As base64 has it, in bytes without padding.
uint64_t CountedSize(absl::string_view name, absl::string_view value) {
  return absl::EndsWith(name, "-bin") ? value.size() * 3 / 4 : value.size();
}

// Whether a block consists of indices, of one byte each (RFC 7541 section 6.1).
bool IsIndicesAlone(absl::string_view block) {
  return std::all_of(block.begin(), block.end(), [](char c) {
    const uint8_t byte = static_cast<uint8_t>(c);
    return byte > 0x80 && byte < 0xff;
  });
}

}  // namespace

HeaderDecoder::HeaderDecoder(uint32_t table_size) {
  nghttp2_hd_inflater* inflater = nullptr;
  int result = nghttp2_hd_inflate_new(&inflater);
  LOOPY_CHECK(result == 0);  // else out of memory
  inflater_.reset(inflater);
  if (table_size != kDefaultTableSize) {
    result = nghttp2_hd_inflate_change_table_size(inflater, table_size);
    LOOPY_CHECK(result == 0);  // else out of memory
  }
}

Http2Error HeaderDecoder::Decode(const SliceBuffer& block, HeaderList* out) {
  const size_t count = block.slice_count();
  for (size_t i = 0; i + 1 < count; ++i) {
    Http2Error error = Decode(block.slice_view(i), /*end_block=*/false, out);
    if (!error.ok()) return error;
  }
  return Decode(count == 0 ? absl::string_view() : block.slice_view(count - 1),
                /*end_block=*/true, out);
}

Http2Error HeaderDecoder::Decode(absl::string_view fragment, bool end_block,
                                 HeaderList* out) {
  const bool whole = !in_block_ && end_block;
  if (!in_block_) {
    list_size_ = 0;
    check_.Begin();
  }
  in_block_ = !end_block;
  if (!whole || fragment.size() > kMaxKnownSize || !IsIndicesAlone(fragment)) {
    known_.clear();
    return Inflate(fragment, end_block, out);
  }
  if (DecodeKnown(fragment, out)) return Http2Error::Ok();
  HeaderList headers;
  Http2Error error = Inflate(fragment, end_block, &headers);
  out->Append(headers);
  if (error.ok() && !list_too_large() && fault().empty()) {
    Remember(fragment, headers);
  }
  return error;
}

Http2Error HeaderDecoder::Inflate(absl::string_view fragment, bool end_block,
                                  HeaderList* out) {
  const uint8_t* pos = reinterpret_cast<const uint8_t*>(fragment.data());
  size_t left = fragment.size();
  for (;;) {
    nghttp2_nv field;
    int flags = 0;
    const ssize_t used = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags,
                                                pos, left, end_block ? 1 : 0);
    if (used < 0) {
      return Http2Error::Connection(
          Http2ErrorCode::kCompressionError,
          absl::StrCat("a header block cannot be decoded: ",
                       nghttp2_strerror(static_cast<int>(used))));
    }
    pos += used;
    left -= static_cast<size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) OnField(field, out);
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
      nghttp2_hd_inflate_end_headers(inflater_.get());
      break;
    }
    if (left == 0 && (flags & NGHTTP2_HD_INFLATE_EMIT) == 0) break;
  }
  return Http2Error::Ok();
}

void HeaderDecoder::OnField(const nghttp2_nv& field, HeaderList* out) {
  const absl::string_view name = View(field.name, field.namelen);
  const absl::string_view value = View(field.value, field.valuelen);
  list_size_ +=
      name.size() + CountedSize(name, value) + HeaderList::kFieldOverhead;
  if (list_too_large()) return;
  check_.OnField(name, value);
  out->Add(name, value, (field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0);
}

bool HeaderDecoder::DecodeKnown(absl::string_view block, HeaderList* out) {
  for (const Known& known : known_) {
    if (known.block != block) continue;
    list_size_ = known.list_size;
    if (!list_too_large()) out->Append(known.headers);
    return true;
  }
  return false;
}

void HeaderDecoder::Remember(absl::string_view block,
                             const HeaderList& headers) {
  if (known_.size() < kMaxKnown) known_.emplace_back();
  Known& known = known_[next_known_++ % known_.size()];
  known.block.assign(block.data(), block.size());
  known.headers = headers;
  known.list_size = list_size_;
}

}  // namespace loopy
