#ifndef LOOPY_TESTS_SUPPORT_NETWORK_NAMESPACE_H_
#define LOOPY_TESTS_SUPPORT_NETWORK_NAMESPACE_H_

#include "absl/status/status.h"

namespace loopy {

// Moves this process into a network namespace of its own, with nothing but a
// loopback interface. Fails where the machine forbids it, or if the process has
// threads already. Child processes share it.
absl::Status EnterNetworkNamespace();

// Lets the loopback interface of such a namespace drop every packet without a
// word, or send them again.
absl::Status DropPackets(bool drop);

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_NETWORK_NAMESPACE_H_
