"""An aspect that runs clang-tidy over the sources of this workspace.

bazel build //... --aspects=//tools/clang_tidy:clang_tidy.bzl%clang_tidy_aspect \
    --output_groups=clang_tidy

Each file is an action of its own, which is cached until the file, a header of its
dependencies or the configuration changes. Targets with the tag "no-clang-tidy" and
generated files are left out.
"""

_RULES = ["cc_binary", "cc_library", "cc_test"]
_SUFFIXES = ["cc", "cpp"]

def _flags(context):
    flags = ["-std=c++17", "-x", "c++", "-Wno-everything", "-Wthread-safety", "-UNDEBUG"]
    flags += ["-D" + define for define in context.defines.to_list() + context.local_defines.to_list()]
    flags += ["-iquote" + path for path in context.quote_includes.to_list()]
    flags += ["-I" + path for path in context.includes.to_list()]
    for path in context.system_includes.to_list():
        flags += ["-isystem", path]
    return flags

def _clang_tidy_aspect_impl(target, ctx):
    nothing = [OutputGroupInfo(clang_tidy = depset())]
    if ctx.rule.kind not in _RULES or target.label.workspace_name:
        return nothing
    if "no-clang-tidy" in ctx.rule.attr.tags:
        return nothing
    sources = [
        f
        for src in ctx.rule.attr.srcs
        for f in src.files.to_list()
        if f.is_source and f.extension in _SUFFIXES
    ]
    if not sources:
        return nothing

    # A cc_binary does not provide its own compilation context, so that the
    # dependencies' contexts are used for every rule.
    contexts = [dep[CcInfo].compilation_context for dep in ctx.rule.attr.deps if CcInfo in dep]
    if CcInfo in target:
        contexts.append(target[CcInfo].compilation_context)
    context = cc_common.merge_cc_infos(
        cc_infos = [CcInfo(compilation_context = c) for c in contexts],
    ).compilation_context
    private_headers = [
        f
        for src in ctx.rule.attr.srcs
        for f in src.files.to_list()
        if f.extension in ["h", "inc"]
    ]
    version = ctx.attr._version.files.to_list()
    outputs = []
    for source in sources:
        output = ctx.actions.declare_file("_clang_tidy/%s/%s.ok" % (target.label.name, source.short_path))
        args = ctx.actions.args()
        args.add(ctx.executable._clang_tidy)
        args.add(ctx.file._config)
        args.add(output)
        args.add(source)
        args.add("-iquote.")
        args.add_all(_flags(context))
        ctx.actions.run(
            mnemonic = "ClangTidy",
            progress_message = "Linting %s" % source.short_path,
            executable = ctx.executable._runner,
            inputs = depset([source, ctx.file._config] + private_headers + version, transitive = [context.headers]),
            outputs = [output],
            tools = [ctx.executable._clang_tidy],
            arguments = [args],
        )
        outputs.append(output)
    return [OutputGroupInfo(clang_tidy = depset(outputs))]

clang_tidy_aspect = aspect(
    implementation = _clang_tidy_aspect_impl,
    attrs = {
        "_clang_tidy": attr.label(
            default = "@clang_tools//:clang-tidy",
            allow_single_file = True,
            cfg = "exec",
            executable = True,
        ),
        "_config": attr.label(
            default = "//:.clang-tidy",
            allow_single_file = True,
        ),
        "_runner": attr.label(
            default = "//tools/clang_tidy:run_clang_tidy.sh",
            allow_single_file = True,
            cfg = "exec",
            executable = True,
        ),
        "_version": attr.label(default = "@clang_tools//:installed.txt", allow_files = True),
    },
)
