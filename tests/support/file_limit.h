#ifndef LOOPY_TESTS_SUPPORT_FILE_LIMIT_H_
#define LOOPY_TESTS_SUPPORT_FILE_LIMIT_H_

namespace loopy {

// Lets this process open as many files as the system allows it. Shells often
// allow 1,024, fewer than a program with many connections needs.
void RaiseFileLimit();

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_FILE_LIMIT_H_
