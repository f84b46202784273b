"""Declares the repositories of repos.bzl for a MODULE.bazel."""

load("//bazel:grpc_from_source.bzl", "declare_from_source")
load("//bazel:repos.bzl", "declare_repositories")

_from_source = tag_class(
    doc = "Takes gRPC and Abseil from modules, not from the system. All modules that say it name the same ones.",
    attrs = {
        "absl": attr.label(mandatory = True, doc = "the repository, such as @abseil-cpp"),
        "grpc": attr.label(mandatory = True, doc = "the repository, such as @grpc"),
        "nghttp2": attr.label(doc = "the repository, such as @nghttp2; the system's libnghttp2 by default"),
    },
)

def _libraries_impl(mctx):
    from_source = [tag for module in mctx.modules for tag in module.tags.from_source]
    declared = []
    if from_source:
        tag = from_source[0]
        declared = declare_from_source(absl = tag.absl, grpc = tag.grpc, nghttp2 = tag.nghttp2)

    def declare(rule, name, **attributes):
        if name not in declared:
            rule(name = name, **attributes)

    declare_repositories(declare)

libraries = module_extension(
    implementation = _libraries_impl,
    tag_classes = {"from_source": _from_source},
)
