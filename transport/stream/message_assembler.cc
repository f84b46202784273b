#include "transport/stream/message_assembler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"

namespace loopy {

SliceBuffer FrameMessage(Message message) {
  const uint32_t length = static_cast<uint32_t>(message.payload.size());
  const char prefix[kMessagePrefixSize] = {
      static_cast<char>(message.compressed ? 1 : 0),
      static_cast<char>(length >> 24),
      static_cast<char>(length >> 16),
      static_cast<char>(length >> 8),
      static_cast<char>(length),
  };
  SliceBuffer bytes(
      Slice::FromCopy(absl::string_view(prefix, kMessagePrefixSize)));
  bytes.Append(&message.payload);
  return bytes;
}

void MessageAssembler::MaybeReadPrefix() {
  if (length_.has_value() || !error_.ok() ||
      bytes_.size() < kMessagePrefixSize) {
    return;
  }
  uint8_t prefix[kMessagePrefixSize];
  bytes_.CopyAndRemoveFirst(kMessagePrefixSize, prefix);
  if (prefix[0] > 1) {
    error_ = absl::InternalError(
        absl::StrFormat("Bad GRPC frame type 0x%02x", prefix[0]));
    return;
  }
  if (prefix[0] == 1 && !compression_allowed_) {
    error_ = absl::InternalError(
        "a compressed message, but grpc-encoding names no known algorithm");
    return;
  }
  const uint32_t length = static_cast<uint32_t>(prefix[1]) << 24 |
                          static_cast<uint32_t>(prefix[2]) << 16 |
                          static_cast<uint32_t>(prefix[3]) << 8 | prefix[4];
  if (length > max_message_size_) {
    error_ = absl::ResourceExhaustedError(
        absl::StrFormat("Received message larger than max (%u vs. %u)", length,
                        max_message_size_));
    return;
  }
  compressed_ = prefix[0] == 1;
  length_ = length;
}

bool MessageAssembler::HasMessage() {
  MaybeReadPrefix();
  return length_.has_value() && bytes_.size() >= *length_;
}

bool MessageAssembler::Next(Message* message) {
  if (!HasMessage()) return false;
  message->payload.Clear();
  bytes_.MoveFirst(*length_, &message->payload);
  message->compressed = compressed_;
  length_.reset();
  return true;
}

size_t MessageAssembler::missing() {
  MaybeReadPrefix();
  if (!error_.ok()) return 0;
  const size_t wanted = length_.value_or(kMessagePrefixSize);
  return wanted - std::min(wanted, bytes_.size());
}

}  // namespace loopy
