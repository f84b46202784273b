#include "transport/control/grpc_timeout.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace loopy {
namespace {

constexpr absl::string_view kGrpcTimeout = "grpc-timeout";
constexpr int64_t kLargestValue = 99999999;

}  // namespace

std::string FormatGrpcTimeout(absl::Duration timeout) {
  struct Unit {
    absl::Duration duration;
    char name;
  };
  // gRPC's timers have milliseconds, so finer units would add nothing.
  const Unit units[] = {{absl::Milliseconds(1), 'm'},
                        {absl::Seconds(1), 'S'},
                        {absl::Minutes(1), 'M'},
                        {absl::Hours(1), 'H'}};
  if (timeout <= absl::ZeroDuration()) return "1n";
  for (const Unit& unit : units) {
    const absl::Duration rounded = absl::Ceil(timeout, unit.duration);
    absl::Duration rest;
    const int64_t value = absl::IDivDuration(rounded, unit.duration, &rest);
    if (value <= kLargestValue) {
      return absl::StrCat(value, absl::string_view(&unit.name, 1));
    }
  }
  return absl::StrCat(kLargestValue, "H");
}

void ReplaceGrpcTimeout(absl::Duration timeout, HeaderList* headers) {
  if (!headers->Find(kGrpcTimeout).has_value()) return;
  HeaderList changed;
  for (const HeaderField field : *headers) {
    if (field.name == kGrpcTimeout) {
      changed.Add(field.name, FormatGrpcTimeout(timeout), field.never_index);
    } else {
      changed.Add(field.name, field.value, field.never_index);
    }
  }
  *headers = std::move(changed);
}

}  // namespace loopy
