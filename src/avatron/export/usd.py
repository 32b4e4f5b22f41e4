"""A character as USD: UsdSkel with blend shapes, a skeleton, a clip, and materials of UsdPreviewSurface."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import MissingComponentError, OutputError
from avatron.export.character import Character, Material, Performance, Surface, Texture
from avatron.io.audio import write_wav

__all__ = ["check_usd", "usd_files"]


def check_usd() -> None:
    """Refuse USD where its library is missing.

    Raises:
        MissingComponentError: usd-core is not installed.
    """
    _library()


def usd_files(
    character: Character,
    performance: Performance | None,
    stem: str,
    suffix: str,
    *,
    audio_name: str | None = None,
    sound: Audio | None = None,
) -> dict[str, bytes]:
    """File name to bytes: pictures and, last, the stage `STEM.SUFFIX`; a usdz is one file that holds all of them.

    Args:
        character: the person.
        performance: the clip; time code t is frame t.
        stem: name without its suffix.
        suffix: `usda` (text), `usdc` (binary) or `usdz` (package).
        audio_name: the sound file beside a usda or usdc.
        sound: the sound inside of a usdz.

    Raises:
        MissingComponentError: usd-core is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="avatron-usd-") as made:
        folder = Path(made)
        files = {f"{stem}_textures/{texture.file_name}": texture.data for texture in character.textures}
        (folder / f"{stem}_textures").mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        packed = suffix == "usdz"
        if packed:
            # A package holds all that it names.
            audio_name = None if sound is None else f"{stem}.wav"
            if sound is not None:
                write_wav(folder / f"{stem}.wav", sound)
        stage_path = folder / f"{stem}.{'usdc' if packed else suffix}"
        _Stage(character, stem, audio_name).write(stage_path, performance)
        if not packed:
            return {**files, stage_path.name: stage_path.read_bytes()}
        package = folder / f"{stem}.usdz"
        usd_utils = _library()["UsdUtils"]
        if not usd_utils.CreateNewUsdzPackage(str(stage_path), str(package)):
            raise OutputError(f"usd-core could not pack `{package.name}`; write a usdc instead, or a shorter name")
        return {package.name: package.read_bytes()}


def _library() -> dict[str, Any]:
    try:
        from pxr import Gf, Sdf, Usd, UsdGeom, UsdMedia, UsdShade, UsdSkel, UsdUtils, Vt
    except ImportError:
        raise MissingComponentError(
            'usd needs the library usd-core: pip install "avatron[export]"; glb and obj need nothing'
        ) from None
    return {
        "Gf": Gf,
        "Sdf": Sdf,
        "Usd": Usd,
        "UsdGeom": UsdGeom,
        "UsdMedia": UsdMedia,
        "UsdShade": UsdShade,
        "UsdSkel": UsdSkel,
        "UsdUtils": UsdUtils,
        "Vt": Vt,
    }


