#include "transport/hpack/huffman.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace loopy {
namespace {

constexpr size_t kSymbols = 257;  // bytes, and EOS
constexpr uint16_t kEos = 256;
constexpr uint32_t kMaxLength = 30;

// RFC 7541 appendix B defines the length of each symbol's code, in bits. The
// code is canonical, so the codes follow from their lengths.
constexpr uint8_t kLengths[kSymbols] = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,  // 0x00
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,  // 0x10
    6,  10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11, 8,  6,  6,  6,   // 0x20
    5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8,  15, 6,  12, 10,  // 0x30
    13, 6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,   // 0x40
    7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8,  13, 19, 13, 14, 6,   // 0x50
    15, 5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,   // 0x60
    6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7,  15, 11, 14, 13, 28,  // 0x70
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,  // 0x80
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,  // 0x90
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,  // 0xa0
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,  // 0xb0
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,  // 0xc0
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,  // 0xd0
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,  // 0xe0
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,  // 0xf0
    30,                                                              // EOS
};

// A CanonicalCode has the symbols in the order of their codes and, for each
// length, the first code, the number of codes and the position of their first
// symbol.
struct CanonicalCode {
  std::array<uint16_t, kSymbols> symbols = {};
  std::array<uint32_t, kMaxLength + 1> first_code = {};
  std::array<uint32_t, kMaxLength + 1> count = {};
  std::array<uint32_t, kMaxLength + 1> begin = {};

  CanonicalCode() {
    uint32_t code = 0;
    uint32_t position = 0;
    for (uint32_t length = 1; length <= kMaxLength; ++length) {
      code <<= 1;
      first_code[length] = code;
      begin[length] = position;
      for (size_t symbol = 0; symbol < kSymbols; ++symbol) {
        if (kLengths[symbol] != length) continue;
        symbols[position++] = static_cast<uint16_t>(symbol);
        ++code;
      }
      count[length] = position - begin[length];
    }
  }
};

}  // namespace

bool DecodeHuffman(absl::string_view code, std::string* text) {
  static const CanonicalCode table;
  text->clear();
  uint32_t bits = 0;  // the bits of the current symbol so far
  uint32_t length = 0;
  for (const char c : code) {
    for (int shift = 7; shift >= 0; --shift) {
      bits = bits << 1 | (static_cast<uint8_t>(c) >> shift & 1);
      if (++length > kMaxLength) return false;
      const uint32_t offset = bits - table.first_code[length];
      if (offset >= table.count[length]) continue;
      const uint16_t symbol = table.symbols[table.begin[length] + offset];
      if (symbol == kEos) return false;
      text->push_back(static_cast<char>(symbol));
      bits = 0;
      length = 0;
    }
  }
  // The padding is less than a byte, and the start of EOS, which is all ones.
  return length < 8 && bits == (1u << length) - 1;
}

}  // namespace loopy
