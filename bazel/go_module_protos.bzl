"""Fetches the .proto files of a Go module, for code in other languages."""

load("//bazel:host_tools.bzl", "find_go")

# Generated code uses deprecated fields and would warn. So the marks are removed.
_COPY = """
cd "$1"
find . -name '*.proto' -exec cp --parents --no-preserve=mode -t "$2" {} +
cd "$2"
find . -name '*.proto' -exec sed -i 's/ \\[deprecated = true\\]//' {} +
"""

def _go_module_protos_repository_impl(rctx):
    rctx.file("WORKSPACE", "workspace(name = %r)\n" % rctx.name, executable = False)
    go, problem = find_go(rctx)
    if problem:
        fail("@%s: %s" % (rctx.name, problem))
    rctx.symlink(rctx.attr.build_file, "BUILD.bazel")
    for label in [rctx.attr.go_mod, rctx.attr.go_sum]:
        rctx.symlink(label, "module/" + label.name)
    result = rctx.execute(
        [go, "mod", "download", "-json", rctx.attr.module],
        working_directory = "module",
        environment = {"GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"},
        timeout = 600,
    )
    if result.return_code:
        fail("cannot fetch the Go module %s: %s" % (rctx.attr.module, result.stderr or result.stdout))
    folder = json.decode(result.stdout)["Dir"] + "/" + rctx.attr.root
    result = rctx.execute([
        "bash",
        "-euc",
        _COPY,
        "copy",
        folder,
        str(rctx.path(".")),
    ])
    if result.return_code:
        fail("cannot copy the files of %s: %s" % (rctx.attr.module, result.stderr))

go_module_protos_repository = repository_rule(
    implementation = _go_module_protos_repository_impl,
    environ = ["GO", "HOME", "PATH"],
    attrs = {
        "build_file": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "the BUILD file of the repository",
        ),
        "go_mod": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "the go.mod of a module that depends on it, which names the version",
        ),
        "go_sum": attr.label(mandatory = True, allow_single_file = True),
        "module": attr.string(mandatory = True),
        "root": attr.string(
            mandatory = True,
            doc = "the folder of the module that its protos are imported from",
        ),
    },
)
