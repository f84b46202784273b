#ifndef LOOPY_TRANSPORT_READER_READER_LOOP_H_
#define LOOPY_TRANSPORT_READER_READER_LOOP_H_

#include "absl/status/status.h"
#include "transport/base/endpoint.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/wire/frame_parser.h"

namespace loopy {

// What the reader reports. Called on the reading thread, no lock held.
class ReaderObserver {
 public:
  virtual ~ReaderObserver() = default;

  // Bytes came: a sign of life.
  virtual void OnBytesRead() = 0;
  // All frames of a read were dispatched: what they put may be written.
  virtual void OnReadHandled() = 0;
  // The peer broke the protocol. Nothing is read any more.
  virtual void OnProtocolError(Http2Error error) = 0;
  // The endpoint's read failed, or the peer closed. Nothing is read any more.
  virtual void OnReadFailed(absl::Status status) = 0;
};

// Reads, parses, reads again. Never waits for the writer (contract, 5).
//
//   ReaderLoop reader(endpoint, parser, observer);
//   reader.Start(&leftover);
//
// Threads: Start once; then whoever runs the endpoint's callback, one at a
// time. Lifetime: outlives its last read. Ends with exactly one of
// OnProtocolError and OnReadFailed.
class ReaderLoop final : public Endpoint::ReadObserver {
 public:
  ReaderLoop(Endpoint* endpoint, FrameParser* parser, ReaderObserver* observer)
      : endpoint_(endpoint), parser_(parser), observer_(observer) {}

  // `leftover` was read before, by the handshake.
  void Start(SliceBuffer* leftover);

  void OnRead(absl::Status status, SliceBuffer* bytes) override;

 private:
  void HandleBytes(SliceBuffer* bytes);

  Endpoint* const endpoint_;
  FrameParser* const parser_;
  ReaderObserver* const observer_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_READER_READER_LOOP_H_
