#include "tests/model/tracked_lock.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace loopy {

bool Model::State::operator==(const State& other) const {
  return counters_ == other.counters_ && holders_ == other.holders_ &&
         values_ == other.values_;
}

size_t Model::State::Hash::operator()(const State& state) const {
  // Variables and locks mostly change together with a counter.
  size_t hash = 0;
  for (const size_t counter : state.counters_) hash = hash * 131 + counter;
  for (const std::string& value : state.values_) {
    hash = hash * 131 + value.size();
  }
  return hash;
}

Model::Steps& Model::Steps::Take(Lock lock) {
  const size_t i = static_cast<size_t>(lock);
  model_->AddStep(agent_,
                  {Step::Kind::kTake, model_->locks_[i], i, {}, {}, {}});
  return *this;
}

Model::Steps& Model::Steps::Give(Lock lock) {
  const size_t i = static_cast<size_t>(lock);
  model_->AddStep(agent_,
                  {Step::Kind::kGive, model_->locks_[i], i, {}, {}, {}});
  return *this;
}

Model::Steps& Model::Steps::Do(std::string text, Effect effect) {
  model_->AddStep(
      agent_, {Step::Kind::kDo, std::move(text), 0, {}, {}, std::move(effect)});
  return *this;
}

Model::Steps& Model::Steps::Wait(std::string resource, Condition ready,
                                 std::vector<Agent> by, Effect then) {
  std::vector<size_t> enders;
  for (const Agent agent : by) enders.push_back(static_cast<size_t>(agent));
  model_->AddStep(agent_,
                  {Step::Kind::kWait, std::move(resource), 0, std::move(ready),
                   std::move(enders), std::move(then)});
  return *this;
}

Model::Steps& Model::Steps::Idle(std::string resource, Condition ready,
                                 std::vector<Agent> by, Effect then) {
  Wait(std::move(resource), std::move(ready), std::move(by), std::move(then));
  model_->agents_[agent_].steps.back().kind = Step::Kind::kIdle;
  return *this;
}

Model::Steps& Model::Steps::ReturnIf(Condition condition) {
  model_->AddStep(agent_, {Step::Kind::kReturnIf,
                           "returns, or not",
                           0,
                           std::move(condition),
                           {},
                           {}});
  return *this;
}

Model::Steps& Model::Steps::Repeat() {
  model_->AddStep(agent_, {Step::Kind::kRepeat, "starts again", 0, {}, {}, {}});
  return *this;
}

std::string Model::Deadlock::ToString() const {
  return absl::StrCat(is_cycle ? "cycle:\n  " : "dead end:\n  ",
                      absl::StrJoin(waits, "\n  "), "\nafter:\n  ",
                      absl::StrJoin(trace, "\n  "), "\n");
}

Model::Lock Model::AddLock(std::string name) {
  locks_.push_back(std::move(name));
  return Lock{locks_.size() - 1};
}

Model::Variable Model::AddVariable(std::string initial) {
  initial_.push_back(std::move(initial));
  return Variable{initial_.size() - 1};
}

Model::Agent Model::AddAgent(std::string name) {
  agents_.push_back({std::move(name), {}});
  return Agent{agents_.size() - 1};
}

void Model::AddStep(size_t agent, Step step) {
  agents_[agent].steps.push_back(std::move(step));
}

bool Model::Finished(const State& state, size_t agent) const {
  return state.counters_[agent] == agents_[agent].steps.size();
}

bool Model::Enabled(const State& state, size_t agent) const {
  if (Finished(state, agent)) return false;
  const Step& step = agents_[agent].steps[state.counters_[agent]];
  switch (step.kind) {
    case Step::Kind::kTake:
      return state.holders_[step.lock] == kNobody;
    case Step::Kind::kWait:
    case Step::Kind::kIdle:
      return step.condition(state);
    case Step::Kind::kGive:
    case Step::Kind::kDo:
    case Step::Kind::kReturnIf:
    case Step::Kind::kRepeat:
      return true;
  }
  return false;
}

Model::State Model::After(const State& state, size_t agent) const {
  State next = state;
  do {
    Run(agent, &next);
  } while (GivesNext(next, agent));
  if (Finished(next, agent)) {
    EXPECT_EQ(std::count(next.holders_.begin(), next.holders_.end(), agent), 0)
        << agents_[agent].name << " finishes with a lock";
  }
  return next;
}

bool Model::GivesNext(const State& state, size_t agent) const {
  return !Finished(state, agent) &&
         agents_[agent].steps[state.counters_[agent]].kind == Step::Kind::kGive;
}

void Model::Run(size_t agent, State* state) const {
  size_t& counter = state->counters_[agent];
  const Step& step = agents_[agent].steps[counter];
  ++counter;
  switch (step.kind) {
    case Step::Kind::kTake:
      state->holders_[step.lock] = agent;
      break;
    case Step::Kind::kGive:
      EXPECT_EQ(state->holders_[step.lock], agent)
          << agents_[agent].name << " gives " << step.text;
      state->holders_[step.lock] = kNobody;
      break;
    case Step::Kind::kDo:
    case Step::Kind::kWait:
    case Step::Kind::kIdle:
      if (step.effect) step.effect(*state);
      break;
    case Step::Kind::kReturnIf:
      if (step.condition(*state)) counter = agents_[agent].steps.size();
      break;
    case Step::Kind::kRepeat:
      counter = 0;
      break;
  }
}

std::string Model::Describe(const State& state, size_t agent) const {
  const Step& step = agents_[agent].steps[state.counters_[agent]];
  const std::string& name = agents_[agent].name;
  switch (step.kind) {
    case Step::Kind::kTake:
      return absl::StrCat(name, " takes ", step.text);
    case Step::Kind::kGive:
      return absl::StrCat(name, " gives ", step.text);
    case Step::Kind::kWait:
    case Step::Kind::kIdle:
      return absl::StrCat(name, " got ", step.text);
    case Step::Kind::kDo:
    case Step::Kind::kReturnIf:
    case Step::Kind::kRepeat:
      return absl::StrCat(name, " ", step.text);
  }
  return name;
}

