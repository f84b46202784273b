#ifndef LOOPY_TRANSPORT_BASE_SLICE_H_
#define LOOPY_TRANSPORT_BASE_SLICE_H_

#include <grpc/slice.h>
#include <grpc/slice_buffer.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace loopy {

// A Slice owns a reference to immutable bytes: a gRPC slice.
//
//   Slice a = Slice::FromCopy("hello");
//   Slice b = a.Sub(1, 3);  // "el", the same bytes
//
// Copying takes a reference. Not thread-safe by itself; two Slices of the same
// bytes may live on two threads.
class Slice {
 public:
  Slice() : slice_(Empty()) {}
  // Takes over the caller's reference.
  explicit Slice(grpc_slice slice) : slice_(slice) {}
  Slice(const Slice& other) : slice_(grpc_slice_ref(other.slice_)) {}
  Slice(Slice&& other) noexcept : slice_(other.Release()) {}
  Slice& operator=(Slice other) noexcept {
    grpc_slice old = slice_;
    slice_ = other.slice_;
    other.slice_ = old;
    return *this;
  }
  ~Slice() {
    if (slice_.refcount != nullptr) grpc_slice_unref(slice_);
  }

  static Slice FromCopy(absl::string_view bytes) {
    if (bytes.size() > GRPC_SLICE_INLINED_SIZE) {
      return Slice(grpc_slice_from_copied_buffer(bytes.data(), bytes.size()));
    }
    grpc_slice slice = Empty();
    slice.data.inlined.length = static_cast<uint8_t>(bytes.size());
    bytes.copy(reinterpret_cast<char*>(slice.data.inlined.bytes), bytes.size());
    return Slice(slice);
  }
  // Requires bytes that outlive every reference, such as a string literal.
  static Slice FromStatic(absl::string_view bytes) {
    return Slice(grpc_slice_from_static_buffer(bytes.data(), bytes.size()));
  }

  const uint8_t* data() const { return GRPC_SLICE_START_PTR(slice_); }
  size_t size() const { return GRPC_SLICE_LENGTH(slice_); }
  bool empty() const { return size() == 0; }
  absl::string_view view() const {
    return absl::string_view(reinterpret_cast<const char*>(data()), size());
  }

  // Returns [begin, end), sharing the bytes. Requires begin <= end <= size().
  Slice Sub(size_t begin, size_t end) const {
    return Slice(grpc_slice_sub(slice_, begin, end));
  }

  const grpc_slice& c_slice() const { return slice_; }
  // Gives the reference away.
  grpc_slice Release() {
    grpc_slice slice = slice_;
    slice_ = Empty();
    return slice;
  }

 private:
  // grpc_empty_slice(), without a call into gRPC.
  static grpc_slice Empty() {
    grpc_slice slice;
    slice.refcount = nullptr;
    slice.data.inlined.length = 0;
    return slice;
  }

  grpc_slice slice_;
};

// A SliceBuffer owns a sequence of slices: a gRPC slice buffer. It can be
// moved, not copied. It handles empty and short buffers, which every frame has,
// without a call into gRPC.
//
// Lifetime: owns a reference to each of its slices. Not thread-safe.
class SliceBuffer {
 public:
  SliceBuffer() {
    buffer_.base_slices = buffer_.slices = buffer_.inlined;
    buffer_.count = 0;
    buffer_.capacity = GRPC_SLICE_BUFFER_INLINE_ELEMENTS;
    buffer_.length = 0;
  }
  explicit SliceBuffer(Slice slice) : SliceBuffer() {
    Append(std::move(slice));
  }
  SliceBuffer(SliceBuffer&& other) noexcept : SliceBuffer() {
    MoveFrom(&other);
  }
  SliceBuffer& operator=(SliceBuffer&& other) noexcept {
    if (this != &other) {
      Clear();
      MoveFrom(&other);
    }
    return *this;
  }
  SliceBuffer(const SliceBuffer&) = delete;
  SliceBuffer& operator=(const SliceBuffer&) = delete;
  ~SliceBuffer() {
    if (buffer_.count != 0 || on_heap()) grpc_slice_buffer_destroy(&buffer_);
  }

