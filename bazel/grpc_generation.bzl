"""@grpc_generation//:generation.bzl: which gRPC is installed.

The transport works on gRPC's internals, which change with each release. So each
release it knows has files of its own, and BUILD files choose them by
GRPC_GENERATION; with any other release nothing is built.
"""

GRPC_GENERATIONS = {
    "1.51.1": "v1_51",
    "1.83.0": "v1_83",
}

def installed_grpc(rctx):
    """The installed release of gRPC; fails unless it is one that is known.

    Args:
      rctx: the repository rule's context.

    Returns:
      a struct: package (the version of libgrpc-dev, such as "1.51.1-3"), release
      ("1.51.1") and generation ("v1_51").
    """
    package = rctx.execute(
        ["dpkg-query", "--show", "--showformat", "${Version}", "libgrpc-dev"],
    ).stdout
    release = package.split("-")[0]
    if release not in GRPC_GENERATIONS:
        fail("libgrpc-dev is %s, but grpc-loopy is for gRPC %s" %
             (package or "missing", " or ".join(GRPC_GENERATIONS.keys())))
    return struct(
        generation = GRPC_GENERATIONS[release],
        package = package,
        release = release,
    )

def _grpc_generation_repository_impl(rctx):
    installed = installed_grpc(rctx)
    rctx.file("WORKSPACE", "workspace(name = %r)\n" % rctx.name, executable = False)
    rctx.file("BUILD.bazel", "", executable = False)
    rctx.file("generation.bzl", """\
GRPC_GENERATION = %r
GRPC_RELEASE = %r
""" % (installed.generation, installed.release), executable = False)

# `local`: evaluated anew whenever a Bazel server starts.
grpc_generation_repository = repository_rule(
    implementation = _grpc_generation_repository_impl,
    configure = True,
    local = True,
)
