#include "transport/hpack/header_list.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace loopy {
namespace {

// Holds a usual request or response without growing.
constexpr size_t kFirstCapacity = 320;

}  // namespace

void HeaderList::Add(absl::string_view name, absl::string_view value,
                     bool never_index) {
  const size_t size = bytes_.size() + name.size() + value.size();
  if (size > bytes_.capacity()) {
    bytes_.reserve(std::max({size, 2 * bytes_.capacity(), kFirstCapacity}));
  }
  bytes_.append(name.data(), name.size());
  const uint32_t name_end = static_cast<uint32_t>(bytes_.size());
  bytes_.append(value.data(), value.size());
  entries_.push_back(
      {name_end, static_cast<uint32_t>(bytes_.size()), never_index});
}

void HeaderList::Clear() {
  bytes_.clear();
  entries_.clear();
}

absl::optional<absl::string_view> HeaderList::Find(
    absl::string_view name) const {
  for (const HeaderField field : *this) {
    if (field.name == name) return field.value;
  }
  return absl::nullopt;
}

bool HeaderList::BeginsWith(const HeaderList& other) const {
  return other.size() <= size() &&
         std::equal(other.entries_.begin(), other.entries_.end(),
                    entries_.begin()) &&
         absl::StartsWith(bytes_, other.bytes_);
}

HeaderList HeaderList::Prefix(size_t n) const {
  HeaderList prefix;
  for (size_t i = 0; i < n; ++i) {
    const HeaderField field = (*this)[i];
    prefix.Add(field.name, field.value, field.never_index);
  }
  return prefix;
}

}  // namespace loopy
