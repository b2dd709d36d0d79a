"""What the YAML of a scene model tells of its scenes: the list of things, and how they become tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from generation.conditions import Condition, Kind
from generation.scenes import LISTS, SceneCode
from generation.taming import read_yaml
from generation.tensors import ModelFileError

_DATA: Final = {"AnnotatedObjectsCoco": "coco", "AnnotatedObjectsOpenImages": "open-images"}
_CORNERS: Final = {"objects_bbox": True, "objects_center_points": False}


def read_scene_condition(key: str, path: Path) -> Condition:
    """The condition by its key, from the part of the YAML that is about data. Raises `ModelFileError`."""
    if key not in _CORNERS:
        raise ModelFileError(f"{path}: its condition is {key}; Gala reads {' and '.join(_CORNERS)}")
    try:
        data = read_yaml(path)["data"]["params"]["train"]
        kind = str(data["target"]).rpartition(".")[2]
        code = _code(kind, dict(data["params"]), corners=_CORNERS[key])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path}: does not tell what its scenes are made of ({error!r})") from error
    return Condition(Kind.SCENE, code.tokens, code)


def _code(kind: str, params: dict[str, Any], *, corners: bool) -> SceneCode:
    things = _DATA[kind]
    count = int(params.get("no_object_classes") or LISTS[things])
    if count != LISTS[things]:
        raise ValueError(f"{count} things; Gala knows the {LISTS[things]} of {things}")
    code = SceneCode(
        things=things,
        objects=int(params["max_objects_per_image"]),
        tokens=int(params["no_tokens"]),
        corners=corners,
        crop=bool(params["encode_crop"]),
        # COCO's data marks groups by a number where the original looks for True: none was ever seen.
        groups=bool(params["use_group_parameter"]) and things != "coco",
    )
    if code.objects < 1 or code.tokens <= LISTS[things] * (2 if code.groups else 1):
        raise ValueError(f"{code.objects} objects in {code.tokens} tokens")
    return code
