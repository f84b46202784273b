"""Rules for C++ that includes gRPC's internal headers (src/core/...)."""

load("@grpc_generation//:generation.bzl", "GRPC_GENERATION")
load("@rules_cc//cc:defs.bzl", "cc_library", "cc_test")

# gRPC's headers define templates and inline functions with static data, which
# every library that includes them has a copy of, and which the dynamic linker
# makes one of. The installed libgrpc.so was built as C++14, where some of it is
# initialised when it is first used; in C++17 it is constant, and lies in
# read-only memory. So our copies must be our own: hidden. What is hidden is
# found only by what is linked with it, hence the static libraries. What gRPC
# means to be one, such as the numbers of 1.83's arena contexts, has to be asked
# of libgrpc (v1_83/call_tracer_of.h).
_COPTS = ["-fvisibility=hidden"]

def core_cc_library(name, copts = [], **kwargs):
    cc_library(
        name = name,
        copts = _COPTS + copts,
        linkstatic = True,
        **kwargs
    )

# For the folder of a generation of gRPC: with another one installed there is no
# such target.
def generation_cc_library(**kwargs):
    if native.package_name().split("/")[-1] == GRPC_GENERATION:
        core_cc_library(**kwargs)

def core_cc_test(name, copts = [], **kwargs):
    cc_test(
        name = name,
        copts = _COPTS + copts,
        **kwargs
    )
