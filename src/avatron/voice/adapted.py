"""Voices that are another voice with some of its weights changed.

Such a folder has no graphs, but `changes.safetensors`, and its config names the base with the sha256 of each graph. A
change is a low-rank product U V, or for small tensors a difference; both are added to the base's weights in memory, so
the voice speaks as fast as its base does. The text embedding is never changed: the two share `embedding_space`.
"""

from __future__ import annotations

from avatron.errors import DamagedModelError, UnknownNameError
from avatron.io.collection import Collection
from avatron.io.folders import ModelFolder, load_folder
from avatron.io.onnx_weights import changed_graph

__all__ = ["CHANGES", "adapted_graphs", "base_of"]

CHANGES = "changes.safetensors"
"""Tensors `GRAPH/WEIGHT/up` [R, K] and `GRAPH/WEIGHT/down` [K, C], or `GRAPH/WEIGHT/difference`, all float16."""


def base_of(folder: ModelFolder) -> ModelFolder:
    """The voice that this one changes: a folder beside it, or one of the package's or the user's voices.

    Raises:
        DamagedModelError: it is not there, damaged itself, or not the one that was changed.
    """
    try:
        name, hashes = str(folder.config["base"]["name"]), dict(folder.config["base"]["files"])
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedModelError(
            f"`{folder.path / 'config.json'}` does not say whose weights it changes ({error!r}); get the voice again"
        ) from error
    beside = folder.path.parent / name
    collection = Collection(folder.kind)
    try:
        base = load_folder(beside, folder.kind) if (beside / "config.json").is_file() else collection.load(name)
    except UnknownNameError as error:
        raise DamagedModelError(
            f"voice `{folder.path}` is made from the voice `{name}`, which is not here; add that one first"
        ) from error
    for file, expected in hashes.items():
        found = base.files.get(file)
        if found != expected:
            short = f"{found[:12]}..." if found else "missing"
            raise DamagedModelError(
                f"voice `{folder.path}` is made from `{name}` with a `{file}` of sha256 {str(expected)[:12]}..., "
                f"but that of `{base.path}` is {short}; get both voices again"
            )
    return base


def adapted_graphs(folder: ModelFolder, names: tuple[str, ...]) -> dict[str, bytes]:
    """The base's graphs, by file name, with the folder's changes.

    Raises:
        DamagedModelError: the base is not the right one, or a change does not fit.
    """
    base = base_of(folder)
    tensors = folder.tensors(CHANGES)
    graphs = {}
    for name in names:
        own = {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
        try:
            graphs[name] = changed_graph(base.read_bytes(name), own)
        except (KeyError, ValueError) as error:
            raise DamagedModelError(
                f"a change in `{folder.path / CHANGES}` does not fit `{name}` of its base ({error}); "
                "get the voice again"
            ) from error
    return graphs
