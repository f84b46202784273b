"""Repositories for a MODULE.bazel whose gRPC is a module, built from source.

They have the names of repos.bzl, and lead to the modules that the user has named.
"""

load("//bazel:grpc_release.bzl", "GRPC_RELEASES")
load("//bazel:system_repos.bzl", "ABSL")

def declare_from_source(absl, grpc, nghttp2):
    """Declares what leads to the modules that the labels are of.

    Args:
      absl: a label in Abseil.
      grpc: a label in gRPC.
      nghttp2: a label in nghttp2, or None.

    Returns:
      a list of the names of the repositories.
    """
    names = ["com_github_grpc_grpc", "com_google_absl", "grpc_core_headers", "grpc_release"]
    _aliases(
        name = "com_github_grpc_grpc",
        module = grpc,
        targets = {":" + t: ":" + t for t in ["gpr", "grpc", "grpc++"]},
    )

    # gRPC's targets for its internal headers are visible to itself alone. But a
    # compiler is given the headers of all that :grpc depends on, with the defines
    # that gRPC was built with. Copies would not be found: gRPC's own folder is
    # searched before them.
    _aliases(
        name = "grpc_core_headers",
        module = grpc,
        targets = {":core_headers": ":grpc"},
    )
    _grpc_release(name = "grpc_release", module = grpc)
    labels = [package + ":" + t for package, targets in ABSL.items() for t in targets]
    _aliases(
        name = "com_google_absl",
        module = absl,
        targets = {label: label for label in labels},
    )
    if nghttp2:
        names.append("nghttp2")
        _aliases(name = "nghttp2", module = nghttp2, targets = {":nghttp2": ":nghttp2"})
    return names

_ALIAS = """
alias(
    name = %r,
    actual = "@@%s//%s",
    visibility = ["//visibility:public"],
)
"""

def _aliases_impl(rctx):
    packages = {}
    for alias, target in rctx.attr.targets.items():
        package, name = alias.split(":")
        text = _ALIAS % (name, rctx.attr.module.repo_name, target)
        packages[package] = packages.get(package, "") + text
    for package, text in packages.items():
        rctx.file("./" + package + "/BUILD.bazel", text, executable = False)

_aliases = repository_rule(
    implementation = _aliases_impl,
    attrs = {
        "module": attr.label(mandatory = True, doc = "any label in the module"),
        "targets": attr.string_dict(mandatory = True, doc = "PACKAGE:NAME of each alias, and of its target"),
    },
)

# The sources for 1.83 compile against the headers of 1.82 to 1.85. Newer releases are
# tried.
_OLDEST_AS_1_83 = 82

def _grpc_release_impl(rctx):
    def source(path):
        return rctx.read(rctx.attr.module.same_package_label(path))

    # #define GRPC_CPP_VERSION_STRING "1.83.1"
    version = source("include/grpcpp/version_info.h").split("VERSION_STRING \"")[1].split("\"")[0]

    # const char* grpc_version_string(void) { return "56.0.0"; }
    core_version = source("src/core/lib/surface/version.cc").split("return \"")[1].split("\"")[0]

    folder = {_minor(r): f for r, f in GRPC_RELEASES.items()}.get(_minor(version))
    if not folder:
        if not version.startswith("1.") or _minor(version) < _OLDEST_AS_1_83:
            fail("grpc-loopy is for gRPC 1.51 and 1.82 or newer, and %s is %s" %
                 (rctx.attr.module, version))
        folder = "v1_83"

        # buildifier: disable=print
        print("grpc-loopy is tested with gRPC %s, and not with %s." %
              (" and ".join(GRPC_RELEASES.keys()), version))
    rctx.file("release.bzl", """\
GRPC_FROM_SOURCE = True
GRPC_RELEASE_DIR = %r
""" % folder, executable = False)
    rctx.file("BUILD.bazel", """\
exports_files(["supported_version.cc"])
""", executable = False)
    rctx.file("supported_version.cc", """\
#include "transport/adapter/registration/supported_version.h"

namespace loopy {

const char kSupportedGrpcVersion[] = "%s";
const char kSupportedGrpcCoreVersion[] = "%s";
const bool kSupportsPatchReleases = false;

}  // namespace loopy
""" % (version, core_version), executable = False)

def _minor(version):
    return int(version.split(".")[1])

_grpc_release = repository_rule(
    implementation = _grpc_release_impl,
    attrs = {"module": attr.label(mandatory = True, doc = "a label in gRPC's root package")},
)
