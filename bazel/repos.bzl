"""Declares every external repository of this workspace.

A name that the including WORKSPACE has declared before is left alone. So a project
that builds gRPC, protobuf or Abseil from source declares its own repositories, and
then calls grpc_loopy_repositories().
"""

load("//bazel:go_module_protos.bzl", "go_module_protos_repository")
load("//bazel:go_vendor.bzl", "go_vendor_repository")
load("//bazel:grpc_core_headers.bzl", "grpc_core_headers_repository")
load("//bazel:grpc_release.bzl", "grpc_release_repository")
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
    """Declares, for a WORKSPACE, the repositories that it has not declared."""
    declare_repositories(_once)

def declare_repositories(declare):
    """Declares every repository by declare(rule, name, **attributes).

    Args:
      declare: a function.
    """

    # Bazel 4.2 itself needs these to load @bazel_tools and to run a test.
    for name in ["rules_cc", "rules_java", "rules_proto", "remote_coverage_tools"]:
        declare(
            in_tree_repository,
            name,
            marker = Label("//third_party:%s/REPO" % name),
        )

    # These are Debian's libraries under the labels that source builds use.
    declare(system_absl, "com_google_absl")
    declare(system_protobuf, "com_google_protobuf")
    declare(system_grpc, "com_github_grpc_grpc")
    declare(system_googletest, "com_google_googletest")
    declare(system_benchmark, "com_github_google_benchmark")
    declare(system_nghttp2, "nghttp2")

    # These tell which gRPC it is, and have the headers that it does not install.
    declare(grpc_release_repository, "grpc_release")
    declare(grpc_core_headers_repository, "grpc_core_headers")

    # Only some machines have these programs, or only some builds need them.
    declare(system_clang_tools, "clang_tools")
    declare(host_tools_repository, "host_tools")

    # The grpc-go servers are built from these modules.
    declare(
        go_vendor_repository,
        "interop_go_deps",
        deps_go = Label("//interop/go:deps.go"),
        go_mod = Label("//interop/go:go.mod"),
        go_sum = Label("//interop/go:go.sum"),
    )

    # This draws the benchmarks' page, and is fetched only for it.
    declare(
        go_vendor_repository,
        "bench_page_go_deps",
        deps_go = Label("//bench/page:deps.go"),
        go_mod = Label("//bench/page:go.mod"),
        go_sum = Label("//bench/page:go.sum"),
    )

    # These are the conformance suites, and the messages of one of them.
    declare(
        go_vendor_repository,
        "conformance_go_deps",
        deps_go = Label("//interop/conformance/go:deps.go"),
        go_mod = Label("//interop/conformance/go:go.mod"),
        go_sum = Label("//interop/conformance/go:go.sum"),
    )
    declare(
        go_module_protos_repository,
        "conformance_protos",
        build_file = Label("//interop/conformance:protos.BUILD"),
        go_mod = Label("//interop/conformance/go:go.mod"),
        go_sum = Label("//interop/conformance/go:go.sum"),
        module = "connectrpc.com/conformance",
        root = "proto",
    )

def _once(rule, name, **attributes):
    if not native.existing_rule(name):
        rule(name = name, **attributes)
