#ifndef LOOPY_TESTS_ADAPTER_TEST_POLLER_H_
#define LOOPY_TESTS_ADAPTER_TEST_POLLER_H_

#include <functional>

#include "src/core/lib/iomgr/pollset.h"

namespace loopy {

// Lets the calling thread do gRPC's polling, as a thread does that waits for a
// completion queue.
class TestPoller {
 public:
  TestPoller();
  ~TestPoller();

  grpc_pollset* pollset() { return pollset_; }

  // Polls until `done`. Returns false if that takes more than 10 s.
  bool Until(const std::function<bool()>& done);

 private:
  grpc_pollset* pollset_;
  gpr_mu* mu_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_ADAPTER_TEST_POLLER_H_
