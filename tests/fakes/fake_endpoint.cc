#include "tests/fakes/fake_endpoint.h"

#include <utility>

#include "gtest/gtest.h"

namespace loopy {

// The user owns this. It forwards, and reports its destruction.
class FakeEndpoint::Lent final : public Endpoint {
 public:
  explicit Lent(std::shared_ptr<FakeEndpoint> fake) : fake_(std::move(fake)) {}
  ~Lent() override { fake_->OnDestroyed(); }

  void SetObservers(ReadObserver* reader, WriteObserver* writer) override {
    fake_->SetObservers(reader, writer);
  }
  void StartRead() override { fake_->StartRead(); }
  void StartWrite(SliceBuffer* bytes) override { fake_->StartWrite(bytes); }
  bool RequestTurn() override { return fake_->RequestTurn(); }
  bool HandOver() override { return fake_->HandOver(); }
  bool MaybeHandOver() override { return fake_->MaybeHandOver(); }
  void SetUnsentLimit(size_t bytes) override { fake_->SetUnsentLimit(bytes); }
  bool HasUnsentBytes() override { return fake_->HasUnsentBytes(); }
  absl::optional<uint64_t> SentBytes() override { return fake_->SentBytes(); }
  bool PeerHasClosed() override { return fake_->PeerHasClosed(); }
  void Shutdown(absl::Status why) override { fake_->Shutdown(std::move(why)); }
  void Abort(absl::Status why) override { fake_->Abort(std::move(why)); }
  absl::string_view peer() const override { return fake_->peer(); }

