#ifndef LOOPY_TESTS_FAKES_FAKE_ENDPOINT_H_
#define LOOPY_TESTS_FAKES_FAKE_ENDPOINT_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "transport/base/endpoint.h"
#include "transport/base/mutex.h"
#include "transport/base/slice.h"

namespace loopy {

// An endpoint whose peer and kernel are the test.
//
//   auto endpoint = std::make_shared<FakeEndpoint>();
//   auto connection = MakeConnection(endpoint->Lend());
//   endpoint->Feed("...");            // OnRead, if a read is under way
//   EXPECT_EQ(endpoint->TakeWritten(), "...");
//   endpoint->CompleteWrite();        // OnWriteDone
//   connection->Close();
//   endpoint->Pump();                 // what Shutdown has ended
//   EXPECT_TRUE(endpoint->destroyed());
//
// Callbacks run inside Pump() and inside Feed, CloseByPeer, CompleteWrite and
// FailWrite: never inside a method of Endpoint, no lock held. A breach of
// Endpoint's contract by its user fails the test.
//
// Threads: any; a test that wants the same order each time uses one. Lifetime:
// held by the test, longer than a callback runs.
class FakeEndpoint final : public Endpoint,
                           public std::enable_shared_from_this<FakeEndpoint> {
 public:
  enum class WriteMode {
    kManual,     // a write ends by CompleteWrite or FailWrite
    kAutomatic,  // by Pump
    kStuck,      // the peer does not read: by FailWrite only
  };

  explicit FakeEndpoint(WriteMode mode = WriteMode::kManual) : mode_(mode) {}
  ~FakeEndpoint() override;

  // An Endpoint for a user that wants to own it. At most once; requires that
  // this object is held by a std::shared_ptr.
  std::unique_ptr<Endpoint> Lend();

  // ---- The user's (Endpoint).

  void SetObservers(ReadObserver* reader, WriteObserver* writer) override;
  void StartRead() override;
  void StartWrite(SliceBuffer* bytes) override;
  void SetUnsentLimit(size_t bytes) override;
  bool HasUnsentBytes() override;
  void Shutdown(absl::Status why) override;
  void Abort(absl::Status why) override;
  absl::string_view peer() const override { return "ipv4:192.0.2.1:443"; }

  // ---- The test's: the peer and the kernel.

  // Runs callbacks until none is due: of reads that were started after their
  // bytes had come, of automatic writes, and of all that Shutdown ends. How
  // many ran.
  size_t Pump();

  // The peer sends `bytes`.
  void Feed(std::string bytes);
  // The peer closes: once the bytes are read, reads fail with `why`.
  void CloseByPeer(absl::Status why = absl::UnavailableError("Socket closed"));

  // Ends the write that is under way. False: there is none, it is stuck, or it
  // fails.
  bool CompleteWrite();
  // Ends it, and all that come later, with an error. False: there was none.
  bool FailWrite(absl::Status why);
  // A write that is under way becomes one of the new mode.
  void SetWriteMode(WriteMode mode);

  // Whether the kernel holds bytes that it has not sent.
  void SetHasUnsentBytes(bool has);

  // ---- What happened.

  // The bytes of each StartWrite so far, also of one that is under way.
  std::vector<std::string> writes() const;
  // All of them in one string, from the previous TakeWritten on.
  std::string TakeWritten();
  bool write_pending() const;
  // The last SetUnsentLimit, or 0.
  size_t unsent_limit() const;
  bool read_pending() const;
  // The first Shutdown or Abort.
  absl::optional<absl::Status> shutdown() const;
  bool aborted() const;
  // What Lend() returned is gone.
  bool destroyed() const;

 private:
  class Lent;

  // Runs OnRead if a read is under way and has something to tell.
  bool DeliverRead();
  bool ReadableLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Runs OnWriteDone if a write is under way.
  bool EndWrite(absl::Status status);
  void QueueWriteEndLocked(absl::Status status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Whether Pump may still end a write with OK.
  bool MayComplete() const;
  void OnDestroyed();

  mutable Mutex mu_;
  WriteMode mode_ ABSL_GUARDED_BY(mu_);
  ReadObserver* reader_ ABSL_GUARDED_BY(mu_) = nullptr;
  WriteObserver* writer_ ABSL_GUARDED_BY(mu_) = nullptr;
  std::deque<absl::AnyInvocable<bool()>> due_ ABSL_GUARDED_BY(mu_);

  bool read_pending_ ABSL_GUARDED_BY(mu_) = false;
  SliceBuffer received_ ABSL_GUARDED_BY(mu_);
  absl::Status read_error_ ABSL_GUARDED_BY(mu_);

  bool write_pending_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status write_error_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> writes_ ABSL_GUARDED_BY(mu_);
  size_t writes_taken_ ABSL_GUARDED_BY(mu_) = 0;
  size_t unsent_limit_ ABSL_GUARDED_BY(mu_) = 0;

  bool has_unsent_bytes_ ABSL_GUARDED_BY(mu_) = false;

  absl::optional<absl::Status> shutdown_ ABSL_GUARDED_BY(mu_);
  bool aborted_ ABSL_GUARDED_BY(mu_) = false;
  bool lent_ ABSL_GUARDED_BY(mu_) = false;
  bool destroyed_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_FAKES_FAKE_ENDPOINT_H_