class _Stage:
    """One stage that is being written."""

    def __init__(self, character: Character, stem: str, audio_name: str | None) -> None:
        self._usd = _library()
        self._character = character
        self._stem = stem
        self._audio_name = audio_name
        self._root = f"/{_prim_name(character.name)}"

    def write(self, path: Path, performance: Performance | None) -> None:
        usd = self._usd
        stage = usd["Usd"].Stage.CreateNew(str(path))
        usd["UsdGeom"].SetStageUpAxis(stage, usd["UsdGeom"].Tokens.y)
        usd["UsdGeom"].SetStageMetersPerUnit(stage, 1.0)
        stage.SetMetadata("comment", f"avatron: {self._character.name}, {self._character.licence}")
        root = usd["UsdSkel"].Root.Define(stage, self._root)
        stage.SetDefaultPrim(root.GetPrim())
        self._skeleton(stage)
        materials = {material: self._material(stage, material) for material in self._character.materials}
        for mesh in self._character.meshes:
            for surface in mesh.surfaces:
                self._surface(stage, f"{mesh.name}_{surface.name}", surface, materials[surface.material])
        if performance is not None:
            self._animation(stage, performance)
        stage.GetRootLayer().Save()

    def _joint_paths(self) -> list[str]:
        paths: list[str] = []
        for joint in self._character.joints:
            paths.append(joint.name if joint.parent is None else f"{paths[joint.parent]}/{joint.name}")
        return paths

    def _skeleton(self, stage: Any) -> None:
        usd, joints = self._usd, self._character.joints
        skeleton = usd["UsdSkel"].Skeleton.Define(stage, f"{self._root}/Skeleton")
        skeleton.CreateJointsAttr(self._joint_paths())

        def shift(place: NDArray[np.float64]) -> Any:
            return usd["Gf"].Matrix4d().SetTranslate(usd["Gf"].Vec3d(*map(float, place)))

        places = np.array([joint.place for joint in joints])
        local = [
            place - (0 if joint.parent is None else places[joint.parent])
            for place, joint in zip(places, joints, strict=True)
        ]
        matrices = usd["Vt"].Matrix4dArray
        skeleton.CreateBindTransformsAttr(matrices([shift(place) for place in places]))
        skeleton.CreateRestTransformsAttr(matrices([shift(place) for place in local]))

    def _surface(self, stage: Any, name: str, surface: Surface, material: Any) -> None:
        usd = self._usd
        geometry, skel = usd["UsdGeom"], usd["UsdSkel"]
        path = f"{self._root}/{name}"
        mesh = geometry.Mesh.Define(stage, path)
        mesh.CreateSubdivisionSchemeAttr(geometry.Tokens.none)
        mesh.CreatePointsAttr(self._vectors(surface.vertices))
        mesh.CreateNormalsAttr(self._vectors(surface.normals))
        mesh.SetNormalsInterpolation(geometry.Tokens.vertex)
        mesh.CreateFaceVertexCountsAttr(self._integers(np.full(len(surface.triangles), 3)))
        mesh.CreateFaceVertexIndicesAttr(self._integers(surface.triangles))
        mesh.CreateDoubleSidedAttr(surface.material.double_sided)
        mesh.CreateExtentAttr(self._vectors(np.stack([surface.vertices.min(0), surface.vertices.max(0)])))
        primvars = geometry.PrimvarsAPI(mesh)
        uv = primvars.CreatePrimvar("st", usd["Sdf"].ValueTypeNames.TexCoord2fArray, geometry.Tokens.vertex)
        uv.Set(usd["Vt"].Vec2fArray.FromNumpy(np.ascontiguousarray(surface.uv, np.float32)))
        binding = skel.BindingAPI.Apply(mesh.GetPrim())
        binding.CreateSkeletonRel().SetTargets([f"{self._root}/Skeleton"])
        binding.CreateJointIndicesPrimvar(False, 4).Set(self._integers(surface.joints))
        weights = np.ascontiguousarray(surface.joint_weights.reshape(-1), np.float32)
        binding.CreateJointWeightsPrimvar(False, 4).Set(usd["Vt"].FloatArray.FromNumpy(weights))
        # Only what moves this surface: the names tie the shapes to the clip's weights.
        moving = [target for target in surface.targets if len(target.vertices)]
        if moving:
            binding.CreateBlendShapesAttr([target.name for target in moving])
            binding.CreateBlendShapeTargetsRel().SetTargets([f"{path}/{target.name}" for target in moving])
        for target in moving:
            shape = skel.BlendShape.Define(stage, f"{path}/{target.name}")
            shape.CreateOffsetsAttr(self._vectors(target.offsets))
            shape.CreateNormalOffsetsAttr(self._vectors(target.normal_offsets))
            shape.CreatePointIndicesAttr(self._integers(target.vertices))
        usd["UsdShade"].MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(material)

    def _material(self, stage: Any, material: Material) -> Any:
        usd = self._usd
        shade, kinds = usd["UsdShade"], usd["Sdf"].ValueTypeNames
        path = f"{self._root}/Materials/{material.name}"
        made = shade.Material.Define(stage, path)
        surface = shade.Shader.Define(stage, f"{path}/Surface")
        surface.CreateIdAttr("UsdPreviewSurface")
        surface.CreateInput("metallic", kinds.Float).Set(0.0)
        surface.CreateInput("roughness", kinds.Float).Set(material.roughness)
        surface.CreateInput("ior", kinds.Float).Set(material.refraction)
        made.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")
        reader = shade.Shader.Define(stage, f"{path}/Uv")
        reader.CreateIdAttr("UsdPrimvarReader_float2")
        reader.CreateInput("varname", kinds.String).Set("st")
        uv = reader.CreateOutput("result", kinds.Float2)

        def picture(name: str, texture: Texture, colour_space: str) -> Any:
            node = shade.Shader.Define(stage, f"{path}/{name}")
            node.CreateIdAttr("UsdUVTexture")
            node.CreateInput("file", kinds.Asset).Set(f"./{self._stem}_textures/{texture.file_name}")
            node.CreateInput("sourceColorSpace", kinds.Token).Set(colour_space)
            node.CreateInput("wrapS", kinds.Token).Set("repeat")
            node.CreateInput("wrapT", kinds.Token).Set("repeat")
            node.CreateInput("st", kinds.Float2).ConnectToSource(uv)
            return node

        colour = surface.CreateInput("diffuseColor", kinds.Color3f)
        if material.base_colour is None:
            colour.Set(usd["Gf"].Vec3f(*material.tint))
        else:
            node = picture("Colour", material.base_colour, "sRGB")
            node.CreateInput("scale", kinds.Float4).Set(usd["Gf"].Vec4f(*material.tint, 1.0))
            colour.ConnectToSource(node.CreateOutput("rgb", kinds.Float3))
            if material.blended:
                opacity = surface.CreateInput("opacity", kinds.Float)
                opacity.ConnectToSource(node.CreateOutput("a", kinds.Float))
        if material.roughness_map is not None:
            node = picture("Roughness", material.roughness_map, "raw")
            surface.GetInput("roughness").ConnectToSource(node.CreateOutput("g", kinds.Float))
        if material.normal is not None:
            node = picture("Normal", material.normal, "raw")
            strength = 2 * material.normal_strength
            node.CreateInput("scale", kinds.Float4).Set(usd["Gf"].Vec4f(strength, strength, 2, 1))
            node.CreateInput("bias", kinds.Float4).Set(usd["Gf"].Vec4f(-strength / 2, -strength / 2, -1, 0))
            surface.CreateInput("normal", kinds.Normal3f).ConnectToSource(node.CreateOutput("rgb", kinds.Float3))
        return made

    def _animation(self, stage: Any, performance: Performance) -> None:
        usd, character = self._usd, self._character
        count = len(performance.times_s)
        stage.SetTimeCodesPerSecond(performance.fps)
        stage.SetFramesPerSecond(performance.fps)
        stage.SetStartTimeCode(0)
        stage.SetEndTimeCode(count - 1)
        path = f"{self._root}/Speech"
        clip = usd["UsdSkel"].Animation.Define(stage, path)
        clip.CreateJointsAttr(self._joint_paths())
        clip.CreateBlendShapesAttr(list(next(mesh.target_names for mesh in character.meshes if mesh.target_names)))
        half_one = usd["Gf"].Vec3h(1, 1, 1)
        clip.CreateScalesAttr(usd["Vt"].Vec3hArray([half_one] * len(character.joints)))
        rotations, translations = clip.CreateRotationsAttr(), clip.CreateTranslationsAttr()
        weights = clip.CreateBlendShapeWeightsAttr()
        for frame in range(count):
            turned = [
                usd["Gf"].Quatf(float(w), float(x), float(y), float(z))
                for x, y, z, w in performance.rotations[frame].tolist()
            ]
            rotations.Set(usd["Vt"].QuatfArray(turned), frame)
            translations.Set(self._vectors(performance.translations[frame]), frame)
            row = np.ascontiguousarray(performance.weights[frame], np.float32)
            weights.Set(usd["Vt"].FloatArray.FromNumpy(row), frame)
        skeleton = stage.GetPrimAtPath(f"{self._root}/Skeleton")
        binding = usd["UsdSkel"].BindingAPI.Apply(skeleton)
        binding.CreateAnimationSourceRel().SetTargets([path])
        if self._audio_name is not None:
            sound = usd["UsdMedia"].SpatialAudio.Define(stage, f"{self._root}/Sound")
            sound.CreateFilePathAttr(f"./{self._audio_name}")
            # It starts at time code 0, as USD has it by itself.
            sound.CreateAuralModeAttr("nonSpatial")
            sound.CreatePlaybackModeAttr("onceFromStart")

    def _vectors(self, values: NDArray[Any]) -> Any:
        return self._usd["Vt"].Vec3fArray.FromNumpy(np.ascontiguousarray(values, np.float32))

    def _integers(self, values: NDArray[Any]) -> Any:
        return self._usd["Vt"].IntArray.FromNumpy(np.ascontiguousarray(values.reshape(-1), np.int32))


def _prim_name(name: str) -> str:
    """A name of a prim: letters, digits and `_`, not beginning with a digit."""
    cleaned = re.sub(r"[^A-Za-z0-9_]", "_", name) or "person"
    return cleaned if not cleaned[0].isdigit() else f"_{cleaned}"
