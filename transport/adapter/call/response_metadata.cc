#include "transport/adapter/call/response_metadata.h"

#include <algorithm>
#include <vector>

namespace loopy {
namespace {

// Returns the slot for the next entry: a new one until there are kKept, then
// the oldest one. Few connections get as many, so the memory comes as needed.
template <typename T>
T& SlotOf(std::vector<T>* entries, size_t* next) {
  if (entries->size() < ResponseMetadata::kKept) return entries->emplace_back();
  return (*entries)[(*next)++ % ResponseMetadata::kKept];
}

}  // namespace

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
    SlotOf(&seen_, &next_seen_) = headers;
    return nullptr;
  }
  Known& known = SlotOf(&known_, &next_known_);
  known.headers = headers;
  known.parsed = ParseHeaders(headers);
  return &known.parsed;
}

}  // namespace loopy
