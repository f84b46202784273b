#ifndef LOOPY_TRANSPORT_HPACK_HEADER_LIST_H_
#define LOOPY_TRANSPORT_HPACK_HEADER_LIST_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace loopy {

struct HeaderField {
  absl::string_view name;
  absl::string_view value;
  // No intermediary may index the field (RFC 7541 section 7.1.3).
  bool never_index = false;
};

// A HeaderList is a list of header fields in order; names may repeat. It is one
// piece of memory, so it is cheap to copy, to compare and to reuse.
//
//   HeaderList headers;
//   headers.Add(":method", "POST");
//   for (const HeaderField field : headers) ...field.name...
//
// The views that it returns point into it, and are valid until the next Add,
// Append, Clear or move. A name has less than 2 GiB, a value less than 4 GiB.
// Not thread-safe.
class HeaderList {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = HeaderField;
    using difference_type = std::ptrdiff_t;
    using pointer = const HeaderField*;
    using reference = HeaderField;

    HeaderField operator*() const;
    Iterator& operator++();
    bool operator==(const Iterator& other) const { return pos_ == other.pos_; }
    bool operator!=(const Iterator& other) const { return pos_ != other.pos_; }

   private:
    friend class HeaderList;
    explicit Iterator(const char* pos) : pos_(pos) {}

    const char* pos_;  // points to the field's sizes
  };

  HeaderList() = default;
  HeaderList(const HeaderList& other) { Append(other); }
  HeaderList(HeaderList&& other) noexcept;
  HeaderList& operator=(const HeaderList& other);
  HeaderList& operator=(HeaderList&& other) noexcept;

  void Add(absl::string_view name, absl::string_view value,
           bool never_index = false);
  void Append(const HeaderList& other);
  void Clear();
  // Takes memory for `bytes` of names and values, and 8 for each field.
  void Reserve(size_t bytes);

  // Returns the number of fields.
  size_t size() const { return fields_; }
  bool empty() const { return fields_ == 0; }
  Iterator begin() const { return Iterator(bytes_.get()); }
  Iterator end() const { return Iterator(bytes_.get() + used_); }

  // Returns the first value of that name.
  absl::optional<absl::string_view> Find(absl::string_view name) const;

  // Returns whether both have the same fields in the same order.
  bool operator==(const HeaderList& other) const {
    return used_ == other.used_ && BeginsWith(other);
  }

  // Returns whether its first fields are all those of `other`.
  bool BeginsWith(const HeaderList& other) const;
  // Returns the first field after those of `beginning`. Requires
  // BeginsWith(beginning).
  Iterator After(const HeaderList& beginning) const {
    return Iterator(bytes_.get() + beginning.used_);
  }
  // Returns the first `n` fields. Requires n <= size().
  HeaderList Prefix(size_t n) const;

  // RFC 9113 section 6.5.2 (SETTINGS_MAX_HEADER_LIST_SIZE) defines this size.
  static constexpr size_t kFieldOverhead = 32;
  size_t hpack_size() const {
    return used_ + fields_ * (kFieldOverhead - kSizesSize);
  }

 private:
  // Each field is preceded by its sizes.
  struct Sizes {
    uint32_t name : 31;
    uint32_t never_index : 1;
    uint32_t value;
  };
  static constexpr size_t kSizesSize = sizeof(Sizes);

  static Sizes SizesAt(const char* pos) {
    Sizes sizes;
    std::memcpy(&sizes, pos, kSizesSize);
    return sizes;
  }
  // A usual request or response fits without growing.
  static constexpr size_t kFirstCapacity = 448;

  // Returns `n` more bytes, which count as used.
  char* Extend(size_t n, size_t first_capacity) {
    if (capacity_ - used_ < n) Grow(n, first_capacity);
    char* const added = bytes_.get() + used_;
    used_ += n;
    return added;
  }
  void Grow(size_t n, size_t first_capacity);

  std::unique_ptr<char[]> bytes_;  // sizes, name, value, sizes, ...
  size_t used_ = 0;                // the used part of them
  size_t capacity_ = 0;
  size_t fields_ = 0;
};

// Most names are constants, whose copies are then a few moves.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void HeaderList::Add(
    absl::string_view name, absl::string_view value, bool never_index) {
  Sizes sizes;
  sizes.name = static_cast<uint32_t>(name.size()) & 0x7fffffff;
  sizes.never_index = never_index ? 1 : 0;
  sizes.value = static_cast<uint32_t>(value.size());
  char* to = Extend(kSizesSize + name.size() + value.size(), kFirstCapacity);
  std::memcpy(to, &sizes, kSizesSize);
  to += kSizesSize;
  // An empty view may have no bytes at all.
  if (!name.empty()) std::memcpy(to, name.data(), name.size());
  if (!value.empty()) std::memcpy(to + name.size(), value.data(), value.size());
  ++fields_;
}

inline HeaderField HeaderList::Iterator::operator*() const {
  const Sizes sizes = SizesAt(pos_);
  const char* const name = pos_ + kSizesSize;
  return {absl::string_view(name, sizes.name),
          absl::string_view(name + sizes.name, sizes.value),
          sizes.never_index != 0};
}

inline HeaderList::Iterator& HeaderList::Iterator::operator++() {
  const Sizes sizes = SizesAt(pos_);
  pos_ += kSizesSize + sizes.name + sizes.value;
  return *this;
}

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_HPACK_HEADER_LIST_H_
