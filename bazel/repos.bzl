"""Every external repository of this workspace, all available offline.

A name that the including WORKSPACE has already declared is left alone, so a
project that builds gRPC, protobuf or Abseil from source declares its own
repositories first and calls grpc_loopy_repositories() afterwards.
"""

load("//bazel:grpc_core_headers.bzl", "grpc_core_headers_repository")
load("//bazel:grpc_generation.bzl", "grpc_generation_repository")
load("//bazel:host_tools.bzl", "host_tools_repository")
load(
    "//bazel:system_repos.bzl",
    "in_tree_repository",
    "system_absl",
    "system_benchmark",
    "system_clang_tools",
    "system_googletest",
    "system_grpc",
    "system_nghttp2",
    "system_protobuf",
)

def grpc_loopy_repositories():
    """Declares what is not declared yet."""

    # Needed by Bazel 4.2 itself, to load @bazel_tools and to run a test.
    for name in ["rules_cc", "rules_java", "rules_proto", "remote_coverage_tools"]:
        _once(
            in_tree_repository,
            name,
            marker = Label("//third_party:%s/REPO" % name),
        )

    # Debian's libraries under the labels that source builds use.
    _once(system_absl, "com_google_absl")
    _once(system_protobuf, "com_google_protobuf")
    _once(system_grpc, "com_github_grpc_grpc")
    _once(system_googletest, "com_google_googletest")
    _once(system_benchmark, "com_github_google_benchmark")
    _once(system_nghttp2, "nghttp2")

    # Which gRPC that is, and the headers that it does not install.
    _once(grpc_generation_repository, "grpc_generation")
    _once(grpc_core_headers_repository, "grpc_core_headers")

    # Programs that only some machines have, or only some builds need.
    _once(system_clang_tools, "clang_tools")
    _once(host_tools_repository, "host_tools")

def _once(rule, name, **kwargs):
    if not native.existing_rule(name):
        rule(name = name, **kwargs)
