"""Builds a Go module with its vendored dependencies, without network.

go_programs declares the module of a folder with its programs and tests.
go_module does all the work in one action, since the go command has a cache of
its own; go_binary and go_test name its results.
"""

load("@host_tools//:tools.bzl", "GO", "GO_PROBLEM")

GoModuleInfo = provider(
    doc = "Holds the programs that a go_module built.",
    fields = {"programs": "package folder -> executable file"},
)

def _go_module_impl(ctx):
    programs = {}
    args = ctx.actions.args()
    args.add(GO)
    args.add(ctx.file.go_mod)
    args.add(ctx.attr.vendor.label.workspace_root + "/vendor")
    args.add(ctx.executable._protoc)
    args.add(ctx.label.workspace_root or ".")  # protos import from this folder
    for packages, suffix, kind in [(ctx.attr.binaries, "", "build"), (ctx.attr.tests, "_test", "test")]:
        for package in packages:
            out = ctx.actions.declare_file("%s/%s%s" % (ctx.label.name, package.split("/")[-1], suffix))
            programs[package] = out
            args.add_all([kind, package, out])

    if GO_PROBLEM:
        ctx.actions.run_shell(
            outputs = programs.values(),
            command = 'echo "%s: $1" >&2; exit 1' % ctx.label,
            arguments = [GO_PROBLEM],
            mnemonic = "GoMissing",
        )
    else:
        ctx.actions.run(
            executable = ctx.executable._build,
            arguments = [args],
            inputs = depset(ctx.files.srcs + ctx.files.protos + [ctx.file.go_mod], transitive = [ctx.attr.vendor.files]),
            tools = [ctx.executable._protoc],
            outputs = programs.values(),
            mnemonic = "GoModule",
            progress_message = "Building Go module %s" % ctx.label,
        )
    return [
        DefaultInfo(files = depset(programs.values())),
        GoModuleInfo(programs = programs),
    ]

go_module = rule(
    implementation = _go_module_impl,
    attrs = {
        "binaries": attr.string_list(doc = "folders of main packages, or tools that go.mod names"),
        "go_mod": attr.label(mandatory = True, allow_single_file = True),
        "protos": attr.label_list(allow_files = [".proto"], doc = "the protos for generate.sh"),
        "srcs": attr.label_list(mandatory = True, allow_files = True),
        "tests": attr.string_list(doc = "folders of packages with tests"),
        "vendor": attr.label(mandatory = True),
        "_build": attr.label(default = "//bazel:go_build.sh", allow_single_file = True, cfg = "exec", executable = True),
        "_protoc": attr.label(
            default = "@com_google_protobuf//:protoc",
            allow_single_file = True,
            cfg = "exec",
            executable = True,
        ),
    },
)

def _go_program_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        output = out,
        target_file = ctx.attr.module[GoModuleInfo].programs[ctx.attr.package],
        is_executable = True,
    )
    return [DefaultInfo(
        executable = out,
        files = depset([out]),
        runfiles = ctx.runfiles(files = ctx.files.data),
    )]

_PROGRAM = {
    "data": attr.label_list(allow_files = True),
    "module": attr.label(mandatory = True, providers = [GoModuleInfo]),
    "package": attr.string(mandatory = True, doc = "as in the module's binaries or tests"),
}

go_binary = rule(implementation = _go_program_impl, attrs = _PROGRAM, executable = True)

go_test = rule(implementation = _go_program_impl, attrs = _PROGRAM, test = True)

def go_programs(name, binaries, tests, vendor, protos = [], tags = []):
    """Declares the Go module of this package, its programs and its tests.

    Args:
      name: the name of the go_module.
      binaries: folders of main packages, or the tools that go.mod names. A
        program's target is named as its folder.
      tests: folders of packages with tests. Their targets end with _test.
      vendor: the module's vendored dependencies.
      protos: the .proto files that generate.sh makes code from.
      tags: the tags of all targets.
    """
    native.exports_files([
        "deps.go",
        "go.mod",
        "go.sum",
    ])
    go_module(
        name = name,
        srcs = native.glob(
            ["**"],
            exclude = [
                "BUILD.bazel",
                "gen/**",
                "vendor/**",
            ],
        ),
        binaries = binaries,
        go_mod = "go.mod",
        protos = protos,
        tags = tags,
        tests = tests,
        vendor = vendor,
    )
    for package in binaries:
        go_binary(
            name = package.split("/")[-1],
            module = ":" + name,
            package = package,
            tags = tags,
        )
    for package in tests:
        go_test(
            name = package + "_test",
            size = "small",
            args = ["-test.timeout=50s"],
            module = ":" + name,
            package = package,
            tags = tags,
        )
