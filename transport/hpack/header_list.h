#ifndef LOOPY_TRANSPORT_HPACK_HEADER_LIST_H_
#define LOOPY_TRANSPORT_HPACK_HEADER_LIST_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace loopy {

struct HeaderField {
  absl::string_view name;
  absl::string_view value;
  // To be sent so that no intermediary indexes it (RFC 7541 section 7.1.3).
  bool never_index = false;
};

// A list of header fields, in order; names may repeat. All bytes lie in one
// string.
//
//   HeaderList headers;
//   headers.Add(":method", "POST");
//   for (const HeaderField field : headers) ...field.name...
//
// What it hands out points into it, and is valid until the next Add, Clear or
// move. Less than 4 GiB. Not thread-safe.
class HeaderList {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = HeaderField;
    using difference_type = std::ptrdiff_t;
    using pointer = const HeaderField*;
    using reference = HeaderField;

    HeaderField operator*() const { return (*list_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator& other) const {
      return index_ == other.index_;
    }
    bool operator!=(const Iterator& other) const { return !(*this == other); }

   private:
    friend class HeaderList;
    Iterator(const HeaderList* list, size_t index)
        : list_(list), index_(index) {}

    const HeaderList* list_;
    size_t index_;
  };

  void Add(absl::string_view name, absl::string_view value,
           bool never_index = false);
  void Clear();

  // In fields.
  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  // Requires i < size().
  HeaderField operator[](size_t i) const {
    const Entry& entry = entries_[i];
    const size_t begin = i == 0 ? 0 : entries_[i - 1].value_end;
    const absl::string_view bytes(bytes_);
    return {bytes.substr(begin, entry.name_end - begin),
            bytes.substr(entry.name_end, entry.value_end - entry.name_end),
            entry.never_index};
  }
  Iterator begin() const { return Iterator(this, 0); }
  Iterator end() const { return Iterator(this, size()); }

  // The first value of that name.
  absl::optional<absl::string_view> Find(absl::string_view name) const;

  // Whether its first fields are all those of `other`.
  bool BeginsWith(const HeaderList& other) const;
  // The first `n` fields. Requires n <= size().
  HeaderList Prefix(size_t n) const;

  // As RFC 9113 section 6.5.2 (SETTINGS_MAX_HEADER_LIST_SIZE) measures it.
  static constexpr size_t kFieldOverhead = 32;
  size_t hpack_size() const { return bytes_.size() + size() * kFieldOverhead; }

 private:
  struct Entry {
    uint32_t name_end;
    uint32_t value_end;
    bool never_index;

    bool operator==(const Entry& other) const {
      return name_end == other.name_end && value_end == other.value_end &&
             never_index == other.never_index;
    }
  };

  std::string bytes_;  // name, value, name, value, ...
  absl::InlinedVector<Entry, 12> entries_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_HPACK_HEADER_LIST_H_
