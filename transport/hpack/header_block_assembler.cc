#include "transport/hpack/header_block_assembler.h"

#include "absl/strings/str_cat.h"

namespace loopy {

Http2Error HeaderBlockAssembler::Add(SliceBuffer* fragment, bool end_headers) {
  if (complete_) Clear();
  if (block_ == nullptr) block_ = std::make_unique<SliceBuffer>();
  if (++fragments_ > max_fragments_) {
    return Http2Error::Connection(Http2ErrorCode::kEnhanceYourCalm,
                                  absl::StrCat("a header block of more than ",
                                               max_fragments_, " frames"));
  }
  if (block_->size() + fragment->size() > max_bytes_) {
    return Http2Error::Connection(
        Http2ErrorCode::kEnhanceYourCalm,
        absl::StrCat("a header block of more than ", max_bytes_, " bytes"));
  }
  block_->Append(fragment);
  complete_ = end_headers;
  return Http2Error::Ok();
}

void HeaderBlockAssembler::Clear() {
  block_.reset();
  fragments_ = 0;
  complete_ = false;
}

}  // namespace loopy
