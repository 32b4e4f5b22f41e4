"""Splats for torch: the call of `gsplat`, by our kernels on the processor and by `gsplat` itself on CUDA.

    colours, alphas, meta = rasterization(means, quats, scales, opacities, colors, viewmats, Ks, width, height)

Names and shapes are those of `gsplat.rasterization` (Ye et al., gsplat, 2024), so that code written for it runs here;
axes: C cameras, N Gaussians, D values of a colour.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from avatron.errors import InvalidValueError, MissingComponentError, ShapeError
from avatron.native.splats import SplatGradients, SplatOptions, Splats, SplatView, draw

__all__ = ["rasterization"]

MODES = ("classic", "antialiased")


def rasterization(
    means: torch.Tensor,
    quats: torch.Tensor,
    scales: torch.Tensor,
    opacities: torch.Tensor,
    colors: torch.Tensor,
    viewmats: torch.Tensor,
    Ks: torch.Tensor,  # noqa: N803 (gsplat's name)
    width: int,
    height: int,
    *,
    near_plane: float = 0.01,
    radius_clip: float = 0.0,
    eps2d: float = 0.3,
    backgrounds: torch.Tensor | None = None,
    render_mode: str = "RGB",
    rasterize_mode: str = "classic",
) -> tuple[torch.Tensor, torch.Tensor, dict[str, Any]]:
    """(colours [C, H, W, D], alphas [C, H, W, 1], meta) of Gaussians, differentiable in them and the backgrounds.

    Args:
        means: [N, 3], quats [N, 4] (w, x, y, z), scales [N, 3], opacities [N].
        colors: [N, D], or [C, N, D] one for each camera.
        viewmats: [C, 4, 4] world to camera.
        Ks: [C, 3, 3] pinhole matrices without skew.
        backgrounds: [C, D]; None is black.
        rasterize_mode: `classic`, or `antialiased`: opacity compensated for `eps2d`, px2.

    On the processor, `meta["gradients"]` holds a `SplatGradients` for each camera after the backward pass (None
    before): what the places on the screen got, and which Gaussians were seen.

    Raises:
        MissingComponentError: tensors on a device that needs `gsplat`, which is not installed.
        InvalidValueError: another mode, or gradients asked for the cameras.
        ShapeError: tensors of other shapes or types.
    """
    if render_mode != "RGB":
        raise InvalidValueError(f"render mode `{render_mode}` is not here; only `RGB` is")
    if rasterize_mode not in MODES:
        raise InvalidValueError(f"unknown rasterize mode `{rasterize_mode}`; known: {', '.join(MODES)}")
    if means.device.type != "cpu":
        return _with_gsplat(
            (means, quats, scales, opacities, colors, viewmats, Ks, width, height),
            near_plane=near_plane,
            radius_clip=radius_clip,
            eps2d=eps2d,
            backgrounds=backgrounds,
            rasterize_mode=rasterize_mode,
        )
    if viewmats.requires_grad or Ks.requires_grad:
        raise InvalidValueError("the kernels give no gradients to cameras; detach `viewmats` and `Ks`")
    cameras = len(viewmats)
    if viewmats.shape != (cameras, 4, 4) or Ks.shape != (cameras, 3, 3):
        raise ShapeError(
            f"`viewmats` {list(viewmats.shape)} and `Ks` {list(Ks.shape)}; expected [C, 4, 4] and [C, 3, 3]"
        )
    if backgrounds is not None and backgrounds.shape != (cameras, colors.shape[-1]):
        raise ShapeError(f"`backgrounds` {list(backgrounds.shape)}; expected [{cameras}, {colors.shape[-1]}]")
    if colors.ndim == 3 and len(colors) != cameras:
        raise ShapeError(f"`colors` {list(colors.shape)} for {cameras} cameras")
    options = SplatOptions(near_plane, eps2d, rasterize_mode == "antialiased", radius_clip)
    meta: dict[str, Any] = {"width": width, "height": height, "n_cameras": cameras, "gradients": [None] * cameras}
    images, alphas = [], []
    for camera in range(cameras):
        own = colors[camera] if colors.ndim == 3 else colors
        behind = None if backgrounds is None else backgrounds[camera]
        view = _view_of(viewmats[camera], Ks[camera], width, height)
        image, alpha = _Drawing.apply(
            means, quats, scales, opacities, own, behind, view, options, (meta["gradients"], camera)
        )
        images.append(image)
        alphas.append(alpha[..., None])
    return torch.stack(images), torch.stack(alphas), meta


def _with_gsplat(given: tuple[Any, ...], **options: Any) -> tuple[torch.Tensor, torch.Tensor, dict[str, Any]]:
    try:
        import gsplat
    except ImportError as error:
        raise MissingComponentError(
            f"tensors on `{given[0].device}` need `gsplat`, which is not installed; `pip install gsplat`, or move them "
            "to the processor"
        ) from error
    return gsplat.rasterization(*given, render_mode="RGB", **options)


def _view_of(viewmat: torch.Tensor, intrinsics: torch.Tensor, width: int, height: int) -> SplatView:
    pose, lens = viewmat.double().numpy(), intrinsics.double().numpy()
    if lens[0, 1] != 0.0:
        raise InvalidValueError(f"a camera with a skew of {lens[0, 1]}; only 0 is known")
    focal_px, centre_px = (float(lens[0, 0]), float(lens[1, 1])), (float(lens[0, 2]), float(lens[1, 2]))
    return SplatView(width, height, focal_px, centre_px, pose[:3, :3], pose[:3, 3])


class _Drawing(torch.autograd.Function):
    """One camera's picture."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> tuple[torch.Tensor, torch.Tensor]:
        *tensors, background, view, options, place = given
        splats = Splats(*(tensor.detach().numpy() for tensor in tensors))
        behind = None if background is None else background.detach().numpy()
        drawn = draw(splats, view, background=behind, options=options)
        ctx.drawn, ctx.place = drawn, place
        return torch.from_numpy(drawn.image), torch.from_numpy(drawn.alpha)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, image_gradient: torch.Tensor, alpha_gradient: torch.Tensor) -> tuple[Any, ...]:
        wish, alpha_wish = (np.ascontiguousarray(one.numpy()) for one in (image_gradient, alpha_gradient))
        found: SplatGradients = ctx.drawn.backward(wish, alpha_wish)
        gradients, camera = ctx.place
        gradients[camera] = found
        background = None
        if ctx.needs_input_grad[5]:
            background = torch.from_numpy(np.einsum("hwd,hw->d", wish, 1.0 - ctx.drawn.alpha))
        arrays = (found.means, found.quaternions, found.scales, found.opacities, found.colours)
        return (*(torch.from_numpy(array) for array in arrays), background, None, None, None)
