// The bug: this includes a header of a target that its own target does not
// name. (//transport/control depends on it.) It must not compile under clang.

#include "transport/base/slice.h"
