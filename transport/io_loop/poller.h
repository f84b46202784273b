#ifndef LOOPY_TRANSPORT_IO_LOOP_POLLER_H_
#define LOOPY_TRANSPORT_IO_LOOP_POLLER_H_

#include <sys/epoll.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace loopy {

// Polls file descriptors on a thread of its own, edge-triggered.
//
//   std::unique_ptr<Poller> poller = Poller::Create();
//   poller->Add(fd, client, Poller::Interest::kInput);
//                              // client->Turn runs on the poller's thread
//   poller->Schedule(client);  // any thread: one more Turn
//   poller->Remove(fd, client.get());  // the poller's thread: no Turn any more
//
// A client with events, or one that is scheduled, has one turn; a client that
// schedules itself again has the next one after all others. So a busy client
// cannot starve a quiet one.
//
// Threads: as each method says. Nothing may block in a Turn. Lifetime: no
// client is left when the poller is destroyed, which waits for its thread.
class Poller {
 public:
  // Clients run on the poller's thread. Lifetime: shared; the poller holds each
  // one from Add to Remove.
  class Client {
   public:
    virtual ~Client() = default;
    // `events` are epoll's, since the last turn; 0 if there are none.
    virtual void Turn(uint32_t events) = 0;

   private:
    friend class Poller;
    // These are the poller thread's, except that Add sets the first.
    std::shared_ptr<Client> self_;
    uint32_t events_ = 0;
    int queued_in_epoch_ = -1;
  };

  // A buffer for a client's turn.
  static constexpr size_t kScratchSize = 64 * 1024;

  // Returns null if the system has no more threads or file descriptors.
  static std::unique_ptr<Poller> Create();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // A client says what its `fd` is polled for. Errors are polled for in any
  // case.
  enum class Interest : uint32_t {
    kNone = 0,
    kInput = EPOLLIN | EPOLLRDHUP,
    kInputAndRoom = kInput | EPOLLOUT,  // to write
  };

  // Polls `fd`. Any thread. Returns false if the system cannot.
  bool Add(int fd, const std::shared_ptr<Client>& client, Interest interest);

  // If what is polled for is there already, an event follows. Any thread, one
  // at a time for an `fd`, before Remove.
  void SetInterest(int fd, Client* client, Interest interest);

  // The poller's thread.
  void Remove(int fd, Client* client);

  // Gives `client` a turn. Any thread; does nothing after Remove.
  void Schedule(const std::shared_ptr<Client>& client);

  // Returns kScratchSize bytes. The poller's thread, during a Turn.
  uint8_t* scratch() { return work_->scratch.get(); }

  // Returns the number of clients. Any thread.
  size_t load() const { return load_.load(std::memory_order_relaxed); }

  // Makes the poller usable in the child of a fork, where its thread and what
  // it polled are gone. The child's only thread.
  void AfterForkInChild();

  // Returns a number that changes with AfterForkInChild. A client that was
  // added before has no events any more. Any thread.
  int epoch() const { return epoch_.load(std::memory_order_relaxed); }

 private:
  struct Scheduled;

  // The poller thread's.
  struct Work {
    std::vector<Client*> ready;
    std::vector<Client*> turns;
    std::vector<std::shared_ptr<Client>> removed;
    std::unique_ptr<uint8_t[]> scratch{new uint8_t[kScratchSize]};
  };

  Poller() = default;

  bool Control(int operation, int fd, Client* client, Interest interest);
  bool OpenFds();
  void CloseFds();
  bool StartThread();
  void Run();
  // Returns whether the thread has been woken.
  bool Poll();
  void TakeScheduled();
  void MakeReady(Client* client, uint32_t events);
  void GiveTurns();
  bool IsQueued(const Client& client) const {
    return client.queued_in_epoch_ == epoch();
  }
  bool OnThread() const;
  void Wake();

  int epoll_fd_ = -1;
  int wake_fd_ = -1;
  std::unique_ptr<std::thread> thread_;
  std::atomic<std::thread::id> thread_id_{std::thread::id()};
  std::atomic<bool> has_thread_{false};
  std::atomic<bool> stop_{false};
  std::atomic<int> epoch_{0};
  std::atomic<size_t> load_{0};
  // A list, the last one first. A lock would have to be held across a fork.
  std::atomic<Scheduled*> scheduled_{nullptr};

  std::unique_ptr<Work> work_ = std::make_unique<Work>();
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_IO_LOOP_POLLER_H_
