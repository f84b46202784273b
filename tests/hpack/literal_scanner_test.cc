#include "transport/hpack/literal_scanner.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/hpack/hex.h"

namespace loopy {
namespace {

// There is one representation of each kind (RFC 7541 section 6), followed by
// other bytes. Catches: a wrong prefix, a kind that is taken for another, and
// an end that is not the field's.
TEST(LiteralScannerTest, FindsTheEndOfEachRepresentation) {
  struct Case {
    const char* hex;
    bool literal, indexing, never_index;
    uint64_t name_index;
    const char* name;
    const char* value;
  };
  const Case kCases[] = {
      {"82", false, false, false, 0, "", ""},
      {"ff9a0a", false, false, false, 0, "", ""},
      {"3fe11f", false, false, false, 0, "", ""},
      {"4001610162", true, true, false, 0, "a", "b"},
      {"7f000162", true, true, false, 63, "", "b"},
      {"0001610162", true, false, false, 0, "a", "b"},
      {"0f100162", true, false, false, 31, "", "b"},
      {"100161820fff", true, false, true, 0, "a", "\x0f\xff"},
  };
  for (const Case& expected : kCases) {
    const std::string bytes = FromHex(expected.hex);
    const std::string block = bytes + "\x82\x82";  // the field points into it
    FieldRepresentation field;
    ASSERT_TRUE(ScanField(block, &field)) << expected.hex;
    EXPECT_EQ(field.size, bytes.size()) << expected.hex;
    EXPECT_EQ(field.literal, expected.literal) << expected.hex;
    EXPECT_EQ(field.indexing, expected.indexing) << expected.hex;
    EXPECT_EQ(field.never_index, expected.never_index) << expected.hex;
    EXPECT_EQ(field.name_index, expected.name_index) << expected.hex;
    EXPECT_EQ(field.name.bytes, expected.name) << expected.hex;
    EXPECT_EQ(field.value.bytes, expected.value) << expected.hex;
    for (size_t cut = 1; cut < bytes.size(); ++cut) {
      EXPECT_FALSE(ScanField(bytes.substr(0, cut), &field))
          << expected.hex << " " << cut;
    }
  }
}

// Catches: an integer of any length, or of any value.
TEST(LiteralScannerTest, AnIntegerHasABound) {
  FieldRepresentation field;
  EXPECT_FALSE(ScanField(FromHex("ff ffffffffff ffffffffff 01"), &field));
  EXPECT_FALSE(ScanField(FromHex("ff 8080808080 00"), &field)) << "its length";
  EXPECT_FALSE(ScanField(FromHex("ff ffffffff7f"), &field)) << "its value";
  EXPECT_FALSE(ScanField(FromHex("0001 61 7f ffffffff7f"), &field));
}

}  // namespace
}  // namespace loopy
