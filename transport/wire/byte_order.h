#ifndef LOOPY_TRANSPORT_WIRE_BYTE_ORDER_H_
#define LOOPY_TRANSPORT_WIRE_BYTE_ORDER_H_

#include <cstdint>

namespace loopy {

// These read and write integers in network byte order, at any alignment.

inline uint16_t ReadUint16(const uint8_t* p) {
  return static_cast<uint16_t>(p[0] << 8 | p[1]);
}

inline uint32_t ReadUint24(const uint8_t* p) {
  return uint32_t{p[0]} << 16 | uint32_t{p[1]} << 8 | p[2];
}

inline uint32_t ReadUint32(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | ReadUint24(p + 1);
}

inline uint64_t ReadUint64(const uint8_t* p) {
  return uint64_t{ReadUint32(p)} << 32 | ReadUint32(p + 4);
}

inline void WriteUint16(uint16_t value, uint8_t* p) {
  p[0] = static_cast<uint8_t>(value >> 8);
  p[1] = static_cast<uint8_t>(value);
}

inline void WriteUint24(uint32_t value, uint8_t* p) {
  p[0] = static_cast<uint8_t>(value >> 16);
  WriteUint16(static_cast<uint16_t>(value), p + 1);
}

inline void WriteUint32(uint32_t value, uint8_t* p) {
  p[0] = static_cast<uint8_t>(value >> 24);
  WriteUint24(value, p + 1);
}

inline void WriteUint64(uint64_t value, uint8_t* p) {
  WriteUint32(static_cast<uint32_t>(value >> 32), p);
  WriteUint32(static_cast<uint32_t>(value), p + 4);
}

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WIRE_BYTE_ORDER_H_
