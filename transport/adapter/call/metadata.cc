#include "transport/adapter/call/metadata.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "src/core/lib/slice/percent_encoding.h"
#include "src/core/lib/slice/slice.h"
#include "transport/base/log.h"

namespace loopy {
namespace {

constexpr absl::string_view kBinarySuffix = "-bin";

// Takes the fields that grpc_metadata_batch::Encode passes.
class HeaderListEncoder {
 public:
  explicit HeaderListEncoder(HeaderList* out) : out_(out) {}

  // Takes a field of the application's.
  void Encode(const grpc_core::Slice& name, const grpc_core::Slice& value) {
    Add(name.as_string_view(), value.as_string_view(), /*never_index=*/true);
  }

  // Takes a field that is the same on many calls of a connection.
  void Encode(grpc_core::HttpPathMetadata trait,
              const grpc_core::Slice& value) {
    AddIndexed(trait, value);
  }
  void Encode(grpc_core::HttpAuthorityMetadata trait,
              const grpc_core::Slice& value) {
    AddIndexed(trait, value);
  }
  void Encode(grpc_core::UserAgentMetadata trait,
              const grpc_core::Slice& value) {
    AddIndexed(trait, value);
  }
  void Encode(grpc_core::GrpcAcceptEncodingMetadata trait,
              grpc_core::CompressionAlgorithmSet value) {
    AddIndexed(trait, grpc_core::GrpcAcceptEncodingMetadata::Encode(value));
  }
  void Encode(grpc_core::GrpcEncodingMetadata trait,
              grpc_compression_algorithm value) {
    AddIndexed(trait, grpc_core::GrpcEncodingMetadata::Encode(value));
  }

  // The traits abort on values that the protocol does not have. gRPC's filters
  // set none; a mistake of the application's must not abort either.
  void Encode(grpc_core::HttpMethodMetadata trait,
              grpc_core::HttpMethodMetadata::ValueType value) {
    if (value == grpc_core::HttpMethodMetadata::kInvalid) return;
    AddIndexed(trait, grpc_core::HttpMethodMetadata::Encode(value));
  }
  void Encode(grpc_core::HttpSchemeMetadata trait,
              grpc_core::HttpSchemeMetadata::ValueType value) {
    if (value == grpc_core::HttpSchemeMetadata::kInvalid) return;
    AddIndexed(trait, grpc_core::HttpSchemeMetadata::Encode(value));
  }
  void Encode(grpc_core::TeMetadata trait,
              grpc_core::TeMetadata::ValueType value) {
    if (value != grpc_core::TeMetadata::kTrailers) return;
    AddIndexed(trait, grpc_core::TeMetadata::Encode(value));
  }
  void Encode(grpc_core::ContentTypeMetadata trait,
              grpc_core::ContentTypeMetadata::ValueType value) {
    if (value != grpc_core::ContentTypeMetadata::kApplicationGrpc) return;
    AddIndexed(trait, grpc_core::ContentTypeMetadata::Encode(value));
  }

  // The value differs from call to call, so it comes after the fields that
  // repeat, whose coded form can be kept (see HeaderEncoder).
  void Encode(grpc_core::GrpcTimeoutMetadata,
              const grpc_core::Timestamp& deadline) {
    timeout_ = grpc_core::GrpcTimeoutMetadata::Encode(deadline);
  }
  void Finish() {
    if (!timeout_.has_value()) return;
    out_->Add(grpc_core::GrpcTimeoutMetadata::key(),
              timeout_->as_string_view());
  }

  // gRPC keeps this for itself: it is not for the wire.
  void Encode(grpc_core::GrpcLbClientStatsMetadata,
              grpc_core::GrpcLbClientStats*) {}

  template <typename Trait>
  void Encode(Trait, const typename Trait::ValueType& value) {
    const grpc_core::Slice& slice =
        grpc_core::MetadataValueAsSlice<Trait>(value);
    Add(Trait::key(), slice.as_string_view(), /*never_index=*/true);
  }

 private:
  template <typename Trait, typename Slice>
  void AddIndexed(Trait, const Slice& value) {
    out_->Add(Trait::key(), value.as_string_view());
  }

  void Add(absl::string_view name, absl::string_view value, bool never_index) {
    if (!absl::EndsWith(name, kBinarySuffix)) {
      out_->Add(name, value, never_index);
      return;
    }
    std::string base64 = absl::Base64Escape(value);
    base64.resize(base64.find_last_not_of('=') + 1);
    out_->Add(name, base64, never_index);
  }

