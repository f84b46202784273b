// libloopy_preload.so: under LD_PRELOAD it gives the gRPC of any program the
// loopy transport, as the default of its client channels.
//
// It defines one of gRPC's exported functions, the one that fills in each core
// configuration, also after the program has reset it. Every program inherits
// LD_PRELOAD, even a shell, so nothing of gRPC is linked here. The transport
// itself is loaded when gRPC calls. It lies in the same folder, once for each
// of gRPC's two libraries: a process must not get the other one as well.

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/adapter/registration/supported_version.h"

#define LOOPY_BUILD_CORE_CONFIGURATION \
  "_ZN9grpc_core22BuildCoreConfigurationEPNS_17CoreConfiguration7BuilderE"

namespace {

constexpr char kTransport[] = "libloopy_transport.so";
constexpr char kTransportUnsecure[] = "libloopy_transport_unsecure.so";

using BuildFunction = void (*)(void* builder);
using VersionFunction = const char* (*)();

// Returns the folder of this library, with a slash; "" if unknown.
char folder[PATH_MAX];

// This runs early, while a relative LD_PRELOAD still means what it meant.
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

// Finds gRPC's library, which need not be in the global scope.
struct GrpcLibrary {
  void* handle = nullptr;
  bool unsecure = false;  // libgrpc_unsecure
};

GrpcLibrary LibraryOf(void* address) {
  Dl_info info;
  if (dladdr(address, &info) == 0) return {};
  return {dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD),
          strstr(info.dli_fname, "/libgrpc_unsecure.so") != nullptr};
}

// Null if the transport cannot be loaded.
BuildFunction LoadTransport(const GrpcLibrary& grpc) {
  void* const version_function =
      grpc.handle == nullptr ? nullptr
                             : dlsym(grpc.handle, "grpc_version_string");
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
    return nullptr;
  }
  char path[PATH_MAX + sizeof(kTransportUnsecure)];
  snprintf(path, sizeof(path), "%s%s", folder,
           grpc.unsecure ? kTransportUnsecure : kTransport);
  void* const transport = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (transport == nullptr) {
    Complain("cannot load the transport", dlerror());
    return nullptr;
  }
  void* const add = dlsym(transport, "loopy_preload_add_transport");
  if (add == nullptr) Complain("not the transport", path);
  return reinterpret_cast<BuildFunction>(add);
}

// Returns the transport for this process, which is loaded once.
BuildFunction Transport(const GrpcLibrary& grpc) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static bool loaded = false;
  static BuildFunction add_transport = nullptr;
  pthread_mutex_lock(&mutex);
  if (!loaded) add_transport = LoadTransport(grpc);
  loaded = true;
  pthread_mutex_unlock(&mutex);
  return add_transport;
}

bool Disabled() {
  const char* const value = getenv("LOOPY_TRANSPORT");
  return value != nullptr && strcmp(value, "0") == 0;
}

void BuildCoreConfiguration(void* builder, void* caller) {
  void* real = dlsym(RTLD_NEXT, LOOPY_BUILD_CORE_CONFIGURATION);
  const GrpcLibrary grpc = LibraryOf(real != nullptr ? real : caller);
  if (real == nullptr && grpc.handle != nullptr) {
    real = dlsym(grpc.handle, LOOPY_BUILD_CORE_CONFIGURATION);
  }
  if (real == nullptr) {
    fprintf(stderr,
            "loopy: gRPC's BuildCoreConfiguration is not to be found\n");
    abort();
  }
  if (!Disabled()) {
    const BuildFunction add_transport = Transport(grpc);
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
