#include "transport/hpack/header_encoder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "transport/base/log.h"

namespace loopy {
namespace {

constexpr absl::string_view kTimeout = "grpc-timeout";
constexpr absl::string_view kPath = ":path";
// nghttp2 never indexes :path, because paths of the web do not come again.
// gRPC's paths are methods, and do. So nghttp2 gets :path under this name,
// which no field can have, and which takes as much of the table
// (docs/workarounds.md).
constexpr absl::string_view kPathAlias = ":PATH";
static_assert(kPath.size() == kPathAlias.size());
// The index of :path in the static table (RFC 7541 appendix A).
constexpr char kPathIndex = 4;

// These look at the first byte of a representation (RFC 7541 section 6).
bool IsIndexed(char first) { return (first & 0x80) != 0; }
bool EntersTable(char first) { return (first & 0xc0) == 0x40; }
bool IsTableSizeUpdate(char first) { return (first & 0xe0) == 0x20; }
// Returns the bits of a literal's first byte that are not the index of its
// name.
char LiteralPattern(char first) {
  return static_cast<char>(first & (EntersTable(first) ? 0xc0 : 0xf0));
}

// Returns the size of the integer with a prefix of `bits` at `pos`
// (section 5.1).
size_t IntegerSize(absl::string_view block, size_t pos, int bits) {
  const int mask = (1 << bits) - 1;
  size_t size = 1;
  if ((block[pos] & mask) != mask) return size;
  while ((block[pos + size++] & 0x80) != 0) {
  }
  return size;
}

// Replaces the name kPathAlias of a literal at `pos` by the index of :path.
void NamePath(size_t pos, std::string* block) {
  const char first = (*block)[pos];
  const char pattern = LiteralPattern(first);
  if (IsIndexed(first) || first != pattern) return;  // no name is spelled out
  // The name is a short string, so its size has one byte.
  const size_t name_size = 1 + ((*block)[pos + 1] & 0x7f);
  block->replace(pos, 1 + name_size, 1,
                 static_cast<char>(pattern | kPathIndex));
}

nghttp2_nv ToNghttp2(absl::string_view name, absl::string_view value,
                     bool never_index) {
  // nghttp2 does not write to these bytes.
  const auto bytes = [](absl::string_view view) {
    return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(view.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(),
          static_cast<uint8_t>(never_index ? NGHTTP2_NV_FLAG_NO_INDEX
                                           : NGHTTP2_NV_FLAG_NONE)};
}

}  // namespace

HeaderEncoder::HeaderEncoder(uint32_t max_table_size)
    : max_table_size_(max_table_size),
      // A connection begins with the default (RFC 9113 section 6.5.2).
      table_size_(std::min(max_table_size, kDefaultHeaderTableSize)) {
  nghttp2_hd_deflater* deflater = nullptr;
  const int result = nghttp2_hd_deflate_new(&deflater, max_table_size);
  LOOPY_CHECK(result == 0);  // else out of memory
  deflater_.reset(deflater);
}

void HeaderEncoder::SetMaxTableSize(uint32_t peer_setting) {
  const uint32_t size = std::min(peer_setting, max_table_size_);
  if (size == table_size_) return;
  table_size_ = size;
  Forget();
  const int result =
      nghttp2_hd_deflate_change_table_size(deflater_.get(), size);
  LOOPY_CHECK(result == 0);  // else out of memory
}

void HeaderEncoder::Encode(const HeaderList& headers, std::string* out) {
  const size_t begin = out->size();
  auto field = headers.begin();
  size_t known_fields = 0;
  if (const Known* known = FindKnown(headers)) {
    out->append(known->block);
    field = headers.After(known->headers);
    known_fields = known->headers.size();
  }
  const uint64_t changes = table_changes_;
  size_t indexed_fields = known_fields;
  size_t indexed_end = out->size();
  bool all_indexed = true;
  for (; field != headers.end(); ++field) {
    const size_t pos = out->size();
    EncodeField(*field, out);
    all_indexed = all_indexed && IsIndexed((*out)[pos]);
    if (!all_indexed) continue;
    ++indexed_fields;
    indexed_end = out->size();
  }
  if (indexed_fields == known_fields || changes != table_changes_) return;
  Remember(headers.Prefix(indexed_fields),
           absl::string_view(*out).substr(begin, indexed_end - begin));
}

void HeaderEncoder::EncodeField(const HeaderField& field, std::string* out) {
  const bool is_path = field.name == kPath;
  const bool never_index =
      field.never_index || !IsWorthIndexing(field) ||
      (field.name == kTimeout && !TimeoutCameBefore(field.value));
  const nghttp2_nv nv =
      ToNghttp2(is_path ? kPathAlias : field.name, field.value, never_index);
  size_t pos = out->size();
  const size_t bound = nghttp2_hd_deflate_bound(deflater_.get(), &nv, 1);
  out->resize(pos + bound);
  const ssize_t size = nghttp2_hd_deflate_hd(
      deflater_.get(), reinterpret_cast<uint8_t*>(&(*out)[pos]), bound, &nv, 1);
  LOOPY_CHECK(size >= 0);  // else out of memory
  out->resize(pos + static_cast<size_t>(size));
  while (IsTableSizeUpdate((*out)[pos])) pos += IntegerSize(*out, pos, 5);
  if (is_path) NamePath(pos, out);
  if (EntersTable((*out)[pos])) Forget();
}

bool HeaderEncoder::TimeoutCameBefore(absl::string_view value) {
  if (std::find(timeouts_.begin(), timeouts_.end(), value) != timeouts_.end()) {
    return true;
  }
  timeouts_[next_timeout_++ % kMaxTimeouts].assign(value.data(), value.size());
  return false;
}

void HeaderEncoder::Forget() {
  known_.clear();
  ++table_changes_;
}

const HeaderEncoder::Known* HeaderEncoder::FindKnown(
    const HeaderList& headers) {
  // Most often it is the last one again, and all of the list.
  const Known* longest = nullptr;
  const size_t first = last_known_;
  for (size_t i = 0; i < known_.size(); ++i) {
    const size_t index = (first + i) % known_.size();
    const Known& known = known_[index];
    if (longest != nullptr && known.headers.size() <= longest->headers.size()) {
      continue;
    }
    if (!headers.BeginsWith(known.headers)) continue;
    longest = &known;
    last_known_ = index;
    if (known.headers.size() == headers.size()) break;
  }
  return longest;
}

void HeaderEncoder::Remember(HeaderList headers, absl::string_view block) {
  if (known_.size() < kMaxKnown) known_.emplace_back();
  Known& known = known_[next_known_++ % known_.size()];
  known.headers = std::move(headers);
  known.block.assign(block.data(), block.size());
}

bool HeaderEncoder::IsWorthIndexing(const HeaderField& field) {
  return field.value.size() <= kMaxIndexedValue &&
         !absl::EndsWith(field.name, "-bin") && field.name != "traceparent";
}

}  // namespace loopy
