#ifndef LOOPY_TRANSPORT_HPACK_HUFFMAN_H_
#define LOOPY_TRANSPORT_HPACK_HUFFMAN_H_

#include <string>

#include "absl/strings/string_view.h"

namespace loopy {

// Decodes a string literal of HPACK (RFC 7541 section 5.2). nghttp2's inflater
// decodes literals of up to 64 KiB; this is for larger ones.
//
// Sets `*text`. Returns false if the code is wrong (EOS, or padding that is too
// long or not all ones); `*text` has no meaning then.
bool DecodeHuffman(absl::string_view code, std::string* text);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_HPACK_HUFFMAN_H_
