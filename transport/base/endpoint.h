#ifndef LOOPY_TRANSPORT_BASE_ENDPOINT_H_
#define LOOPY_TRANSPORT_BASE_ENDPOINT_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "transport/base/slice.h"

namespace loopy {

// An endpoint is a byte stream to the peer. One read and one write may be under
// way at a time.
//
//   endpoint->StartRead();               // -> reader->OnRead(...)
//   endpoint->StartWrite(&bytes);        // -> writer->OnWriteDone(...)
//   endpoint->RequestTurn();             // -> writer->OnTurn()
//   endpoint->HandOver();                // -> writer->OnTakeOver()
//   endpoint->Shutdown(status);          // both end soon, with an error
//   endpoint.reset();                    // after all have ended
//
// Threads: StartRead and StartWrite may be called from any thread, one of each
// at a time; Shutdown from any thread, any number of times, also while the
// others run. A callback may run on any thread, but never inside the call that
// started it: callers may hold their role, never a lock.
class Endpoint {
 public:
  class ReadObserver {
   public:
    virtual ~ReadObserver() = default;
    // `status` is OK, with at least one byte, or an error (end of stream
    // included), after which nothing more can be read. `bytes` is valid during
    // the call; the observer may take what is in it.
    virtual void OnRead(absl::Status status, SliceBuffer* bytes) = 0;
  };

  class WriteObserver {
   public:
    virtual ~WriteObserver() = default;
    // `status` is OK if the kernel has taken everything. After an error nothing
    // more can be written.
    virtual void OnWriteDone(absl::Status status) = 0;
    // The turn that RequestTurn asked for.
    virtual void OnTurn() = 0;
    // This thread makes the write before which the writer was handed over.
    virtual void OnTakeOver() = 0;
  };

  virtual ~Endpoint() = default;

  // Sets the observers. Called once, before the first read or write; both
  // outlive every read and write that they started.
  virtual void SetObservers(ReadObserver* reader, WriteObserver* writer) = 0;

  virtual void StartRead() = 0;
  // `bytes` belongs to the endpoint until OnWriteDone. Some of them may be left
  // in it then.
  virtual void StartWrite(SliceBuffer* bytes) = 0;

  // Asks for writer->OnTurn(), soon, on the thread that polls the endpoint. It
  // also comes after Shutdown. No write and no turn is under way. Returns false
  // if there is no such thread; then no turn comes.
  virtual bool RequestTurn() { return false; }

  // Asks for writer->OnTakeOver(), soon, on a thread without calls, perhaps
  // already. It also comes after Shutdown. No write and no turn is under way.
  // Returns false if there is no such thread; then nothing comes.
  virtual bool HandOver() { return false; }

  // The writer asks this before each write. Hands over if this thread has
  // written for long enough.
  virtual bool MaybeHandOver() { return false; }

  // The kernel holds at most this many bytes that it has not sent, until the
  // writer knows the peer. Nothing can overtake those bytes, so a small call
  // would wait for them.
  static constexpr size_t kInitialUnsentLimit = 32 * 1024;

  // Changes that limit. This is a hint. The writer calls it between its writes.
  virtual void SetUnsentLimit(size_t /*bytes*/) {}

  // Returns whether the kernel still has bytes to send. If the socket is closed
  // then and the peer sends something, they are lost, because the kernel
  // answers with a reset. Neither blocks nor calls back.
  virtual bool HasUnsentBytes() { return false; }

  // Returns the bytes that the kernel holds: those that it has not sent, and
  // those that the peer's kernel has not acknowledged. 0 if that is not known.
  // Neither blocks nor calls back.
  virtual size_t KernelBytes() { return 0; }

  // Returns the number of bytes that the peer's kernel has acknowledged so far,
  // if that is known. Neither blocks nor calls back.
  virtual absl::optional<uint64_t> AckedBytes() { return absl::nullopt; }

  // Returns the number of bytes that have left this host so far, if that is
  // known: those of the writes, and whatever a handshake or TLS has added.
  // Neither blocks nor calls back.
  virtual absl::optional<uint64_t> SentBytes() { return absl::nullopt; }

  // Returns whether the peer has closed its side of the connection, or reset
  // it, even if nobody has read so far. Neither blocks nor calls back.
  virtual bool PeerHasClosed() { return false; }

  // Ends the read and the write under way, and all later ones, with `why`. Does
  // not wait.
  virtual void Shutdown(absl::Status why) = 0;

  // Shuts down and discards what the kernel has not sent yet, so that the
  // socket is gone at once even if the peer does not read.
  virtual void Abort(absl::Status why) { Shutdown(std::move(why)); }

  // Returns the peer's address for texts, such as "ipv4:127.0.0.1:50051".
  virtual absl::string_view peer() const = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_BASE_ENDPOINT_H_
