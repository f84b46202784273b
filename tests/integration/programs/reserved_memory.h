#ifndef LOOPY_TESTS_INTEGRATION_PROGRAMS_RESERVED_MEMORY_H_
#define LOOPY_TESTS_INTEGRATION_PROGRAMS_RESERVED_MEMORY_H_

#include <grpcpp/resource_quota.h>

#include <cstddef>
#include <memory>

namespace loopy {

// Takes memory from a resource quota, as connections and calls do, for as long
// as this object lives. Thread-safe.
class ReservedMemory {
 public:
  ReservedMemory(const grpc::ResourceQuota& quota, size_t bytes);
  ~ReservedMemory();
  ReservedMemory(const ReservedMemory&) = delete;
  ReservedMemory& operator=(const ReservedMemory&) = delete;

 private:
  struct Reservation;

  std::unique_ptr<Reservation> reservation_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_INTEGRATION_PROGRAMS_RESERVED_MEMORY_H_
