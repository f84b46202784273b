#include "tests/support/channelz.h"

#include <grpc/grpc.h>
#include <grpc/support/alloc.h>

namespace loopy {

std::string SocketWithAllData(intptr_t id) {
  char* const json = grpc_channelz_get_socket(id);
  if (json == nullptr) return "";
  std::string text = json;
  gpr_free(json);
  return text;
}

}  // namespace loopy
