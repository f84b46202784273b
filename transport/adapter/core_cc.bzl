"""Rules for C++ that includes gRPC's internal headers (src/core/...)."""

load("@grpc_release//:release.bzl", "GRPC_FROM_SOURCE")
load("@rules_cc//cc:defs.bzl", "cc_library", "cc_test")

# gRPC's headers define templates and inline functions with static data, which
# every library that includes them has a copy of, and which the dynamic linker
# makes one of. The installed libgrpc.so was built as C++14, where some of it is
# initialised when it is first used; in C++17 it is constant, and lies in
# read-only memory. So our copies must be our own: hidden. What is hidden is
# found only by what is linked with it, hence the static libraries. What gRPC
# means to be one, such as the numbers of 1.83's arena contexts, has to be asked
# of libgrpc (transport/releases/v1_83/call_tracer_of.h).
#
# The structs in those headers have another layout with NDEBUG. Debian builds
# gRPC without it, and `-c opt` defines it. A gRPC from source is built in the
# same mode as we are.
_COPTS = ["-fvisibility=hidden"] + ([] if GRPC_FROM_SOURCE else ["-UNDEBUG"])

# A gRPC built from source has its internal headers in targets that we may not
# name (bazel/grpc_from_source.bzl), which layering_check would not forgive.
_FEATURES = ["-layering_check"] if GRPC_FROM_SOURCE else []

def core_cc_library(name, copts = [], **kwargs):
    cc_library(
        name = name,
        copts = _COPTS + copts,
        features = _FEATURES,
        linkstatic = True,
        **kwargs
    )

def core_cc_test(name, copts = [], **kwargs):
    cc_test(
        name = name,
        copts = _COPTS + copts,
        **kwargs
    )
