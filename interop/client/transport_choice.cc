#include "interop/client/transport_choice.h"

#include "absl/strings/str_cat.h"
#include "transport/loopy.h"

namespace loopy {
namespace interop {

absl::string_view TransportName(TransportKind kind) {
  switch (kind) {
    case TransportKind::kLoopy:
      return "loopy";
    case TransportKind::kChttp2:
      return "chttp2";
  }
  return "unknown";
}

bool AbslParseFlag(absl::string_view text, TransportKind* kind,
                   std::string* error) {
  for (TransportKind known : {TransportKind::kLoopy, TransportKind::kChttp2}) {
    if (text == TransportName(known)) {
      *kind = known;
      return true;
    }
  }
  *error = absl::StrCat("'", text, "' is neither 'loopy' nor 'chttp2'");
  return false;
}

std::string AbslUnparseFlag(TransportKind kind) {
  return std::string(TransportName(kind));
}

void ChooseTransport(TransportKind kind, grpc::ChannelArguments* args) {
  switch (kind) {
    case TransportKind::kLoopy:
      RegisterTransport();
      UseTransport(args);
      return;
    case TransportKind::kChttp2:
      args->SetInt(kTransportArg, 0);
      return;
  }
}

}  // namespace interop
}  // namespace loopy