 private:
  const std::shared_ptr<FakeEndpoint> fake_;
};

FakeEndpoint::~FakeEndpoint() {
  MutexLock lock(&mu_);
  if (!lent_ && (read_pending_ || write_pending_ || turn_ != nullptr)) {
    ADD_FAILURE() << "endpoint destroyed with something under way";
  }
}

std::unique_ptr<Endpoint> FakeEndpoint::Lend() {
  MutexLock lock(&mu_);
  if (lent_) ADD_FAILURE() << "endpoint lent twice";
  lent_ = true;
  return std::make_unique<Lent>(shared_from_this());
}

void FakeEndpoint::OnDestroyed() {
  MutexLock lock(&mu_);
  if (read_pending_ || write_pending_ || turn_ != nullptr) {
    ADD_FAILURE() << "endpoint destroyed with something under way";
  }
  destroyed_ = true;
  read_pending_ = false;
  write_pending_ = false;
  turn_ = nullptr;
}

void FakeEndpoint::SetObservers(ReadObserver* reader, WriteObserver* writer) {
  MutexLock lock(&mu_);
  if (reader_ != nullptr) ADD_FAILURE() << "observers set twice";
  reader_ = reader;
  writer_ = writer;
}

void FakeEndpoint::StartRead() {
  MutexLock lock(&mu_);
  if (reader_ == nullptr) ADD_FAILURE() << "read without an observer";
  if (read_pending_) ADD_FAILURE() << "two reads at a time";
  read_pending_ = true;
  if (ReadableLocked()) due_.push_back([this] { return DeliverRead(); });
}

void FakeEndpoint::StartWrite(SliceBuffer* bytes) {
  MutexLock lock(&mu_);
  if (writer_ == nullptr) ADD_FAILURE() << "write without an observer";
  if (write_pending_) ADD_FAILURE() << "two writes at a time";
  if (turn_ != nullptr) ADD_FAILURE() << "a write before the turn";
  if (bytes->empty()) ADD_FAILURE() << "write of no bytes";
  write_pending_ = true;
  if (write_error_.ok()) writes_.push_back(bytes->ToString());
  bytes->Clear();
  if (!write_error_.ok() || mode_ == WriteMode::kAutomatic) {
    QueueWriteEndLocked(write_error_);
  }
}

bool FakeEndpoint::RequestTurn() {
  MutexLock lock(&mu_);
  if (!gives_turns_) return false;
  AddTurnLocked(&WriteObserver::OnTurn);
  return true;
}

bool FakeEndpoint::HandOver() {
  MutexLock lock(&mu_);
  if (!hands_over_) return false;
  AddTurnLocked(&WriteObserver::OnTakeOver);
  return true;
}

bool FakeEndpoint::MaybeHandOver() {
  MutexLock lock(&mu_);
  if (!std::exchange(hands_next_over_, false)) return false;
  AddTurnLocked(&WriteObserver::OnTakeOver);
  return true;
}

void FakeEndpoint::AddTurnLocked(Turn turn) {
  if (write_pending_) ADD_FAILURE() << "a turn during a write";
  if (turn_ != nullptr) ADD_FAILURE() << "two turns at a time";
  turn_ = turn;
  due_.push_back([this] { return GiveTurn(); });
}

void FakeEndpoint::SetHandsOver(bool hands_over) {
  MutexLock lock(&mu_);
  hands_over_ = hands_over;
}

void FakeEndpoint::HandOverNextWrite() {
  MutexLock lock(&mu_);
  hands_next_over_ = true;
}

void FakeEndpoint::SetGivesTurns(bool gives) {
  MutexLock lock(&mu_);
  gives_turns_ = gives;
}

bool FakeEndpoint::GiveTurn() {
  WriteObserver* writer = nullptr;
  Turn turn = nullptr;
  {
    MutexLock lock(&mu_);
    if (turn_ == nullptr) return false;
    turn = std::exchange(turn_, nullptr);
    writer = writer_;
  }
  (writer->*turn)();
  return true;
}

void FakeEndpoint::SetUnsentLimit(size_t bytes) {
  MutexLock lock(&mu_);
  unsent_limit_ = bytes;
}

size_t FakeEndpoint::unsent_limit() const {
  MutexLock lock(&mu_);
  return unsent_limit_;
}

bool FakeEndpoint::HasUnsentBytes() {
  MutexLock lock(&mu_);
  return has_unsent_bytes_;
}

void FakeEndpoint::SetHasUnsentBytes(bool has) {
  MutexLock lock(&mu_);
  has_unsent_bytes_ = has;
}

void FakeEndpoint::Shutdown(absl::Status why) {
  MutexLock lock(&mu_);
  if (why.ok()) ADD_FAILURE() << "shut down with OK";
  if (shutdown_.has_value()) return;
  shutdown_ = why;
  received_.Clear();
  read_error_ = why;
  write_error_ = why;
  if (read_pending_) due_.push_back([this] { return DeliverRead(); });
  if (write_pending_) QueueWriteEndLocked(why);
}

void FakeEndpoint::Abort(absl::Status why) {
  {
    MutexLock lock(&mu_);
    aborted_ = true;
  }
  Shutdown(std::move(why));
}

size_t FakeEndpoint::Pump() {
  size_t ran = 0;
  while (true) {
    absl::AnyInvocable<bool()> callback;
    {
      MutexLock lock(&mu_);
      if (due_.empty()) return ran;
      callback = std::move(due_.front());
      due_.pop_front();
    }
    if (callback()) ++ran;
  }
}

void FakeEndpoint::Feed(std::string bytes) {
  {
    MutexLock lock(&mu_);
    if (!read_error_.ok()) return;  // no read will take it
    received_.Append(Slice::FromCopy(bytes));
  }
  DeliverRead();
}

void FakeEndpoint::CloseByPeer(absl::Status why) {
  {
    MutexLock lock(&mu_);
    if (!read_error_.ok()) return;
    read_error_ = std::move(why);
  }
  DeliverRead();
}

void FakeEndpoint::CloseByPeerUnseen() {
  MutexLock lock(&mu_);
  closed_unseen_ = true;
}

bool FakeEndpoint::PeerHasClosed() {
  MutexLock lock(&mu_);
  return closed_unseen_;
}

void FakeEndpoint::SetSentBytes(uint64_t bytes) {
  MutexLock lock(&mu_);
  sent_bytes_ = bytes;
}

absl::optional<uint64_t> FakeEndpoint::SentBytes() {
  MutexLock lock(&mu_);
  return sent_bytes_;
}

bool FakeEndpoint::CompleteWrite() {
  {
    MutexLock lock(&mu_);
    if (mode_ == WriteMode::kStuck || !write_error_.ok()) return false;
  }
  return EndWrite(absl::OkStatus());
}

bool FakeEndpoint::FailWrite(absl::Status why) {
  {
    MutexLock lock(&mu_);
    if (write_error_.ok()) write_error_ = why;
  }
  return EndWrite(std::move(why));
}

void FakeEndpoint::SetWriteMode(WriteMode mode) {
  MutexLock lock(&mu_);
  mode_ = mode;
  if (write_pending_ && mode == WriteMode::kAutomatic) {
    QueueWriteEndLocked(write_error_);
  }
}

std::vector<std::string> FakeEndpoint::writes() const {
  MutexLock lock(&mu_);
  return writes_;
}

std::string FakeEndpoint::TakeWritten() {
  MutexLock lock(&mu_);
  std::string bytes;
  for (; writes_taken_ < writes_.size(); ++writes_taken_) {
    bytes += writes_[writes_taken_];
  }
  return bytes;
}

bool FakeEndpoint::write_pending() const {
  MutexLock lock(&mu_);
  return write_pending_;
}

bool FakeEndpoint::turn_pending() const {
  MutexLock lock(&mu_);
  return turn_ != nullptr;
}

bool FakeEndpoint::read_pending() const {
  MutexLock lock(&mu_);
  return read_pending_;
}

absl::optional<absl::Status> FakeEndpoint::shutdown() const {
  MutexLock lock(&mu_);
  return shutdown_;
}

bool FakeEndpoint::aborted() const {
  MutexLock lock(&mu_);
  return aborted_;
}

bool FakeEndpoint::destroyed() const {
  MutexLock lock(&mu_);
  return destroyed_;
}

bool FakeEndpoint::ReadableLocked() const {
  return !received_.empty() || !read_error_.ok();
}

bool FakeEndpoint::DeliverRead() {
  ReadObserver* reader = nullptr;
  SliceBuffer bytes;
  absl::Status status;
  {
    MutexLock lock(&mu_);
    if (!read_pending_ || !ReadableLocked()) return false;
    read_pending_ = false;
    reader = reader_;
    if (received_.empty()) status = read_error_;
    bytes.Swap(&received_);
  }
  reader->OnRead(std::move(status), &bytes);
  return true;
}

bool FakeEndpoint::EndWrite(absl::Status status) {
  WriteObserver* writer = nullptr;
  {
    MutexLock lock(&mu_);
    if (!write_pending_) return false;
    write_pending_ = false;
    writer = writer_;
  }
  writer->OnWriteDone(std::move(status));
  return true;
}

void FakeEndpoint::QueueWriteEndLocked(absl::Status status) {
  due_.push_back([this, status = std::move(status)] {
    return (!status.ok() || MayComplete()) && EndWrite(status);
  });
}

bool FakeEndpoint::MayComplete() const {
  MutexLock lock(&mu_);
  return mode_ == WriteMode::kAutomatic && write_error_.ok();
}

}  // namespace loopy
