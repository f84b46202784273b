// libloopy_preload.so: under LD_PRELOAD it gives the gRPC of any program the
// loopy transport, as the default of its client channels.
//
// It defines one of gRPC's exported functions, the one that fills in each core
// configuration, also after the program has reset it. Every program inherits
// LD_PRELOAD, shells and all: so nothing of gRPC is linked here. The transport
// itself, libloopy_transport.so in the same folder, is loaded when gRPC calls.

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/core_glue/supported_version.h"

#define LOOPY_BUILD_CORE_CONFIGURATION \
  "_ZN9grpc_core22BuildCoreConfigurationEPNS_17CoreConfiguration7BuilderE"

namespace {

constexpr char kTransportLibrary[] = "libloopy_transport.so";

using BuildFunction = void (*)(void* builder);
using VersionFunction = const char* (*)();

// The folder of this library, with a slash; "" if unknown.
char folder[PATH_MAX];

// Early, while a relative LD_PRELOAD still means what it meant.
__attribute__((constructor)) void FindFolder() {
  Dl_info info;
  if (dladdr(folder, &info) == 0 ||
      realpath(info.dli_fname, folder) == nullptr) {
    folder[0] = '\0';
    return;
  }
  strrchr(folder, '/')[1] = '\0';
}

void Complain(const char* what, const char* detail) {
  fprintf(stderr,
          "loopy: %s%s%s: client channels keep gRPC's built-in transport\n",
          what, *detail == '\0' ? "" : ": ", detail);
}

// gRPC's library, which `address` is in: it need not be in the global scope.
void* LibraryOf(void* address) {
  Dl_info info;
  if (dladdr(address, &info) == 0) return nullptr;
  return dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
}

pthread_once_t transport_once = PTHREAD_ONCE_INIT;
void* grpc_library = nullptr;
BuildFunction add_transport = nullptr;  // null: not to be had

void LoadTransport() {
  void* const version_function =
      grpc_library == nullptr ? nullptr
                              : dlsym(grpc_library, "grpc_version_string");
  const char* const version =
      version_function == nullptr
          ? "unknown"
          : reinterpret_cast<VersionFunction>(version_function)();
  if (strcmp(version, loopy::kSupportedGrpcCoreVersion) != 0) {
    char detail[128];
    snprintf(detail, sizeof(detail), "gRPC core %s, and not %s (gRPC %s)",
             version, loopy::kSupportedGrpcCoreVersion,
             loopy::kSupportedGrpcVersion);
    Complain("this program has", detail);
    return;
  }
  char path[PATH_MAX + sizeof(kTransportLibrary)];
  snprintf(path, sizeof(path), "%s%s", folder, kTransportLibrary);
  void* const transport = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (transport == nullptr) {
    Complain("cannot load the transport", dlerror());
    return;
  }
  add_transport = reinterpret_cast<BuildFunction>(
      dlsym(transport, "loopy_preload_add_transport"));
  if (add_transport == nullptr) Complain("not the transport", path);
}

bool Disabled() {
  const char* const value = getenv("LOOPY_TRANSPORT");
  return value != nullptr && strcmp(value, "0") == 0;
}

void BuildCoreConfiguration(void* builder, void* caller) {
  void* real = dlsym(RTLD_NEXT, LOOPY_BUILD_CORE_CONFIGURATION);
  void* const library = LibraryOf(real != nullptr ? real : caller);
  if (real == nullptr && library != nullptr) {
    real = dlsym(library, LOOPY_BUILD_CORE_CONFIGURATION);
  }
  if (real == nullptr) {
    fprintf(stderr,
            "loopy: gRPC's BuildCoreConfiguration is not to be found\n");
    abort();
  }
  if (!Disabled()) {
    __atomic_store_n(&grpc_library, library, __ATOMIC_RELEASE);
    pthread_once(&transport_once, LoadTransport);
    if (add_transport != nullptr) add_transport(builder);
  }
  reinterpret_cast<BuildFunction>(real)(builder);
}

}  // namespace

// grpc_core::BuildCoreConfiguration(grpc_core::CoreConfiguration::Builder*)
__attribute__((visibility("default"))) void InterposedBuild(void* builder) asm(
    LOOPY_BUILD_CORE_CONFIGURATION);

void InterposedBuild(void* builder) {
  BuildCoreConfiguration(builder, __builtin_return_address(0));
}
