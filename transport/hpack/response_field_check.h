#ifndef LOOPY_TRANSPORT_HPACK_RESPONSE_FIELD_CHECK_H_
#define LOOPY_TRANSPORT_HPACK_RESPONSE_FIELD_CHECK_H_

#include <string>

#include "absl/strings/string_view.h"

namespace loopy {

// Checks the fields of a response's header list, or of its trailers, against
// RFC 9113 sections 8.2 and 8.3: names, values, fields of HTTP/1.1's
// connections, and pseudo-header fields.
//
//   check.Begin();
//   for (...) check.OnField(name, value);
//   if (!check.fault().empty()) ...the list is malformed...
//
// The first fault sticks until the next Begin. Two things pass, because gRPC's
// own servers send them: spaces around a value, as in a grpc-message that ends
// with one, and any byte in a value whose name ends in "-bin". The layer that
// decodes such a value finds broken base64.
//
// Threads: the reader's only.
class ResponseFieldCheck {
 public:
  void Begin();
  void OnField(absl::string_view name, absl::string_view value);

  // Returns why the list is malformed, or "" while it is well-formed.
  const std::string& fault() const { return fault_; }

 private:
  void OnPseudoField(absl::string_view name);

  bool regular_seen_ = false;
  bool status_seen_ = false;
  std::string fault_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_HPACK_RESPONSE_FIELD_CHECK_H_
