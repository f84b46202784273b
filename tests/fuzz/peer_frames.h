#ifndef LOOPY_TESTS_FUZZ_PEER_FRAMES_H_
#define LOOPY_TESTS_FUZZ_PEER_FRAMES_H_

#include <cstdint>
#include <string>

#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/peer_view.h"
#include "transport/hpack/header_encoder.h"
#include "transport/hpack/header_list.h"

namespace loopy {

// Makes a peer's frames from a fuzzer's bytes: well-formed ones for streams
// that the client has opened, and odd ones.
//
// Lifetime: `input` and `view` outlive it.
class PeerFrames {
 public:
  static constexpr uint8_t kKinds = 17;

  PeerFrames(FuzzInput* input, const PeerView* view)
      : input_(input), view_(view) {}

  // Requires kind < kKinds. The last kind is any bytes.
  std::string Make(uint8_t kind);

 private:
  std::string Headers(uint32_t id);
  std::string TwoPieces(uint32_t id);
  std::string Data(uint32_t id);
  std::string PaddedData(uint32_t id);
  std::string GoAway(uint32_t id);
  std::string Odd(uint32_t id);

  // Called in the order of the wire, because it changes the encoder's table.
  std::string Block(const HeaderList& headers);
  HeaderList SomeHeaders();
  Http2ErrorCode SomeCode();
  // Returns mostly the id of a stream that was opened.
  uint32_t SomeId();

  FuzzInput* const input_;
  const PeerView* const view_;
  HeaderEncoder encoder_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_FUZZ_PEER_FRAMES_H_
