// Fuzzes the header decoder. The input has a byte that chooses our table size,
// one that chooses the limit on lists, and then the header blocks of one
// connection, each after a length byte.
//
// Whatever they are, nothing crashes, the cuts make no difference, no list
// exceeds the limit, and our decoder restores each list from the block of our
// encoder.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "tests/wire/frame_builder.h"
#include "transport/hpack/header_decoder.h"
#include "transport/hpack/header_encoder.h"

namespace loopy {
namespace {

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

// `flags` says whether never_index counts. Our encoder may set it by itself.
bool Same(const HeaderList& a, const HeaderList& b, bool flags) {
  if (a.size() != b.size()) return false;
  auto other = b.begin();
  for (const HeaderField field : a) {
    const HeaderField same = *other;
    if (field.name != same.name || field.value != same.value) return false;
    if (flags && field.never_index != same.never_index) return false;
    ++other;
  }
  return true;
}

struct Decoded {
  HeaderList list;
  bool too_large = false;
  std::string error;
};

Decoded Decode(SliceBuffer block, HeaderDecoder* decoder) {
  Decoded result;
  const Http2Error error = decoder->Decode(block, &result.list);
  result.too_large = decoder->list_too_large();
  result.error = error.ToString();
  if (!error.ok()) {
    Require(error.code() == Http2ErrorCode::kCompressionError, "error code");
  }
  uint64_t size = 0;
  for (const HeaderField field : result.list) {
    const bool binary = absl::EndsWith(field.name, "-bin");
    size += field.name.size() + HeaderList::kFieldOverhead +
            (binary ? field.value.size() * 3 / 4 : field.value.size());
  }
  Require(size <= decoder->max_header_list_size(), "a list above the limit");
  return result;
}

// Cuts the block into pieces of `size`.
SliceBuffer InPieces(absl::string_view bytes, size_t size) {
  SliceBuffer buffer;
  do {
    buffer.Append(HeapSlice(bytes.substr(0, size)));
    bytes.remove_prefix(std::min(size, bytes.size()));
  } while (!bytes.empty());
  return buffer;
}

// These decoders get the same blocks, cut differently.
class Connection {
 public:
  Connection(uint32_t table_size, uint32_t limit) {
    for (const size_t size : {256, 1, 7}) {
      lines_.emplace_back(size, table_size);
      lines_.back().decoder.set_max_header_list_size(limit);
    }
  }

  // Returns false after an error.
  bool OnBlock(absl::string_view block) {
    const Decoded first =
        Decode(InPieces(block, lines_[0].piece), &lines_[0].decoder);
    for (size_t i = 1; i < lines_.size(); ++i) {
      const Decoded other =
          Decode(InPieces(block, lines_[i].piece), &lines_[i].decoder);
      Require(Same(first.list, other.list, /*flags=*/true),
              "the cuts change the list");
      Require(first.too_large == other.too_large, "the cuts change its size");
      Require(first.error == other.error, "the cuts change the error");
    }
    RoundTrip(first.list);
    return first.error == "OK";
  }

 private:
  struct Line {
    Line(size_t p, uint32_t table_size) : piece(p), decoder(table_size) {}
    size_t piece;
    HeaderDecoder decoder;
  };

  void RoundTrip(const HeaderList& list) {
    std::string block;
    encoder_.Encode(list, &block);
    const Decoded back = Decode(InPieces(block, block.size()), &our_decoder_);
    Require(back.error == "OK", "our own block is wrong");
    Require(Same(list, back.list, /*flags=*/false), "our own block differs");
  }

  std::vector<Line> lines_;
  HeaderEncoder encoder_;
  HeaderDecoder our_decoder_;
};

void Run(absl::string_view input) {
  if (input.size() < 2) return;
  const uint32_t table_sizes[] = {4096, 0, 256, 65536};
  const uint32_t limits[] = {16384, 0, 100,
                             std::numeric_limits<uint32_t>::max()};
  Connection connection(table_sizes[static_cast<uint8_t>(input[0]) % 4],
                        limits[static_cast<uint8_t>(input[1]) % 4]);
  input.remove_prefix(2);
  while (!input.empty()) {
    const size_t size = static_cast<uint8_t>(input[0]);
    const absl::string_view block = input.substr(1, size);
    if (!connection.OnBlock(block)) return;
    input.remove_prefix(1 + block.size());
  }
}

}  // namespace
}  // namespace loopy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  loopy::Run(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
