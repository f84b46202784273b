"""@grpc_release//:release.bzl tells which release of gRPC is installed.

The transport works on gRPC's internals, which change with each release. So each
release that it knows has a folder in transport/releases, and BUILD files choose
it by GRPC_RELEASE_DIR. With any other release nothing is built.
"""

# These are the known releases, with the names of their folders.
GRPC_RELEASES = {
    "1.51.1": "v1_51",
    "1.83.0": "v1_83",
}

def installed_grpc(rctx):
    """Returns the installed release of gRPC. Fails unless it is a known one.

    Args:
      rctx: the repository rule's context.

    Returns:
      a struct: package (the version of libgrpc-dev, such as "1.51.1-3") and
      release_dir ("v1_51").
    """
    package = rctx.execute(
        ["dpkg-query", "--show", "--showformat", "${Version}", "libgrpc-dev"],
    ).stdout
    release = package.split("-")[0]
    if release not in GRPC_RELEASES:
        fail("libgrpc-dev is %s, but grpc-loopy is for gRPC %s" %
             (package or "missing", " or ".join(GRPC_RELEASES.keys())))
    return struct(
        package = package,
        release_dir = GRPC_RELEASES[release],
    )

def _grpc_release_repository_impl(rctx):
    installed = installed_grpc(rctx)
    rctx.file("WORKSPACE", "workspace(name = %r)\n" % rctx.name, executable = False)
    rctx.file("BUILD.bazel", "", executable = False)
    rctx.file("release.bzl", """\
GRPC_FROM_SOURCE = False
GRPC_RELEASE_DIR = %r
""" % installed.release_dir, executable = False)

# A `local` rule is evaluated anew whenever a Bazel server starts.
grpc_release_repository = repository_rule(
    implementation = _grpc_release_repository_impl,
    configure = True,
    local = True,
)
