#include "transport/hpack/response_field_check.h"

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace loopy {
namespace {

constexpr size_t kMaxShown = 64;

std::string Shown(absl::string_view bytes) {
  return absl::StrCat("\"", absl::CHexEscape(bytes.substr(0, kMaxShown)), "\"");
}

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// RFC 9113 section 8.2.2.
bool IsConnectionSpecific(absl::string_view name, absl::string_view value) {
  switch (name.size()) {
    case 2:
      return name == "te" && value != "trailers";
    case 7:
      return name == "upgrade";
    case 10:
      return name == "connection" || name == "keep-alive";
    case 16:
      return name == "proxy-connection";
    case 17:
      return name == "transfer-encoding";
    default:
      return false;
  }
}

}  // namespace

void ResponseFieldCheck::Begin() {
  regular_seen_ = false;
  status_seen_ = false;
  fault_.clear();
}

void ResponseFieldCheck::OnField(absl::string_view name,
                                 absl::string_view value) {
  if (!fault_.empty()) return;
  if (nghttp2_check_header_name(Bytes(name), name.size()) == 0) {
    fault_ = absl::StrCat("field name ", Shown(name));
  } else if (name[0] == ':') {
    OnPseudoField(name);
  } else if (IsConnectionSpecific(name, value)) {
    fault_ = absl::StrCat("connection-specific field ", Shown(name));
  } else {
    regular_seen_ = true;
  }
  if (!fault_.empty() || absl::EndsWith(name, "-bin")) return;
  if (nghttp2_check_header_value(Bytes(value), value.size()) == 0) {
    fault_ = absl::StrCat("value of field ", Shown(name), ": ", Shown(value));
  }
}

void ResponseFieldCheck::OnPseudoField(absl::string_view name) {
  if (name != ":status") {
    fault_ = absl::StrCat("pseudo-header field ", Shown(name));
  } else if (regular_seen_) {
    fault_ = "pseudo-header field after regular ones";
  } else if (status_seen_) {
    fault_ = "\":status\" twice";
  }
  status_seen_ = true;
}

}  // namespace loopy
