"""The layers of the transport, and who may use each.

A layer uses those below it: those that stand before it in LAYERS. Bazel's
visibility is what enforces that. Layers of one row do not use each other.
"""

LAYERS = [
    ["base"],
    ["flow", "hpack", "wire"],
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
