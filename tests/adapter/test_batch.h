#ifndef LOOPY_TESTS_ADAPTER_TEST_BATCH_H_
#define LOOPY_TESTS_ADAPTER_TEST_BATCH_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "src/core/lib/iomgr/closure.h"
#include "tests/adapter/release_for_tests.h"
#include "transport/adapter/release.h"

namespace loopy {

// Counts how often gRPC's closure runs.
struct Counter {
  Counter();
  grpc_closure closure;
  int runs = 0;
  absl::Status error;  // of the last run
  bool expected = false;

  grpc_closure* Expect() {
    expected = true;
    return &closure;
  }
};

// A batch and all that it points at. The methods add the operations of their
// names.
//
//   TestBatch batch(arena);
//   call->Perform(batch.SendInitialMetadata()->RecvMessage()->c_batch());
class TestBatch {
 public:
  explicit TestBatch(grpc_core::Arena* arena);

  TestBatch* SendInitialMetadata();
  TestBatch* SendMessage(absl::string_view bytes, uint32_t flags = 0);
  // Sends `count` times the same MiB.
  TestBatch* SendMebibytes(size_t count);
  TestBatch* SendTrailingMetadata();
  TestBatch* RecvInitialMetadata();
  TestBatch* RecvMessage();
  TestBatch* RecvTrailingMetadata();
  TestBatch* Cancel(grpc_status_code code, const char* text);

  // Makes each pointer null that gRPC's own callers leave null, or that may be
  // null by gRPC's headers. Its health checks ask for little
  // (SubchannelStreamClient).
  TestBatch* AskForNothingOptional();

  // Returns the message that came, or nullopt for none.
  absl::optional<std::string> received();
  bool write_closed() const {
    return payload_.send_message.stream_write_closed;
  }
  grpc_status_code status() const;
  std::string text();

  // Expects that every closure that was asked for has run once, and no other.
  void ExpectAllRan() const;
  void ExpectNoneRanTwice() const;

  grpc_transport_stream_op_batch* c_batch() { return &batch_; }

 private:
  grpc_transport_stream_op_batch batch_;
  grpc_transport_stream_op_batch_payload payload_ = NewBatchPayload();
  grpc_metadata_batch sent_metadata_;
  grpc_core::SliceBuffer message_;
  absl::optional<grpc_core::SliceBuffer> received_;

 public:
  Counter complete;
  Counter headers_ready;
  Counter message_ready;
  Counter trailers_ready;
  grpc_metadata_batch headers;
  grpc_metadata_batch trailers;
  bool trailers_available = false;
  bool failed_before_message = false;
  uint32_t received_flags = 0;
  grpc_transport_stream_stats stats;
  // Not every release of gRPC has it: see AskForPeer.
  bool asked_for_peer = false;
  gpr_atm peer = 0;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_ADAPTER_TEST_BATCH_H_
