#include "transport/adapter/endpoint/linger.h"

namespace loopy {

// There is nothing to wake: the EventEngine's pollers see the end of a
// connection.
void AfterWritesThatWaited() {}

}  // namespace loopy