  HeaderList* const out_;
  absl::optional<grpc_core::Slice> timeout_;
};

// Returns whether no response has the field: such traits are for gRPC's sending
// side, and abort when a value that they do not know is printed.
bool IsNoResponseField(absl::string_view name) {
  if (absl::StartsWith(name, ":")) {
    return name != grpc_core::HttpStatusMetadata::key();
  }
  return name == grpc_core::TeMetadata::key() ||
         name == grpc_core::GrpcLbClientStatsMetadata::key();
}

void LogParseError(absl::string_view name, absl::string_view error,
                   absl::string_view value) {
  Log(GPR_DEBUG, "Error parsing metadata: error=%s key=%s value=%s",
      std::string(error).c_str(), std::string(name).c_str(),
      absl::CEscape(value).c_str());
}

// Logs what gRPC's traits report of a value that they cannot parse.
auto ParseErrorLogger(absl::string_view name) {
  return [name](absl::string_view error, const grpc_core::Slice& value) {
    LogParseError(name, error, value.as_string_view());
  };
}

// Calls `field` with the name and the value of each field that a response may
// have.
template <typename Field>
void ForEachBinary(absl::string_view name, absl::string_view value,
                   const Field& field) {
  for (const absl::string_view part : absl::StrSplit(value, ',')) {
    std::string bytes;
    if (absl::Base64Unescape(part, &bytes)) {
      field(name, grpc_core::Slice::FromCopiedString(std::move(bytes)));
    } else {
      LogParseError(name, "illegal base64 encoding", part);
    }
  }
}

template <typename Field>
void ForEach(const HeaderList& headers, const Field& field) {
  for (const HeaderField header : headers) {
    if (IsNoResponseField(header.name)) continue;
    if (absl::EndsWith(header.name, kBinarySuffix)) {
      ForEachBinary(header.name, header.value, field);
    } else {
      field(header.name, grpc_core::Slice::FromCopiedString(header.value));
    }
  }
}

}  // namespace

void MetadataToHeaders(const grpc_metadata_batch& metadata, HeaderList* out) {
  HeaderListEncoder encoder(out);
  // The order is that of the batch's traits, which has the pseudo-headers
  // first.
  metadata.Encode(&encoder);
  encoder.Finish();
}

void HeadersToMetadata(const HeaderList& headers, grpc_metadata_batch* out) {
  out->Set(grpc_core::GrpcStatusFromWire(), true);
  ForEach(headers, [out](absl::string_view name, grpc_core::Slice value) {
    out->Append(name, std::move(value), ParseErrorLogger(name));
  });
}

ParsedHeaders ParseHeaders(const HeaderList& headers) {
  ParsedHeaders parsed;
  ForEach(headers, [&parsed](absl::string_view name, grpc_core::Slice value) {
    parsed.push_back(
        ParseMetadata(name, std::move(value), ParseErrorLogger(name)));
  });
  return parsed;
}

void AppendParsed(const ParsedHeaders& headers, grpc_metadata_batch* out) {
  out->Set(grpc_core::GrpcStatusFromWire(), true);
  for (const auto& field : headers) out->Set(field);
}

void SetFakeStatus(const absl::Status& status, grpc_metadata_batch* trailers) {
  trailers->Set(grpc_core::GrpcStatusMetadata(),
                static_cast<grpc_status_code>(status.code()));
  if (status.message().empty()) return;
  grpc_core::Slice message =
      grpc_core::Slice::FromCopiedString(status.message());
  // The HTTP filter decodes the message, as if it had come from the peer.
  if (absl::StrContains(status.message(), '%')) {
    message = grpc_core::PercentEncodeSlice(
        std::move(message), grpc_core::PercentEncodingType::Compatible);
  }
  trailers->Set(grpc_core::GrpcMessageMetadata(), std::move(message));
}

void SetNetworkState(StreamEnd::Processed processed,
                     grpc_metadata_batch* trailers) {
  switch (processed) {
    case StreamEnd::Processed::kNotSentOnWire:
      trailers->Set(grpc_core::GrpcStreamNetworkState(),
                    grpc_core::GrpcStreamNetworkState::kNotSentOnWire);
      break;
    case StreamEnd::Processed::kNotSeenByServer:
      trailers->Set(grpc_core::GrpcStreamNetworkState(),
                    grpc_core::GrpcStreamNetworkState::kNotSeenByServer);
      break;
    case StreamEnd::Processed::kPossiblyProcessed:
      break;
  }
}

}  // namespace loopy
