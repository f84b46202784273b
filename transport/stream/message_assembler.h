#ifndef LOOPY_TRANSPORT_STREAM_MESSAGE_ASSEMBLER_H_
#define LOOPY_TRANSPORT_STREAM_MESSAGE_ASSEMBLER_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "transport/base/slice.h"

namespace loopy {

// One gRPC message.
struct Message {
  SliceBuffer payload;
  bool compressed = false;
};

// The five bytes before a message: a flag and the length, big-endian (gRPC over
// HTTP/2, "Length-Prefixed-Message").
inline constexpr size_t kMessagePrefixSize = 5;

// The longest message whose length the prefix can tell.
inline constexpr size_t kMaxMessageSize = 0xffffffff;

// `message` with its prefix, as DATA payload. Requires a payload of at most
// kMaxMessageSize.
SliceBuffer FrameMessage(Message message);

// Cuts DATA payload into messages.
//
//   assembler.Append(&payload);
//   while (assembler.Next(&message)) ...
//   if (!assembler.error().ok()) ...
//
// Bytes are kept by reference. Threads: one at a time.
class MessageAssembler {
 public:
  // A message announced as longer than this is an error.
  explicit MessageAssembler(size_t max_message_size)
      : max_message_size_(max_message_size) {}

  // Whether a message may be compressed; if not, one that is is an error.
  void set_compression_allowed(bool allowed) { compression_allowed_ = allowed; }

  // Takes all bytes out of `bytes`.
  void Append(SliceBuffer* bytes) { bytes_.Append(bytes); }

  // Takes the next message if all of it is there.
  bool Next(Message* message);

  void Clear() {
    bytes_.Clear();
    length_.reset();
  }

  // Sticks: a flag that is neither 0 nor 1, or 1 where no message may be
  // compressed (INTERNAL), or a message that is too
  // long (RESOURCE_EXHAUSTED).
  const absl::Status& error() const { return error_; }

  // Whether Next would have an answer.
  bool HasMessage();
  // Bytes that the message at the front still lacks. 0 if its length is not
  // known yet, or it is whole.
  size_t missing();
  // Bytes that are not part of a message taken by Next.
  size_t buffered() const {
    return bytes_.size() + (length_.has_value() ? kMessagePrefixSize : 0);
  }

 private:
  void MaybeReadPrefix();

  const size_t max_message_size_;
  SliceBuffer bytes_;
  // Of the message at the front, once its prefix was read.
  absl::optional<uint32_t> length_;
  bool compressed_ = false;
  bool compression_allowed_ = true;
  absl::Status error_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_MESSAGE_ASSEMBLER_H_