  // Returns the size in bytes.
  size_t size() const { return buffer_.length; }
  bool empty() const { return buffer_.length == 0; }
  size_t slice_count() const { return buffer_.count; }
  absl::string_view slice_view(size_t i) const {
    return absl::string_view(
        reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(buffer_.slices[i])),
        GRPC_SLICE_LENGTH(buffer_.slices[i]));
  }

  void Append(Slice slice) {
    if (buffer_.count != 0) {
      grpc_slice_buffer_add(&buffer_, slice.Release());
      return;
    }
    buffer_.slices = buffer_.base_slices;  // gRPC takes from the front
    buffer_.length = slice.size();
    buffer_.slices[0] = slice.Release();
    buffer_.count = 1;
  }
  // Moves everything out of `other`, without copying bytes.
  void Append(SliceBuffer* other) {
    if (buffer_.count == 0) {
      MoveFrom(other);
    } else if (other->buffer_.count == 1) {
      other->MoveTo(&buffer_);
    } else {
      grpc_slice_buffer_move_into(&other->buffer_, &buffer_);
    }
  }
  // Moves the first `n` bytes to the end of `out`. Requires n <= size().
  void MoveFirst(size_t n, SliceBuffer* out) {
    if (n == size()) {
      out->Append(this);
    } else {
      grpc_slice_buffer_move_first(&buffer_, n, &out->buffer_);
    }
  }
  // Copies the first `n` bytes and removes them. Requires n <= size().
  void CopyAndRemoveFirst(size_t n, void* out) {
    grpc_slice_buffer_move_first_into_buffer(&buffer_, n, out);
  }
  // Removes the first slice. Requires !empty().
  Slice TakeFirst() { return Slice(grpc_slice_buffer_take_first(&buffer_)); }
  void Clear() {
    if (buffer_.count != 0) grpc_slice_buffer_reset_and_unref(&buffer_);
  }
  void Swap(SliceBuffer* other) {
    grpc_slice_buffer_swap(&buffer_, &other->buffer_);
  }
  // Moves everything to the end of gRPC's `out`.
  void MoveTo(grpc_slice_buffer* out) {
    for (size_t i = 0; i < buffer_.count; ++i) {
      grpc_slice_buffer_add(out, buffer_.slices[i]);
    }
    buffer_.count = 0;
    buffer_.length = 0;
  }

  // Returns a copy of all bytes, for tests, errors and small buffers.
  std::string ToString() const {
    std::string bytes;
    bytes.reserve(size());
    for (size_t i = 0; i < slice_count(); ++i) {
      const absl::string_view view = slice_view(i);
      bytes.append(view.data(), view.size());
    }
    return bytes;
  }

  grpc_slice_buffer* c_buffer() { return &buffer_; }

 private:
  bool on_heap() const { return buffer_.base_slices != buffer_.inlined; }

  // Requires an empty buffer. A few slices, the usual case, are copied. That is
  // cheaper than a swap, which copies the whole inline array both ways.
  void MoveFrom(SliceBuffer* other) {
    if (other->buffer_.count > GRPC_SLICE_BUFFER_INLINE_ELEMENTS) {
      grpc_slice_buffer_swap(&buffer_, &other->buffer_);
      return;
    }
    buffer_.slices = buffer_.base_slices;  // gRPC takes from the front
    for (size_t i = 0; i < other->buffer_.count; ++i) {
      buffer_.slices[i] = other->buffer_.slices[i];
    }
    buffer_.count = std::exchange(other->buffer_.count, 0);
    buffer_.length = std::exchange(other->buffer_.length, 0);
  }

  grpc_slice_buffer buffer_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_BASE_SLICE_H_
