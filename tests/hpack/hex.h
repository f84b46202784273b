#ifndef LOOPY_TESTS_HPACK_HEX_H_
#define LOOPY_TESTS_HPACK_HEX_H_

#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "transport/base/log.h"

namespace loopy {

// Returns the bytes of hex digits, which may be in groups like the examples of
// RFC 7541: FromHex("8286 84") == "\x82\x86\x84". Abseil has no such function
// that exists in all of the releases that tests are built with.
inline std::string FromHex(absl::string_view hex) {
  std::string bytes;
  for (absl::string_view group : absl::StrSplit(hex, ' ')) {
    while (!group.empty()) {
      uint32_t byte = 0;
      LOOPY_CHECK(group.size() >= 2 &&
                  absl::SimpleHexAtoi(group.substr(0, 2), &byte));
      bytes += static_cast<char>(byte);
      group.remove_prefix(2);
    }
  }
  return bytes;
}

}  // namespace loopy

#endif  // LOOPY_TESTS_HPACK_HEX_H_
