#include "transport/hpack/header_list.h"

#include <algorithm>
#include <utility>

namespace loopy {

HeaderList::HeaderList(HeaderList&& other) noexcept
    : bytes_(std::move(other.bytes_)),
      used_(std::exchange(other.used_, 0)),
      capacity_(std::exchange(other.capacity_, 0)),
      fields_(std::exchange(other.fields_, 0)) {}

HeaderList& HeaderList::operator=(const HeaderList& other) {
  if (this == &other) return *this;
  Clear();
  Append(other);
  return *this;
}

HeaderList& HeaderList::operator=(HeaderList&& other) noexcept {
  bytes_ = std::move(other.bytes_);
  used_ = std::exchange(other.used_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  fields_ = std::exchange(other.fields_, 0);
  return *this;
}

void HeaderList::Grow(size_t n, size_t first_capacity) {
  capacity_ = std::max({used_ + n, 2 * capacity_, first_capacity});
  std::unique_ptr<char[]> grown(new char[capacity_]);
  absl::string_view(bytes_.get(), used_).copy(grown.get(), used_);
  bytes_ = std::move(grown);
}

void HeaderList::Reserve(size_t bytes) {
  if (capacity_ < bytes) Grow(bytes - used_, 0);
}

void HeaderList::Append(const HeaderList& other) {
  if (other.empty()) return;
  absl::string_view(other.bytes_.get(), other.used_)
      .copy(Extend(other.used_, 0), other.used_);
  fields_ += other.fields_;
}

void HeaderList::Clear() {
  used_ = 0;
  fields_ = 0;
}

absl::optional<absl::string_view> HeaderList::Find(
    absl::string_view name) const {
  for (const HeaderField field : *this) {
    if (field.name == name) return field.value;
  }
  return absl::nullopt;
}

bool HeaderList::BeginsWith(const HeaderList& other) const {
  return other.used_ <= used_ &&
         std::equal(other.bytes_.get(), other.bytes_.get() + other.used_,
                    bytes_.get());
}

HeaderList HeaderList::Prefix(size_t n) const {
  HeaderList prefix;
  for (Iterator field = begin(); prefix.size() < n; ++field) {
    const HeaderField typed = *field;
    prefix.Add(typed.name, typed.value, typed.never_index);
  }
  return prefix;
}

}  // namespace loopy
