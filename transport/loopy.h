#ifndef LOOPY_TRANSPORT_LOOPY_H_
#define LOOPY_TRANSPORT_LOOPY_H_

// The path of the API's header in Bazel projects that use version 0.1.

#include <loopy/loopy.h>  // IWYU pragma: export

#endif  // LOOPY_TRANSPORT_LOOPY_H_
