#include "transport/adapter/call/response_metadata.h"

#include <algorithm>

namespace loopy {

void ResponseMetadata::Append(const HeaderList& headers,
                              grpc_metadata_batch* out) {
  {
    MutexLock lock(&mu_);
    const ParsedHeaders* const parsed = FindLocked(headers);
    if (parsed != nullptr) {
      AppendParsed(*parsed, out);
      return;
    }
  }
  HeadersToMetadata(headers, out);
}

const ParsedHeaders* ResponseMetadata::FindLocked(const HeaderList& headers) {
  for (const Known& known : known_) {
    if (known.headers == headers) return &known.parsed;
  }
  if (headers.hpack_size() > kMaxSize) return nullptr;
  if (std::find(seen_.begin(), seen_.end(), headers) == seen_.end()) {
    seen_[next_seen_++ % kKept] = headers;
    return nullptr;
  }
  Known& known = known_[next_known_++ % kKept];
  known.headers = headers;
  known.parsed = ParseHeaders(headers);
  return &known.parsed;
}

}  // namespace loopy
