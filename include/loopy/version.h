#ifndef LOOPY_VERSION_H_
#define LOOPY_VERSION_H_

// The version is defined here. CMake reads it, and `./dev check` compares what
// cannot read it.
#define LOOPY_VERSION "0.2.0"

#endif  // LOOPY_VERSION_H_
