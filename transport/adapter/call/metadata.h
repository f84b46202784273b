#ifndef LOOPY_TRANSPORT_ADAPTER_CALL_METADATA_H_
#define LOOPY_TRANSPORT_ADAPTER_CALL_METADATA_H_

#include <vector>

#include "absl/status/status.h"
#include "transport/adapter/release.h"
#include "transport/hpack/header_list.h"
#include "transport/stream/stream_observer.h"

namespace loopy {

// These functions turn gRPC's metadata into HTTP/2 header fields and back
// ("gRPC over HTTP2", Requests and Responses). gRPC's traits parse and print
// the names that they know; other names pass unchanged. Values of names that
// end in
// "-bin" are base64 on the wire.

// Appends the request headers of `metadata`, pseudo-headers first. A deadline
// becomes a grpc-timeout from now on. Fields that change from call to call, or
// are the application's, are not indexed, as in chttp2.
void MetadataToHeaders(const grpc_metadata_batch& metadata, HeaderList* out);

// Appends what a peer sent. A value that its trait, or base64, cannot parse is
// logged; the trait's fallback replaces it, and a broken -bin value is left
// out. Each part of a -bin value with commas is a value. grpc-message stays
// percent-encoded: gRPC's HTTP filter decodes it.
void HeadersToMetadata(const HeaderList& headers, grpc_metadata_batch* out);

// These do the same in two steps, for lists that come again.
using ParsedHeaders =
    std::vector<grpc_core::ParsedMetadata<grpc_metadata_batch>>;
ParsedHeaders ParseHeaders(const HeaderList& headers);
void AppendParsed(const ParsedHeaders& headers, grpc_metadata_batch* out);

// Sets the trailers of a call that ends without any of the peer's: `status` is
// an error.
void SetFakeStatus(const absl::Status& status, grpc_metadata_batch* trailers);

// Sets how far the request got, for gRPC's retries.
void SetNetworkState(StreamEnd::Processed processed,
                     grpc_metadata_batch* trailers);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CALL_METADATA_H_