std::vector<size_t> Model::Enders(const State& state, size_t agent) const {
  const Step& step = agents_[agent].steps[state.counters_[agent]];
  if (step.kind == Step::Kind::kTake) return {state.holders_[step.lock]};
  return step.by;
}

std::vector<bool> Model::Lost(const State& state) const {
  // Start with all blocked agents, and remove those whose wait can still end.
  std::vector<bool> lost;
  for (size_t i = 0; i < agents_.size(); ++i) {
    lost.push_back(!Finished(state, i) && !Enabled(state, i));
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < agents_.size(); ++i) {
      if (!lost[i]) continue;
      for (const size_t ender : Enders(state, i)) {
        if (!lost[ender] && !Finished(state, ender)) {
          lost[i] = false;
          changed = true;
        }
      }
    }
  }
  return lost;
}

std::string Model::DescribeWait(const State& state, size_t agent,
                                size_t ender) const {
  const Step& step = agents_[agent].steps[state.counters_[agent]];
  std::string text =
      absl::StrCat(agents_[agent].name, " waits for ", step.text);
  if (ender == kNobody) return absl::StrCat(text, ", ended by nobody");
  const bool lock = step.kind == Step::Kind::kTake;
  absl::StrAppend(&text, lock ? ", held by " : ", ended by ",
                  agents_[ender].name);
  return text;
}

std::vector<size_t> Model::FollowWaits(const State& state,
                                       const std::vector<bool>& lost,
                                       size_t agent, bool* is_cycle) const {
  std::vector<size_t> row = {agent};
  while (true) {
    const std::vector<size_t> enders = Enders(state, row.back());
    const auto next = std::find_if(enders.begin(), enders.end(),
                                   [&lost](size_t i) { return lost[i]; });
    *is_cycle = next != enders.end();
    if (!*is_cycle) return row;
    const auto seen = std::find(row.begin(), row.end(), *next);
    if (seen != row.end()) {
      row.erase(row.begin(), seen);
      return row;
    }
    row.push_back(*next);
  }
}

absl::optional<Model::Deadlock> Model::FindDeadlock(const State& state) const {
  const std::vector<bool> lost = Lost(state);
  for (size_t i = 0; i < agents_.size(); ++i) {
    if (!lost[i]) continue;
    const Step& step = agents_[i].steps[state.counters_[i]];
    if (step.kind == Step::Kind::kIdle) continue;
    Deadlock deadlock;
    const std::vector<size_t> row =
        FollowWaits(state, lost, i, &deadlock.is_cycle);
    for (size_t j = 0; j < row.size(); ++j) {
      const bool last = j + 1 == row.size();
      const size_t after_last = deadlock.is_cycle ? row.front() : kNobody;
      deadlock.waits.push_back(
          DescribeWait(state, row[j], last ? after_last : row[j + 1]));
    }
    return deadlock;
  }
  return absl::nullopt;
}

void Model::NoteWaits(const State& state, Report* report) const {
  for (size_t i = 0; i < agents_.size(); ++i) {
    if (Finished(state, i) || Enabled(state, i)) continue;
    const Step& step = agents_[i].steps[state.counters_[i]];
    const std::string wait =
        absl::StrCat(agents_[i].name, " waits for ", step.text);
    report->waits.insert(wait);
    if (step.kind == Step::Kind::kTake) continue;
    for (size_t lock = 0; lock < locks_.size(); ++lock) {
      if (state.holders_[lock] != i) continue;
      report->waits_with_lock.insert(
          absl::StrCat(wait, " holding ", locks_[lock]));
    }
  }
}

Model::Report Model::Explore(
    const std::function<void(const State&)>& on_state) {
  struct Visit {
    const State* state;
    size_t from;       // the index of the previous visit
    std::string step;  // the step that led here
  };
  State first;
  first.values_ = initial_;
  first.holders_.assign(locks_.size(), kNobody);
  first.counters_.assign(agents_.size(), 0);
  std::unordered_set<State, State::Hash> known;
  std::vector<Visit> visits = {{&*known.insert(first).first, 0, ""}};
  Report report;
  for (size_t i = 0; i < visits.size(); ++i) {  // visits grows: breadth first
    const State& state = *visits[i].state;
    if (on_state) on_state(state);
    NoteWaits(state, &report);
    bool moves = false;
    for (size_t agent = 0; agent < agents_.size(); ++agent) {
      if (!Enabled(state, agent)) continue;
      moves = true;
      const auto [next, is_new] = known.insert(After(state, agent));
      if (is_new) visits.push_back({&*next, i, Describe(state, agent)});
    }
    if (!moves) report.ends.push_back(state);
    if (report.deadlock.has_value()) continue;
    report.deadlock = FindDeadlock(state);
    if (!report.deadlock.has_value()) continue;
    std::vector<std::string>& trace = report.deadlock->trace;
    for (size_t j = i; j != 0; j = visits[j].from) {
      trace.push_back(visits[j].step);
    }
    std::reverse(trace.begin(), trace.end());
  }
  report.states = visits.size();
  return report;
}

Model::Condition IsSet(Model::Variable v) {
  return [v](const Model::State& state) { return !state[v].empty(); };
}

Model::Condition IsEmpty(Model::Variable v) {
  return [v](const Model::State& state) { return state[v].empty(); };
}

Model::Effect Set(Model::Variable v) {
  return [v](Model::State& state) { state[v] = "x"; };
}

}  // namespace loopy
