#ifndef LOOPY_TRANSPORT_STREAM_STREAM_MAP_H_
#define LOOPY_TRANSPORT_STREAM_STREAM_MAP_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "transport/stream/stream.h"
#include "transport/wire/frame.h"

namespace loopy {

// A StreamMap has the streams of a connection: those that are open, by id, and
// those that wait until the peer allows another one, in order. It assigns the
// ids.
//
//   if (map.CanOpen()) map.Open(stream); else map.Wait(stream);
//   ...
//   map.Remove(stream.get());
//   while (auto next = map.OpenNextWaiting()) ...open its sending half...
//
// Threads: the connection guards it with its lock. Shares ownership of the
// streams.
class StreamMap {
 public:
  // From this id on a connection takes no new streams, so that calls move to a
  // new connection before the ids run out. It is three quarters of them, as in
  // grpc-go.
  static constexpr uint32_t kDrainStreamId = kMaxStreamId / 4 * 3;

  using StreamPtr = std::shared_ptr<Stream>;

  // Sets the id of the first stream, which is odd.
  void set_next_id(uint32_t id) { first_id_ = next_id_ = id; }
  // Sets SETTINGS_MAX_CONCURRENT_STREAMS, which may be below the number of open
  // streams.
  void set_max_concurrent(uint32_t max) { max_concurrent_ = max; }
  uint32_t max_concurrent() const { return max_concurrent_; }

  bool CanOpen() const {
    return open_.size() < max_concurrent_ && !ShouldDrain();
  }
  // Gives the stream its id. Requires CanOpen() and no streams waiting.
  void Open(StreamPtr stream);
  void Wait(StreamPtr stream);
  // Opens the first waiting stream and returns it, or null if there is none or
  // it may not be opened.
  StreamPtr OpenNextWaiting();

  // Removes an open or a waiting stream. Returns false if it was neither.
  bool Remove(const Stream* stream);

  StreamPtr Find(uint32_t id) const;
  // Returns whether a stream of this id was ever opened.
  bool WasOpened(uint32_t id) const {
    return id % 2 == 1 && id >= first_id_ && id < next_id_;
  }
  bool ShouldDrain() const { return next_id_ > kDrainStreamId; }

  bool has_waiting() const { return !waiting_.empty(); }
  size_t size() const { return open_.size() + waiting_.size(); }
  size_t open_count() const { return open_.size(); }

  // Returns all open streams.
  std::vector<StreamPtr> OpenStreams() const;
  // Takes out the waiting streams, in order.
  std::vector<StreamPtr> TakeWaiting();
  // Takes out the open streams with ids above `id`, which may be 0, in the
  // order of their ids, and then the waiting ones.
  std::vector<StreamPtr> TakeAbove(uint32_t id);

 private:
  absl::flat_hash_map<uint32_t, StreamPtr> open_;
  absl::btree_map<uint64_t, StreamPtr> waiting_;
  uint64_t next_ticket_ = 1;
  uint32_t first_id_ = 1;
  uint32_t next_id_ = 1;
  uint32_t max_concurrent_ = std::numeric_limits<uint32_t>::max();
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_STREAM_MAP_H_
