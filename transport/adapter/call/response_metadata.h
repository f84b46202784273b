#ifndef LOOPY_TRANSPORT_ADAPTER_CALL_RESPONSE_METADATA_H_
#define LOOPY_TRANSPORT_ADAPTER_CALL_RESPONSE_METADATA_H_

#include <cstddef>
#include <vector>

#include "transport/adapter/call/metadata.h"
#include "transport/adapter/release.h"
#include "transport/base/mutex.h"
#include "transport/hpack/header_list.h"

namespace loopy {

// Does what HeadersToMetadata does, for the responses of a connection. Most of
// a server's responses are alike, so it keeps what the last few repeated lists
// were parsed to.
//
//   metadata.Append(headers, batch);
//
// Threads: any.
class ResponseMetadata {
 public:
  static constexpr size_t kKept = 4;
  // Lists above this size, in bytes as RFC 9113 section 6.5.2 counts them, are
  // not kept.
  static constexpr size_t kMaxSize = 1024;

  // Appends `headers` to `metadata`, as HeadersToMetadata does.
  void Append(const HeaderList& headers, grpc_metadata_batch* out);

 private:
  struct Known {
    HeaderList headers;
    ParsedHeaders parsed;
  };

  const ParsedHeaders* FindLocked(const HeaderList& headers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Mutex mu_{LockRank::kResponseMetadata};
  // At most kKept.
  std::vector<Known> known_ ABSL_GUARDED_BY(mu_);
  size_t next_known_ ABSL_GUARDED_BY(mu_) = 0;  // to be replaced
  // The last lists that were not known. One that comes again is kept, so that
  // lists that never do replace none.
  std::vector<HeaderList> seen_ ABSL_GUARDED_BY(mu_);
  size_t next_seen_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CALL_RESPONSE_METADATA_H_
