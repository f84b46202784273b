#include "transport/hpack/huffman.h"

#include <nghttp2/nghttp2.h>

#include <string>

#include "gtest/gtest.h"
#include "tests/hpack/hex.h"
#include "transport/hpack/literal_scanner.h"

namespace loopy {
namespace {

// Returns nghttp2's code of `text`, which must be shorter than the text.
std::string Encode(std::string text) {
  nghttp2_hd_deflater* deflater = nullptr;
  EXPECT_EQ(nghttp2_hd_deflate_new(&deflater, 0), 0);
  std::string name = "n";
  nghttp2_nv field = {};
  field.name = reinterpret_cast<uint8_t*>(name.data());
  field.namelen = name.size();
  field.value = reinterpret_cast<uint8_t*>(text.data());
  field.valuelen = text.size();
  std::string block(2 * text.size() + 100, '\0');
  const ssize_t size =
      nghttp2_hd_deflate_hd(deflater, reinterpret_cast<uint8_t*>(block.data()),
                            block.size(), &field, 1);
  nghttp2_hd_deflate_del(deflater);
  EXPECT_GT(size, 0);
  block.resize(static_cast<size_t>(size));
  FieldRepresentation literal;
  // The update of the table's size to 0 comes first.
  EXPECT_TRUE(ScanField(absl::string_view(block).substr(1), &literal));
  EXPECT_TRUE(literal.value.huffman);
  return std::string(literal.value.bytes);
}

// Catches: a wrong length in the table, of any symbol.
TEST(HuffmanTest, DecodesWhatNghttp2Encodes) {
  for (int first = 0; first < 256; ++first) {
    std::string text(600, '0');  // short codes make the whole shorter
    for (int i = 0; i < 32; ++i) text.push_back(static_cast<char>(first + i));
    std::string decoded;
    ASSERT_TRUE(DecodeHuffman(Encode(text), &decoded)) << first;
    EXPECT_EQ(decoded, text) << first;
  }
}

// The example is RFC 7541's C.4.1; section 5.2 has the rule. Catches: padding
// that has zeros, a whole byte or EOS in it, and that passes.
TEST(HuffmanTest, PaddingIsTheStartOfEos) {
  std::string text;
  EXPECT_TRUE(DecodeHuffman(FromHex("f1e3 c2e5 f23a 6ba0 ab90 f4ff"), &text));
  EXPECT_EQ(text, "www.example.com");
  EXPECT_TRUE(DecodeHuffman("", &text));
  EXPECT_EQ(text, "");
  EXPECT_FALSE(DecodeHuffman(FromHex("f1e3 c2e5 f23a 6ba0 ab90 f4fe"), &text))
      << "a zero in it";
  EXPECT_FALSE(
      DecodeHuffman(FromHex("f1e3 c2e5 f23a 6ba0 ab90 f4ff ff"), &text))
      << "a whole byte of it";
  EXPECT_FALSE(DecodeHuffman(FromHex("ffff ffff"), &text)) << "EOS itself";
}

}  // namespace
}  // namespace loopy
