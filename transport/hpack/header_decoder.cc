#include "transport/hpack/header_decoder.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "transport/base/log.h"
#include "transport/hpack/huffman.h"

namespace loopy {
namespace {

absl::string_view View(const uint8_t* bytes, size_t size) {
  return absl::string_view(reinterpret_cast<const char*>(bytes), size);
}

bool DecodeString(const FieldRepresentation::String& string,
                  std::string* text) {
  if (string.huffman) return DecodeHuffman(string.bytes, text);
  text->assign(string.bytes.data(), string.bytes.size());
  return true;
}

// Returns the smallest size that the string can decode to: a code has at most
// 30 bits.
uint64_t MinSize(const FieldRepresentation::String& string) {
  return string.huffman ? string.bytes.size() * 8 / 30 : string.bytes.size();
}

// Returns what a value of `size` bytes counts: a binary one counts as before
// base64.
uint64_t CountedSize(absl::string_view name, uint64_t size) {
  return absl::EndsWith(name, "-bin") ? size * 3 / 4 : size;
}

// Returns whether a block is only indices, of one byte each (RFC 7541 section
// 6.1).
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
  if (table_size != kDefaultHeaderTableSize) {
    result = nghttp2_hd_inflate_change_table_size(inflater, table_size);
    LOOPY_CHECK(result == 0);  // else out of memory
  }
}

Http2Error HeaderDecoder::Decode(const SliceBuffer& block, HeaderList* out) {
  const size_t count = block.slice_count();
  if (!in_block_ && block.size() > kMaxString) {
    known_.clear();
    list_size_ = 0;
    check_.Begin();
    return InflateLarge(block.ToString(), out);
  }
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
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0 && out != nullptr) {
      OnField(View(field.name, field.namelen),
              View(field.value, field.valuelen),
              (field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0, out);
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
      nghttp2_hd_inflate_end_headers(inflater_.get());
      break;
    }
    if (left == 0 && (flags & NGHTTP2_HD_INFLATE_EMIT) == 0) break;
  }
  return Http2Error::Ok();
}

Http2Error HeaderDecoder::InflateLarge(absl::string_view block,
                                       HeaderList* out) {
  size_t inflated = 0;
  FieldRepresentation field;
  // A block that cannot be scanned goes to nghttp2, which reports the fault.
  for (size_t pos = 0;
       pos < block.size() && ScanField(block.substr(pos), &field);
       pos += field.size) {
    if (field.name.bytes.size() <= kMaxString &&
        field.value.bytes.size() <= kMaxString) {
      continue;
    }
    Http2Error error = Inflate(block.substr(inflated, pos - inflated),
                               /*end_block=*/false, out);
    if (!error.ok()) return error;
    inflated = pos + field.size;
    if (!DecodeLargeField(field, out)) {
      return Http2Error::Connection(
          Http2ErrorCode::kCompressionError,
          "a header field above 64 KiB cannot be decoded");
    }
  }
  return Inflate(block.substr(inflated), /*end_block=*/true, out);
}

bool HeaderDecoder::DecodeLargeField(const FieldRepresentation& field,
                                     HeaderList* out) {
  uint64_t size =
      MinSize(field.name) + MinSize(field.value) + HeaderList::kFieldOverhead;
  if (list_size_ + CountedSize("-bin", size) > max_list_size_) {
    // The list is too large whatever the field is, so it is not decoded.
    list_size_ += field.name.bytes.size() + field.value.bytes.size() +
                  HeaderList::kFieldOverhead;
  } else {
    std::string name;
    std::string value;
    if (!LargeFieldName(field, &name)) return false;
    if (!DecodeString(field.value, &value)) return false;
    OnField(name, value, field.never_index, out);
    size = name.size() + value.size() + HeaderList::kFieldOverhead;
  }
  if (!field.indexing) return true;
  // A larger table might have to keep the field, which nghttp2 does not accept.
  return size >
             nghttp2_hd_inflate_get_max_dynamic_table_size(inflater_.get()) &&
         EmptyTable();
}

bool HeaderDecoder::LargeFieldName(const FieldRepresentation& field,
                                   std::string* name) {
  if (field.name_index == 0) return DecodeString(field.name, name);
  const nghttp2_nv* entry =
      nghttp2_hd_inflate_get_table_entry(inflater_.get(), field.name_index);
  if (entry == nullptr) return false;
  const absl::string_view view = View(entry->name, entry->namelen);
  name->assign(view.data(), view.size());
  return true;
}

bool HeaderDecoder::EmptyTable() {
  // A literal with indexing whose value alone is as large as the table empties
  // it (RFC 7541 section 4.4).
  const size_t size =
      nghttp2_hd_inflate_get_max_dynamic_table_size(inflater_.get());
  if (size > kMaxString) return false;
  constexpr uint8_t kLengthPrefix = 0x7f;
  std::string literal("\x40\x01x\x7f", 4);
  size_t left = std::max<size_t>(size, kLengthPrefix) - kLengthPrefix;
  for (; left >= 0x80; left >>= 7) {
    literal.push_back(static_cast<char>(0x80 | (left & 0x7f)));
  }
  literal.push_back(static_cast<char>(left));
  literal.append(std::max<size_t>(size, kLengthPrefix), 'x');
  return Inflate(literal, /*end_block=*/false, nullptr).ok();
}

void HeaderDecoder::OnField(absl::string_view name, absl::string_view value,
                            bool never_index, HeaderList* out) {
  list_size_ += name.size() + CountedSize(name, value.size()) +
                HeaderList::kFieldOverhead;
  if (list_too_large()) return;
  check_.OnField(name, value);
  out->Add(name, value, never_index);
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
