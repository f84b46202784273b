#ifndef LOOPY_TRANSPORT_HPACK_LITERAL_SCANNER_H_
#define LOOPY_TRANSPORT_HPACK_LITERAL_SCANNER_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace loopy {

// A FieldRepresentation is one field of a header block (RFC 7541 section 6).
struct FieldRepresentation {
  struct String {
    absl::string_view bytes;  // as they are in the block
    bool huffman = false;
  };

  size_t size = 0;  // in the block

  // Only literals have the rest.
  bool literal = false;
  bool indexing = false;  // with incremental indexing
  bool never_index = false;
  uint64_t name_index = 0;  // 0 if the name is in `name`
  String name;
  String value;
};

// Reads the representation at the start of `block`, which must not be empty.
// Its strings point into the block. Returns false if it is not whole, or if an
// integer is too large.
bool ScanField(absl::string_view block, FieldRepresentation* field);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_HPACK_LITERAL_SCANNER_H_
