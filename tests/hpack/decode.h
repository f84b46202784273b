#ifndef LOOPY_TESTS_HPACK_DECODE_H_
#define LOOPY_TESTS_HPACK_DECODE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "transport/base/http2_error.h"
#include "transport/hpack/header_decoder.h"
#include "transport/hpack/header_list.h"

namespace loopy {

// Returns the fields of `list`, each on a line of its own.
inline std::string Show(const HeaderList& list) {
  std::string text;
  for (const HeaderField field : list) {
    absl::StrAppend(&text, field.name, ": ", field.value,
                    field.never_index ? " (never indexed)" : "", "\n");
  }
  return text;
}

// Returns Show() of a whole block. An error fails the test.
inline std::string DecodeOrDie(absl::string_view block,
                               HeaderDecoder* decoder) {
  HeaderList list;
  const Http2Error error = decoder->Decode(block, /*end_block=*/true, &list);
  EXPECT_TRUE(error.ok()) << error.ToString();
  return Show(list);
}

}  // namespace loopy

#endif  // LOOPY_TESTS_HPACK_DECODE_H_
