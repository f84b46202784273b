#include "transport/adapter/registration/core_configuration_access.h"

#include <atomic>
#include <map>
#include <vector>

namespace loopy {
namespace {

using grpc_core::CoreConfiguration;
using Scope = CoreConfiguration::BuilderScope;
using BuilderList = std::atomic<CoreConfiguration::RegisteredBuilder*>;

std::atomic<CoreConfiguration*>& CurrentConfiguration();
BuilderList& RegisteredBuilders(Scope scope);

// Defines the functions above. It is instantiated below with gRPC's private
// members.
template <std::atomic<CoreConfiguration*>* current,
          BuilderList (*builders)[static_cast<size_t>(Scope::kCount)]>
struct GrantAccess {
  friend std::atomic<CoreConfiguration*>& CurrentConfiguration() {
    return *current;
  }
  friend BuilderList& RegisteredBuilders(Scope scope) {
    return (*builders)[static_cast<size_t>(scope)];
  }
};
template struct GrantAccess<&CoreConfiguration::config_,
                            &CoreConfiguration::builders_>;

}  // namespace

void AddToCoreConfigurationBuilders(CoreConfigurationBuildFunction build) {
  // An entry cannot be asked whether it is ours; the list can be searched.
  static std::map<CoreConfigurationBuildFunction, const void*>& added =
      *new std::map<CoreConfigurationBuildFunction, const void*>();
  BuilderList& list = RegisteredBuilders(Scope::kPersistent);
  CoreConfiguration::RegisteredBuilder* const first =
      list.load(std::memory_order_acquire);
  for (auto* entry = first; entry != nullptr; entry = entry->next) {
    if (entry == added[build]) return;
  }
  auto* const entry =
      new CoreConfiguration::RegisteredBuilder{build, first, {}};
  while (!list.compare_exchange_weak(entry->next, entry,
                                     std::memory_order_acq_rel,
                                     std::memory_order_relaxed)) {
  }
  added[build] = entry;
}

bool HasCoreConfiguration() {
  return CurrentConfiguration().load(std::memory_order_acquire) != nullptr;
}

void RebuildCoreConfiguration() {
  CoreConfiguration::RegisteredBuilder* const ephemeral =
      RegisteredBuilders(Scope::kEphemeral).load(std::memory_order_acquire);
  // Each list has the last one first, and the persistent ones run first.
  std::vector<CoreConfiguration::RegisteredBuilder*> builders;
  for (const Scope scope : {Scope::kEphemeral, Scope::kPersistent}) {
    for (auto* entry =
             RegisteredBuilders(scope).load(std::memory_order_acquire);
         entry != nullptr; entry = entry->next) {
      builders.insert(builders.begin(), entry);
    }
  }
  // Its constructor installs what it builds. Its destructor would put back the
  // old configuration, which it keeps alive, so it is never destroyed.
  static auto* const substitutes =
      new std::vector<CoreConfiguration::WithSubstituteBuilder*>();
  substitutes->push_back(new CoreConfiguration::WithSubstituteBuilder(
      [&builders](CoreConfiguration::Builder* builder) {
        for (auto* entry : builders) entry->builder(builder);
        grpc_core::BuildCoreConfiguration(builder);
      }));
  // The constructor has emptied the list.
  RegisteredBuilders(Scope::kEphemeral)
      .store(ephemeral, std::memory_order_release);
}

}  // namespace loopy
