#ifndef LOOPY_TESTS_FUZZ_FUZZ_INPUT_H_
#define LOOPY_TESTS_FUZZ_FUZZ_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace loopy {

// Makes choices from a fuzzer's bytes, which are followed by zeros. A caller
// takes one value in a statement, because compilers differ in the order of
// arguments.
class FuzzInput {
 public:
  explicit FuzzInput(absl::string_view bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  uint8_t Byte() { return static_cast<uint8_t>(Number(1)); }
  bool Bool() { return Byte() % 2 != 0; }
  // Returns a big-endian number of `size` bytes.
  uint32_t Number(size_t size) {
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      value <<= 8;
      if (bytes_.empty()) continue;
      value |= static_cast<uint8_t>(bytes_[0]);
      bytes_.remove_prefix(1);
    }
    return value;
  }
  // Returns small and large numbers equally often.
  uint32_t Number() {
    const size_t size = 1 + Byte() % 4;
    return Number(size);
  }
  // Returns at most `limit` bytes. The byte before them has their number.
  std::string Bytes(size_t limit = 255) {
    const size_t size = Byte() % (limit + 1);
    const std::string taken(bytes_.substr(0, size));
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  // Returns true for one byte of 256, because what ends everything has to be
  // rare.
  bool Rarely() { return Byte() == 'R'; }
  template <typename T>
  T OneOf(const std::vector<T>& values) {
    return values[Byte() % values.size()];
  }

 private:
  absl::string_view bytes_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_FUZZ_FUZZ_INPUT_H_
