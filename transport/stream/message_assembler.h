#ifndef LOOPY_TRANSPORT_STREAM_MESSAGE_ASSEMBLER_H_
#define LOOPY_TRANSPORT_STREAM_MESSAGE_ASSEMBLER_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "transport/base/slice.h"

namespace loopy {

// A Message is one gRPC message.
struct Message {
  SliceBuffer payload;
  bool compressed = false;
};

// Five bytes precede a message: a flag and the length, big-endian (gRPC over
// HTTP/2, "Length-Prefixed-Message").
inline constexpr size_t kMessagePrefixSize = 5;

// The prefix can express no greater length.
inline constexpr size_t kMaxMessageSize = 0xffffffff;

// Returns `message` with its prefix, as DATA payload. Requires a payload of at
// most kMaxMessageSize.
SliceBuffer FrameMessage(Message message);

// Cuts DATA payload into messages.
//
//   assembler.Append(&payload);
//   while (assembler.Next(&message)) ...
//   if (!assembler.error().ok()) ...
//
// It keeps bytes by reference. Threads: one at a time.
class MessageAssembler {
 public:
  // A message whose prefix announces more than `max_message_size` is an error.
  explicit MessageAssembler(size_t max_message_size)
      : max_message_size_(max_message_size) {}

  // Sets whether messages may be compressed. A compressed message is an error
  // if not.
  void set_compression_allowed(bool allowed) { compression_allowed_ = allowed; }

  // Takes all bytes out of `bytes`.
  void Append(SliceBuffer* bytes) { bytes_.Append(bytes); }

  // Takes the next message. Returns false if not all of it is there.
  bool Next(Message* message);

  // Drops what Next has not taken. Returns false if there was nothing.
  bool Clear() {
    const bool any = buffered() != 0;
    bytes_.Clear();
    length_.reset();
    return any;
  }

  // Returns the first error, which sticks. It is INTERNAL for a flag that is
  // neither 0 nor 1 or that is not allowed, and RESOURCE_EXHAUSTED for a
  // message that is too long.
  const absl::Status& error() const { return error_; }

  // Returns whether Next would return true.
  bool HasMessage();
  // Returns the number of bytes that the first message is known to lack: those
  // of its prefix first, then those that the prefix announces.
  size_t missing();
  // Returns the number of bytes that Next has not taken.
  size_t buffered() const {
    return bytes_.size() + (length_.has_value() ? kMessagePrefixSize : 0);
  }

 private:
  void MaybeReadPrefix();

  const size_t max_message_size_;
  SliceBuffer bytes_;
  // The length of the first message, once its prefix was read.
  absl::optional<uint32_t> length_;
  bool compressed_ = false;
  bool compression_allowed_ = true;
  absl::Status error_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_MESSAGE_ASSEMBLER_H_
