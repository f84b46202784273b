// The receive windows against the peer's count, by the rules of RFC 9113, for
// random data and limits.

#include <algorithm>
#include <cstdint>
#include <random>

#include "gtest/gtest.h"
#include "transport/flow/receive_window.h"
#include "transport/flow/window.h"

namespace loopy {
namespace {

// Counts the peer's window as the peer does, in wide arithmetic.
class PeerCount {
 public:
  explicit PeerCount(int64_t initial) : value_(initial) {}
  void Sent(uint32_t n) {
    value_ -= n;
    ASSERT_GE(value_, 0);
  }
  void Update(int64_t increment) {
    value_ += increment;
    ASSERT_LE(value_, kMaxWindow);
  }
  int64_t value() const { return value_; }

 private:
  int64_t value_;
};

TEST(ReceiveWindowPropertyTest, ConnectionAgreesWithThePeer) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    uint32_t limit = static_cast<uint32_t>(random() >> (33 + random() % 25));
    ConnectionReceiveWindow window(limit);
    uint32_t highest = std::max(limit, kDefaultWindow);
    PeerCount peer(highest);
    for (int i = 0; i < 2000; ++i) {
      const uint32_t n = static_cast<uint32_t>(
          random() % (static_cast<uint64_t>(peer.value()) + 1));
      ASSERT_TRUE(window.OnData(n).ok());
      peer.Sent(n);
      if (random() % 50 == 0) {
        limit = random() % 3 == 0
                    ? static_cast<uint32_t>(random() % (uint64_t{limit} + 1))
                    : static_cast<uint32_t>(std::min<uint64_t>(
                          limit + random() % 10000, kMaxWindow));
        peer.Update(window.SetLimit(limit));
      }
      peer.Update(random() % 20 == 0 ? window.UpdateNow()
                                     : window.MaybeUpdate(/*ahead=*/0));
      ASSERT_EQ(window.value(), peer.value());
      // The peer is never stuck: it may send more than seven eighths.
      ASSERT_GE(window.value(), limit - limit / 8);
      highest = std::max(highest, limit);
      ASSERT_LE(window.value(), highest);
    }
    ASSERT_FALSE(window.OnData(static_cast<uint32_t>(peer.value()) + 1).ok());
  }
}

// The peer sends what it may of an endless sequence of messages, and the
// application reads now and then. The limit changes, which the peer reads and
// acknowledges later.
class StreamProperty {
 public:
  explicit StreamProperty(uint64_t seed)
      : random_(seed),
        limit_(static_cast<uint32_t>(random_() % 100000)),
        highest_limit_(limit_),
        window_(limit_),
        peer_(limit_) {}

  void Step() {
    switch (random_() % 5) {
      case 0:
      case 1:
        Send();
        break;
      case 2:
        if (received_ >= message_) {
          Read();
        } else {
          Wait();
        }
        break;
      case 3:
        if (random_() % 20 == 0) SetLimit();
        break;
      case 4:
        ReadSettings();
        break;
    }
    ASSERT_GE(window_.value(), peer_.value()) << "the peer's DATA is taken";
    if (unread_settings_ == 0) {
      ASSERT_EQ(window_.value(), peer_.value());
    }
    // Memory holds at most a limit and the message that is waited for.
    ASSERT_LE(received_ + window_.value(), int64_t{highest_limit_} + largest_);
  }

  int messages() const { return messages_; }

 private:
  void Send() {
    if (peer_.value() < 0) return;
    const uint32_t n = static_cast<uint32_t>(
        random_() % (static_cast<uint64_t>(peer_.value()) + 1));
    ASSERT_TRUE(window_.OnData(1, n).ok());
    peer_.Sent(n);
    received_ += n;
  }
  void Read() {
    received_ -= message_;
    peer_.Update(window_.OnRead(message_));
    ++messages_;
    message_ = static_cast<uint32_t>(random_() % largest_) + 1;
  }
  void Wait() {
    const uint32_t missing = message_ - static_cast<uint32_t>(received_);
    peer_.Update(window_.GrantMessage(missing));
    ASSERT_GE(peer_.value() + unread_change_, missing)
        << "the peer can send all of it when it has read our SETTINGS";
  }
  void SetLimit() {
    const uint32_t limit =
        random_() % 3 == 0
            ? static_cast<uint32_t>(random_() % (uint64_t{limit_} + 1))
            : limit_ + static_cast<uint32_t>(random_() % 1000);
    ++unread_settings_;
    unread_change_ += int64_t{limit} - limit_;
    if (random_() % 2 == 0) {  // the peer reads all but the acknowledgement
      peer_.Update(unread_change_);
      unread_change_ = 0;
    }
    peer_.Update(window_.SetLimit(limit));
    limit_ = limit;
    highest_limit_ = std::max(highest_limit_, limit);
  }
  void ReadSettings() {
    if (unread_settings_ == 0) return;
    peer_.Update(unread_change_);
    unread_change_ = 0;
    unread_settings_ = 0;
    peer_.Update(window_.OnLimitAcked());
  }

  std::mt19937_64 random_;
  const uint32_t largest_ = 300000;
  uint32_t limit_;
  uint32_t highest_limit_;
  int unread_settings_ = 0;  // not acknowledged
  int64_t unread_change_ = 0;
  StreamReceiveWindow window_;
  PeerCount peer_;
  uint32_t message_ = 5;
  int64_t received_ = 0;  // but not read
  int messages_ = 0;
};

TEST(ReceiveWindowPropertyTest, StreamAgreesWithThePeer) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    StreamProperty property(seed);
    for (int i = 0; i < 5000; ++i) {
      property.Step();
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
    EXPECT_GT(property.messages(), 100) << "seed " << seed;
  }
}

}  // namespace
}  // namespace loopy
