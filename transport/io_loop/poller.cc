#include "transport/io_loop/poller.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "transport/base/log.h"

namespace loopy {
namespace {

constexpr size_t kMaxEvents = 128;

// The program's signals are for its own threads.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &old_, nullptr); }

 private:
  sigset_t old_;
};

}  // namespace

struct Poller::Scheduled {
  std::shared_ptr<Client> client;
  Scheduled* next;
};

std::unique_ptr<Poller> Poller::Create() {
  std::unique_ptr<Poller> poller(new Poller());
  if (!poller->OpenFds() || !poller->StartThread()) return nullptr;
  return poller;
}

Poller::~Poller() {
  LOOPY_CHECK(load() == 0);
  if (thread_ != nullptr) {
    stop_ = true;
    Wake();
    thread_->join();
  }
  TakeScheduled();
  CloseFds();
}

bool Poller::OpenFds() {
  epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event = {};
  // Each write is an edge, so nobody has to read it.
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = this;
  return epoll_fd_ >= 0 && wake_fd_ >= 0 &&
         epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event) == 0;
}

void Poller::CloseFds() {
  if (epoll_fd_ >= 0) close(epoll_fd_);
  if (wake_fd_ >= 0) close(wake_fd_);
}

bool Poller::StartThread() {
  if (has_thread_.exchange(true)) return true;
  const SignalsBlocked signals_blocked;
  try {
    thread_ = std::make_unique<std::thread>([this] { Run(); });
  } catch (const std::system_error&) {
    has_thread_ = false;
    return false;
  }
  pthread_setname_np(thread_->native_handle(), "loopy_io");
  return true;
}

bool Poller::Control(int operation, int fd, Client* client, Interest interest) {
  epoll_event event = {};
  event.events = static_cast<uint32_t>(interest) | EPOLLET;
  event.data.ptr = client;
  return epoll_ctl(epoll_fd_, operation, fd, &event) == 0;
}

bool Poller::Add(int fd, const std::shared_ptr<Client>& client,
                 Interest interest) {
  if (!StartThread()) return false;
  client->self_ = client;
  load_.fetch_add(1, std::memory_order_relaxed);
  if (Control(EPOLL_CTL_ADD, fd, client.get(), interest)) return true;
  load_.fetch_sub(1, std::memory_order_relaxed);
  client->self_.reset();
  return false;
}

void Poller::SetInterest(int fd, Client* client, Interest interest) {
  // This fails after a fork: what was polled is gone.
  Control(EPOLL_CTL_MOD, fd, client, interest);
}

void Poller::Remove(int fd, Client* client) {
  // This fails after a fork: what was polled is gone.
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
  load_.fetch_sub(1, std::memory_order_relaxed);
  // It may be among the events that this thread is about to handle.
  work_->removed.push_back(std::move(client->self_));
}

void Poller::Schedule(const std::shared_ptr<Client>& client) {
  if (OnThread()) {
    MakeReady(client.get(), 0);
    return;
  }
  Scheduled* before = scheduled_.load();
  auto* const scheduled = new Scheduled{client, before};
  while (!scheduled_.compare_exchange_weak(before, scheduled)) {
    scheduled->next = before;
  }
  // The first one has woken the thread, which takes all of them.
  if (before != nullptr && has_thread_) return;
  // The child of a fork has no thread yet. If it can have none, the turn is
  // lost.
  StartThread();
  Wake();
}

void Poller::AfterForkInChild() {
  // These were a thread's that this process does not have, and may be half
  // changed.
  (void)thread_.release();
  (void)work_.release();
  work_ = std::make_unique<Work>();
  has_thread_ = false;
  thread_id_ = std::thread::id();
  CloseFds();
  OpenFds();
  epoch_.fetch_add(1, std::memory_order_relaxed);
}

void Poller::Run() {
  thread_id_ = std::this_thread::get_id();
  TakeScheduled();
  while (!stop_) {
    if (Poll()) TakeScheduled();
    GiveTurns();
  }
}

bool Poller::Poll() {
  std::array<epoll_event, kMaxEvents> events;
  const int count = epoll_wait(epoll_fd_, events.data(), events.size(),
                               work_->ready.empty() ? -1 : 0);
  LOOPY_CHECK(count >= 0 || errno == EINTR);
  bool woken = false;
  for (int i = 0; i < count; ++i) {
    if (events[i].data.ptr == this) {
      woken = true;
    } else {
      MakeReady(static_cast<Client*>(events[i].data.ptr), events[i].events);
    }
  }
  return woken;
}

void Poller::TakeScheduled() {
  Scheduled* scheduled = scheduled_.exchange(nullptr);
  // The list has the last one first.
  Scheduled* in_order = nullptr;
  while (scheduled != nullptr) {
    Scheduled* const next = std::exchange(scheduled->next, in_order);
    in_order = std::exchange(scheduled, next);
  }
  while (in_order != nullptr) {
    const std::unique_ptr<Scheduled> first(in_order);
    in_order = first->next;
    MakeReady(first->client.get(), 0);
  }
}

void Poller::MakeReady(Client* client, uint32_t events) {
  if (client->self_ == nullptr) return;  // removed
  client->events_ |= events;
  if (IsQueued(*client)) return;
  client->queued_in_epoch_ = epoch();
  work_->ready.push_back(client);
}

void Poller::GiveTurns() {
  work_->turns.swap(work_->ready);
  for (Client* client : work_->turns) {
    client->queued_in_epoch_ = -1;
    const uint32_t events = std::exchange(client->events_, 0);
    if (client->self_ != nullptr) client->Turn(events);
  }
  work_->turns.clear();
  // One that was scheduled before it was removed is still among the ready.
  auto& removed = work_->removed;
  removed.erase(std::remove_if(removed.begin(), removed.end(),
                               [this](const std::shared_ptr<Client>& client) {
                                 return !IsQueued(*client);
                               }),
                removed.end());
}

bool Poller::OnThread() const {
  return thread_id_.load(std::memory_order_relaxed) ==
         std::this_thread::get_id();
}

void Poller::Wake() {
  const uint64_t one = 1;
  // This cannot fail before there were 2^64 of them.
  const ssize_t written = write(wake_fd_, &one, sizeof(one));
  LOOPY_CHECK(written == sizeof(one));
}

}  // namespace loopy
