#include "transport/adapter/endpoint/linger.h"

namespace loopy {

// The EventEngine's pollers see the end of a connection.
void AfterWritesThatWaited() {}

}  // namespace loopy
