#ifndef LOOPY_TRANSPORT_ADAPTER_CALL_TRANSPORT_STATS_H_
#define LOOPY_TRANSPORT_ADAPTER_CALL_TRANSPORT_STATS_H_

namespace loopy {

// Counts what channelz shows of a connection. Calls report to it.
//
// Threads: any. Lifetime: shared by the transport and its calls.
class TransportStats {
 public:
  virtual ~TransportStats() = default;

  virtual void OnStreamStarted() = 0;
  // `ok` says that the peer ended the stream, with whatever status.
  virtual void OnStreamEnded(bool ok) = 0;
  virtual void OnMessageSent() = 0;
  virtual void OnMessageReceived() = 0;
  virtual void OnPingSent(bool /*is_keepalive*/) {}
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CALL_TRANSPORT_STATS_H_
