#include "transport/hpack/literal_scanner.h"

namespace loopy {
namespace {

// No block is nearly as long as this.
constexpr uint64_t kMaxInteger = uint64_t{1} << 32;

// Takes an integer with a prefix of `bits` from the front (section 5.1).
bool TakeInteger(int bits, absl::string_view* rest, uint64_t* value) {
  if (rest->empty()) return false;
  const uint8_t mask = static_cast<uint8_t>((1 << bits) - 1);
  *value = static_cast<uint8_t>(rest->front()) & mask;
  rest->remove_prefix(1);
  if (*value < mask) return true;
  for (int shift = 0; !rest->empty() && shift <= 28; shift += 7) {
    const uint8_t byte = static_cast<uint8_t>(rest->front());
    rest->remove_prefix(1);
    *value += uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) return *value <= kMaxInteger;
  }
  return false;
}

bool TakeString(absl::string_view* rest, FieldRepresentation::String* string) {
  if (rest->empty()) return false;
  string->huffman = (static_cast<uint8_t>(rest->front()) & 0x80) != 0;
  uint64_t size = 0;
  if (!TakeInteger(7, rest, &size) || size > rest->size()) return false;
  string->bytes = rest->substr(0, size);
  rest->remove_prefix(size);
  return true;
}

bool TakeLiteral(uint8_t first, absl::string_view* rest,
                 FieldRepresentation* field) {
  field->literal = true;
  field->indexing = (first & 0x40) != 0;
  field->never_index = !field->indexing && (first & 0x10) != 0;
  if (!TakeInteger(field->indexing ? 6 : 4, rest, &field->name_index)) {
    return false;
  }
  if (field->name_index == 0 && !TakeString(rest, &field->name)) return false;
  return TakeString(rest, &field->value);
}

}  // namespace

bool ScanField(absl::string_view block, FieldRepresentation* field) {
  *field = FieldRepresentation();
  absl::string_view rest = block;
  const uint8_t first = static_cast<uint8_t>(block.front());
  uint64_t ignored = 0;
  bool whole = false;
  if ((first & 0x80) != 0) {  // indexed
    whole = TakeInteger(7, &rest, &ignored);
  } else if ((first & 0x60) == 0x20) {  // a size of the table
    whole = TakeInteger(5, &rest, &ignored);
  } else {
    whole = TakeLiteral(first, &rest, field);
  }
  field->size = block.size() - rest.size();
  return whole;
}

}  // namespace loopy
