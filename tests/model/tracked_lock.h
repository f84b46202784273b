#ifndef LOOPY_TESTS_MODEL_TRACKED_LOCK_H_
#define LOOPY_TESTS_MODEL_TRACKED_LOCK_H_

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/types/optional.h"

namespace loopy {

// A small program of agents (threads, timers, the peer) that take locks and
// wait for one another, as a table of steps. Explore() runs it in every order
// there is, without threads and without blocking, and looks in each state for
// agents that can never go on.
//
//   Model model;
//   const Model::Lock mu = model.AddLock("mu");
//   const Model::Variable written = model.AddVariable();
//   const Model::Agent writer = model.AddAgent("writer");
//   const Model::Agent peer = model.AddAgent("peer");
//   model.On(writer).Take(mu)
//       .Wait("the write", IsSet(written), {peer})
//       .Give(mu);
//   Model::Report report = model.Explore();
//
// A step is atomic, with the locks that are given after it: to give one later
// is no other order, since nobody could have taken it meanwhile. An agent that
// waits is lost when all of those that could end its wait have finished or are
// lost themselves: the wait-for graph of locks (one holder) and of resources
// (any of several agents may end the wait).
//
// Not thread-safe.
class Model {
 public:
  enum class Lock : size_t {};
  enum class Variable : size_t {};
  enum class Agent : size_t {};

  // Variables are rows of letters: a flag is set when it is not empty, a queue
  // has its front first.
  class State {
   public:
    std::string& operator[](Variable v) {
      return values_[static_cast<size_t>(v)];
    }
    const std::string& operator[](Variable v) const {
      return values_[static_cast<size_t>(v)];
    }
    bool operator==(const State& other) const;

   private:
    friend class Model;
    struct Hash {
      size_t operator()(const State& state) const;
    };
    std::vector<std::string> values_;
    std::vector<size_t> holders_;   // of each lock; kNobody
    std::vector<size_t> counters_;  // each agent's next step
  };

  using Effect = std::function<void(State&)>;
  using Condition = std::function<bool(const State&)>;

  // Adds steps to an agent, in order.
  class Steps {
   public:
    Steps& Take(Lock lock);
    Steps& Give(Lock lock);
    // Something that needs nobody else.
    Steps& Do(std::string text, Effect effect);
    // Waits for `resource` until `ready`. Only `by` make it ready.
    Steps& Wait(std::string resource, Condition ready, std::vector<Agent> by,
                Effect then = nullptr);
    // As Wait, but it is no fault to wait here for ever: there is no work.
    Steps& Idle(std::string resource, Condition ready, std::vector<Agent> by,
                Effect then = nullptr);
    // The agent has finished if `condition`.
    Steps& ReturnIf(Condition condition);
    // Starts again with the first step.
    Steps& Repeat();

   private:
    friend class Model;
    Steps(Model* model, size_t agent) : model_(model), agent_(agent) {}
    Model* const model_;
    const size_t agent_;
  };

  struct Deadlock {
    // Who waits for what, by whom, one line each: "a waits for x, held by b".
    std::vector<std::string> waits;
    // The waits are a circle. Else the last one can be ended by nobody.
    bool is_cycle = false;
    // The shortest way there.
    std::vector<std::string> trace;

    std::string ToString() const;
  };

  struct Report {
    size_t states = 0;
    // The first one found, by the length of the way.
    absl::optional<Deadlock> deadlock;
    // Every "agent waits for resource" that happens, locks included, and those
    // that happen with a lock held: "agent waits for resource holding lock".
    std::set<std::string> waits;
    std::set<std::string> waits_with_lock;
    // Where nothing moves any more.
    std::vector<State> ends;
  };

  Lock AddLock(std::string name);
  Variable AddVariable(std::string initial = "");
  Agent AddAgent(std::string name);
  Steps On(Agent agent) { return Steps(this, static_cast<size_t>(agent)); }

  // Visits every state that can be reached; `on_state` sees each once.
  Report Explore(const std::function<void(const State&)>& on_state = nullptr);

  // Whether `agent` has no step left.
  bool Finished(const State& state, Agent agent) const {
    return Finished(state, static_cast<size_t>(agent));
  }

 private:
  static constexpr size_t kNobody = static_cast<size_t>(-1);

  struct Step {
    enum class Kind { kTake, kGive, kDo, kWait, kIdle, kReturnIf, kRepeat };
    Kind kind;
    std::string text;  // of the lock, the resource or the effect
    size_t lock = 0;
    Condition condition;
    std::vector<size_t> by;
    Effect effect;
  };
  struct AgentSteps {
    std::string name;
    std::vector<Step> steps;
  };

  void AddStep(size_t agent, Step step);
  bool Finished(const State& state, size_t agent) const;
  bool Enabled(const State& state, size_t agent) const;
  State After(const State& state, size_t agent) const;
  bool GivesNext(const State& state, size_t agent) const;
  void Run(size_t agent, State* state) const;
  std::string Describe(const State& state, size_t agent) const;
  // Who could end what a blocked agent waits for.
  std::vector<size_t> Enders(const State& state, size_t agent) const;
  // For each agent, whether it can never go on.
  std::vector<bool> Lost(const State& state) const;
  absl::optional<Deadlock> FindDeadlock(const State& state) const;
  std::string DescribeWait(const State& state, size_t agent,
                           size_t ender) const;
  // A circle of lost agents, or the longest row from `agent` on.
  std::vector<size_t> FollowWaits(const State& state,
                                  const std::vector<bool>& lost, size_t agent,
                                  bool* is_cycle) const;
  void NoteWaits(const State& state, Report* report) const;

  std::vector<std::string> locks_;
  std::vector<std::string> initial_;
  std::vector<AgentSteps> agents_;
};

// The condition that a flag or a queue is not empty, and that it is.
Model::Condition IsSet(Model::Variable v);
Model::Condition IsEmpty(Model::Variable v);
// Sets a flag.
Model::Effect Set(Model::Variable v);

}  // namespace loopy

#endif  // LOOPY_TESTS_MODEL_TRACKED_LOCK_H_
