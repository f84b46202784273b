"""The layers of the transport, and who may use each.

A layer uses those below it: those that stand before it in LAYERS. Bazel's
visibility is what enforces that. Layers of one row do not use each other.
"""

load("@rules_cc//cc:defs.bzl", "cc_library")
load("//transport/adapter:core_cc.bzl", "core_cc_library")
load("//transport/releases:releases.bzl", "release_hdrs", "release_srcs")

LAYERS = [
    ["base"],
    ["flow", "hpack", "io_loop", "wire"],
    ["control"],
    ["stream", "writer"],
    ["reader"],
    ["connection"],
    # The layers from here on know gRPC's internals.
    ["adapter"],
    ["adapter/channel", "adapter/endpoint"],
    ["adapter/call"],
    ["adapter/transport"],
    ["adapter/connect"],
    ["adapter/registration"],
]

def visible_above(layer):
    """The visibility of a layer's target: the layers above it, and tests."""
    row = [i for i, layers in enumerate(LAYERS) if layer in layers][0]
    above = [
        "//transport/%s:__pkg__" % other
        for layers in LAYERS[row + 1:]
        for other in layers
    ]
    return above + [
        "//bench/micro:__pkg__",
        "//tests:__subpackages__",
        "//transport:__pkg__",
    ]

def layer(deps):
    """The target of a layer, in whose folder it is called.

    It has the name of the folder, the folder's sources and headers, and those of
    the installed release of gRPC that belong to the layer.

    Args:
      deps: the layers below and the libraries that it uses.
    """
    path = native.package_name()[len("transport/"):]
    rule = core_cc_library if path.startswith("adapter/") else cc_library
    rule(
        name = path.split("/")[-1],
        srcs = native.glob(["*.cc"]) + release_srcs(path),
        hdrs = native.glob(["*.h"]) + release_hdrs(path),
        visibility = visible_above(path),
        deps = deps,
    )
