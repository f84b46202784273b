#include "transport/adapter/registration/core_configuration_access.h"

#include <atomic>
#include <vector>

namespace loopy {
namespace {

using grpc_core::CoreConfiguration;

std::atomic<CoreConfiguration*>& CurrentConfiguration();
std::atomic<CoreConfiguration::RegisteredBuilder*>& RegisteredBuilders();

// Defines the functions above. It is instantiated below with gRPC's private
// members.
template <std::atomic<CoreConfiguration*>* current,
          std::atomic<CoreConfiguration::RegisteredBuilder*>* builders>
struct GrantAccess {
  friend std::atomic<CoreConfiguration*>& CurrentConfiguration() {
    return *current;
  }
  friend std::atomic<CoreConfiguration::RegisteredBuilder*>&
  RegisteredBuilders() {
    return *builders;
  }
};
template struct GrantAccess<&CoreConfiguration::config_,
                            &CoreConfiguration::builders_>;

}  // namespace

void AddToCoreConfigurationBuilders(CoreConfigurationBuildFunction build) {
  CoreConfiguration::RegisteredBuilder* const first =
      RegisteredBuilders().load(std::memory_order_acquire);
  for (auto* entry = first; entry != nullptr; entry = entry->next) {
    const auto* const function =
        entry->builder.target<CoreConfigurationBuildFunction>();
    if (function != nullptr && *function == build) return;
  }
  auto* const entry = new CoreConfiguration::RegisteredBuilder{build, first};
  while (!RegisteredBuilders().compare_exchange_weak(
      entry->next, entry, std::memory_order_acq_rel,
      std::memory_order_relaxed)) {
  }
}

bool HasCoreConfiguration() {
  return CurrentConfiguration().load(std::memory_order_acquire) != nullptr;
}

void RebuildCoreConfiguration() {
  CoreConfiguration::RegisteredBuilder* const first =
      RegisteredBuilders().load(std::memory_order_acquire);
  // The list has the last one first.
  std::vector<CoreConfiguration::RegisteredBuilder*> builders;
  for (auto* entry = first; entry != nullptr; entry = entry->next) {
    builders.insert(builders.begin(), entry);
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
  RegisteredBuilders().store(first, std::memory_order_release);
}

}  // namespace loopy
