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

// An endpoint in which the test plays the peer and the kernel.
//
//   auto endpoint = std::make_shared<FakeEndpoint>();
//   auto connection = MakeConnection(endpoint->Lend());
//   endpoint->Feed("...");            // OnRead, if a read is under way
//   EXPECT_EQ(endpoint->TakeWritten(), "...");
//   endpoint->CompleteWrite();        // OnWriteDone
//   connection->Close();
//   endpoint->Pump();                 // the ends that Shutdown has caused
//   EXPECT_TRUE(endpoint->destroyed());
//
// Callbacks run inside Pump(), Feed, CloseByPeer, CompleteWrite, FailWrite and
// GiveTurn, never inside a method of Endpoint, and with no lock held. A breach
// of Endpoint's contract by its user fails the test.
//
// Threads: any. A test that needs the same order each time uses one. Lifetime:
// the test holds it for longer than a callback runs.
class FakeEndpoint final : public Endpoint,
                           public std::enable_shared_from_this<FakeEndpoint> {
 public:
  enum class WriteMode {
    kManual,     // a write ends by CompleteWrite or FailWrite
    kAutomatic,  // a write ends by Pump
    kStuck,      // the peer does not read: a write ends only by FailWrite
  };

  explicit FakeEndpoint(WriteMode mode = WriteMode::kManual) : mode_(mode) {}
  ~FakeEndpoint() override;

  // Returns an Endpoint for a user that wants to own it, at most once. Requires
  // that a std::shared_ptr holds this object.
  std::unique_ptr<Endpoint> Lend();

  // ---- Endpoint, for the user

  void SetObservers(ReadObserver* reader, WriteObserver* writer) override;
  void StartRead() override;
  void StartWrite(SliceBuffer* bytes) override;
  bool RequestTurn() override;
  bool HandOver() override;
  bool MaybeHandOver() override;
  void SetUnsentLimit(size_t bytes) override;
  bool HasUnsentBytes() override;
  absl::optional<uint64_t> SentBytes() override;
  bool PeerHasClosed() override;
  void Shutdown(absl::Status why) override;
  void Abort(absl::Status why) override;
  absl::string_view peer() const override { return "ipv4:192.0.2.1:443"; }

  // ---- The peer and the kernel, for the test

  // Runs callbacks until none is due, and returns their number: those of reads
  // that were started after their bytes had come, of automatic writes, of
  // turns, and of everything that Shutdown ends.
  size_t Pump();

  // Lets the peer send `bytes`.
  void Feed(std::string bytes);
  // Lets the peer close: once the bytes are read, reads fail with `why`.
  void CloseByPeer(absl::Status why = absl::UnavailableError("Socket closed"));

  // The same while nobody polls: only PeerHasClosed knows.
  void CloseByPeerUnseen();

  // Ends the write under way. Returns false if there is none, or if it is stuck
  // or fails.
  bool CompleteWrite();
  // Ends the write under way, and all later ones, with an error. Returns false
  // if there was none.
  bool FailWrite(absl::Status why);
  // Sets the mode, also of a write under way.
  void SetWriteMode(WriteMode mode);

  // Sets whether a thread polls this endpoint, and gives turns.
  void SetGivesTurns(bool gives);
  // Sets whether there is a thread without calls.
  void SetHandsOver(bool hands_over);
  // Lets the thread of the next write hand it over, as it has written for long.
  void HandOverNextWrite();
  // Gives the turn that was requested, or lets another thread take over.
  // Returns false if neither is to come.
  bool GiveTurn();

  // Sets whether the kernel holds bytes that it has not sent.
  void SetHasUnsentBytes(bool has);
  // Sets what SentBytes returns; before, it returns nothing.
  void SetSentBytes(uint64_t bytes);

  // ---- The record of what happened

  // Returns the bytes of each StartWrite so far, also of one under way.
  std::vector<std::string> writes() const;
  // Returns the bytes since the last TakeWritten, in one string.
  std::string TakeWritten();
  bool write_pending() const;
  // Returns the last SetUnsentLimit, or 0.
  size_t unsent_limit() const;
  bool turn_pending() const;
  bool read_pending() const;
  // These describe the first Shutdown or Abort.
  absl::optional<absl::Status> shutdown() const;
  bool aborted() const;
  // Returns whether the user has destroyed what Lend() returned.
  bool destroyed() const;

 private:
  class Lent;
  using Turn = void (WriteObserver::*)();

  // Runs OnRead if a read is under way and has a result.
  bool DeliverRead();
  bool ReadableLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Runs OnWriteDone if a write is under way.
  bool EndWrite(absl::Status status);
  void QueueWriteEndLocked(absl::Status status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void AddTurnLocked(Turn turn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Returns whether Pump may still end a write with OK.
  bool MayComplete() const;
  void OnDestroyed();

  mutable Mutex mu_{LockRank::kTest};
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

  bool gives_turns_ ABSL_GUARDED_BY(mu_) = false;
  bool hands_over_ ABSL_GUARDED_BY(mu_) = false;
  bool hands_next_over_ ABSL_GUARDED_BY(mu_) = false;
  Turn turn_ ABSL_GUARDED_BY(mu_) = nullptr;  // the one that is to come

  bool has_unsent_bytes_ ABSL_GUARDED_BY(mu_) = false;
  absl::optional<uint64_t> sent_bytes_ ABSL_GUARDED_BY(mu_);
  bool closed_unseen_ ABSL_GUARDED_BY(mu_) = false;

  absl::optional<absl::Status> shutdown_ ABSL_GUARDED_BY(mu_);
  bool aborted_ ABSL_GUARDED_BY(mu_) = false;
  bool lent_ ABSL_GUARDED_BY(mu_) = false;
  bool destroyed_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_FAKES_FAKE_ENDPOINT_H_
