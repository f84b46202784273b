#ifndef LOOPY_TESTS_MODEL_TRACKED_LOCK_H_
#define LOOPY_TESTS_MODEL_TRACKED_LOCK_H_

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/types/optional.h"

namespace loopy {

// A Model is a small program of agents (threads, timers, the peer) that take
// locks and wait for one another, as a table of steps. Explore() runs it in
// every order, without threads and without blocking, and looks in each state
// for agents that can never go on.
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
// A step is atomic, together with the locks that are given after it. Giving
// them later would be no other order, because no agent could have taken them
// meanwhile. An agent that waits is lost when all agents that could end its
// wait have finished or are lost themselves. That is the wait-for graph of
// locks (one holder) and of resources (any of several agents may end the wait).
//
// Not thread-safe.
class Model {
 public:
  enum class Lock : size_t {};
  enum class Variable : size_t {};
  enum class Agent : size_t {};

  // A State has variables, which are strings of letters. A flag is set when it
  // is not empty; a queue has its front first.
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
    std::vector<size_t> holders_;   // each lock's holder, or kNobody
    std::vector<size_t> counters_;  // each agent's next step
  };

  using Effect = std::function<void(State&)>;
  using Condition = std::function<bool(const State&)>;

  // Adds steps to an agent, in order.
  class Steps {
   public:
    Steps& Take(Lock lock);
    Steps& Give(Lock lock);
    // Adds a step that needs no other agent.
    Steps& Do(std::string text, Effect effect);
    // Waits for `resource` until `ready`. Only the agents `by` make it ready.
    Steps& Wait(std::string resource, Condition ready, std::vector<Agent> by,
                Effect then = nullptr);
    // Waits like Wait, but may wait for ever: there is no work.
    Steps& Idle(std::string resource, Condition ready, std::vector<Agent> by,
                Effect then = nullptr);
    // Finishes the agent if `condition` holds.
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
    // Each wait of the deadlock has one line: "a waits for x, held by b".
    std::vector<std::string> waits;
    // The waits are a cycle. Otherwise no agent can end the last one.
    bool is_cycle = false;
    // The shortest sequence of steps that leads there.
    std::vector<std::string> trace;

    std::string ToString() const;
  };

  struct Report {
    size_t states = 0;
    // The deadlock with the shortest trace.
    absl::optional<Deadlock> deadlock;
    // Every "agent waits for resource" that happens, locks included, and those
    // that happen with a lock held: "agent waits for resource holding lock".
    std::set<std::string> waits;
    std::set<std::string> waits_with_lock;
    // The states in which nothing moves any more.
    std::vector<State> ends;
  };

  Lock AddLock(std::string name);
  Variable AddVariable(std::string initial = "");
  Agent AddAgent(std::string name);
  Steps On(Agent agent) { return Steps(this, static_cast<size_t>(agent)); }

  // Visits every state that can be reached; `on_state` sees each once.
  Report Explore(const std::function<void(const State&)>& on_state = nullptr);

  // Returns whether `agent` has no step left.
  bool Finished(const State& state, Agent agent) const {
    return Finished(state, static_cast<size_t>(agent));
  }

 private:
  static constexpr size_t kNobody = static_cast<size_t>(-1);

  struct Step {
    enum class Kind { kTake, kGive, kDo, kWait, kIdle, kReturnIf, kRepeat };
    Kind kind;
    std::string text;  // names the lock, the resource or the effect
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
  // Returns the agents that could end a blocked agent's wait.
  std::vector<size_t> Enders(const State& state, size_t agent) const;
  // Returns for each agent whether it can never go on.
  std::vector<bool> Lost(const State& state) const;
  absl::optional<Deadlock> FindDeadlock(const State& state) const;
  std::string DescribeWait(const State& state, size_t agent,
                           size_t ender) const;
  // Returns a cycle of lost agents, or the longest chain from `agent` on.
  std::vector<size_t> FollowWaits(const State& state,
                                  const std::vector<bool>& lost, size_t agent,
                                  bool* is_cycle) const;
  void NoteWaits(const State& state, Report* report) const;

  std::vector<std::string> locks_;
  std::vector<std::string> initial_;
  std::vector<AgentSteps> agents_;
};

// These conditions say that a flag or a queue is not empty, and that it is.
Model::Condition IsSet(Model::Variable v);
Model::Condition IsEmpty(Model::Variable v);
// Sets a flag.
Model::Effect Set(Model::Variable v);

}  // namespace loopy

#endif  // LOOPY_TESTS_MODEL_TRACKED_LOCK_H_
