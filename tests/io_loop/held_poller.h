#ifndef LOOPY_TESTS_IO_LOOP_HELD_POLLER_H_
#define LOOPY_TESTS_IO_LOOP_HELD_POLLER_H_

#include <unistd.h>

#include <cstdint>
#include <memory>

#include "tests/io_loop/connected_sockets.h"
#include "tests/io_loop/event.h"
#include "transport/base/log.h"
#include "transport/io_loop/poller.h"

namespace loopy {

// Keeps a poller's thread busy until it may go on. Everything that was ready
// before has had its turn then.
//
//   const auto held = HeldPoller::Hold(poller);
//   held->GoOn();
//
// Lifetime: the poller holds it until it goes on.
class HeldPoller final : public Poller::Client {
 public:
  void Turn(uint32_t /*events*/) override {
    if (go_on_.has_happened()) return;
    held_.Happen();
    go_on_.Wait();
    poller_->Remove(sockets_.polled(), this);
    close(sockets_.polled());
  }
  static std::shared_ptr<HeldPoller> Hold(Poller* poller) {
    auto client = std::make_shared<HeldPoller>();
    client->poller_ = poller;
    LOOPY_CHECK(poller->Add(client->sockets_.polled(), client,
                            Poller::Interest::kInput));
    poller->Schedule(client);
    LOOPY_CHECK(client->held_.Wait());
    return client;
  }
  void GoOn() { go_on_.Happen(); }

 private:
  Poller* poller_ = nullptr;
  ConnectedSockets sockets_;
  Event held_;
  Event go_on_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_IO_LOOP_HELD_POLLER_H_
