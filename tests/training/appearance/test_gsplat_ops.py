"""The torch operation with gsplat's call: values, gradients through other operations, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.errors import InvalidValueError, MissingComponentError, ShapeError
from avatron.native import splats

torch = pytest.importorskip("torch")

from avatron.training.appearance.gsplat_ops import rasterization  # noqa: E402

VIEWS = [
    splats.SplatView.of(Camera.looking_at(np.zeros(3), np.array(place), 37, 29, 90.0))
    for place in ([0.05, 0.03, 1.0], [-0.2, 0.1, 0.9])
]


def scene(count: int = 12, channels: int = 3) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    normal = torch.randn(count, 13 + channels, generator=generator)
    parts = (
        normal[:, :3] * 0.08,
        normal[:, 3:7],
        torch.exp(normal[:, 7:10] * 0.4 - 3.6),
        torch.sigmoid(normal[:, 10]),
        torch.sigmoid(normal[:, 13:]),
    )
    return [part.contiguous().requires_grad_() for part in parts]


def cameras() -> tuple[torch.Tensor, torch.Tensor]:
    poses, lenses = torch.eye(4).repeat(2, 1, 1), torch.eye(3).repeat(2, 1, 1)
    for number, view in enumerate(VIEWS):
        poses[number, :3, :3] = torch.tensor(view.rotation.tolist())
        poses[number, :3, 3] = torch.tensor(view.translation.tolist())
        lenses[number, 0, 0], lenses[number, 1, 1] = view.focal_px
        lenses[number, 0, 2], lenses[number, 1, 2] = view.centre_px
    return poses, lenses


@pytest.mark.parametrize("mode", ["classic", "antialiased"])
def test_pictures_of_all_cameras_are_those_of_the_kernels(mode: str) -> None:
    tensors, (poses, lenses) = scene(channels=5), cameras()
    backgrounds = torch.rand(2, 5, generator=torch.Generator().manual_seed(1))
    images, alphas, meta = rasterization(*tensors, poses, lenses, 37, 29, backgrounds=backgrounds, rasterize_mode=mode)
    assert images.shape == (2, 29, 37, 5)
    assert alphas.shape == (2, 29, 37, 1)
    assert meta["n_cameras"] == 2
    options = splats.SplatOptions(compensated=mode == "antialiased")
    for number, view in enumerate(VIEWS):
        gaussians = splats.Splats(*(tensor.detach().numpy() for tensor in tensors))
        drawn = splats.draw(gaussians, view, background=backgrounds[number].numpy(), options=options)
        np.testing.assert_allclose(images[number].detach().numpy(), drawn.image, atol=1e-5)
        np.testing.assert_allclose(alphas[number, ..., 0].detach().numpy(), drawn.alpha, atol=1e-5)


def test_gradients_through_torch_are_those_of_the_kernels_added_up_over_cameras() -> None:
    tensors, (poses, lenses) = scene(), cameras()
    backgrounds = torch.rand(2, 3, generator=torch.Generator().manual_seed(1)).requires_grad_()
    wish = torch.randn(2, 29, 37, 4, generator=torch.Generator().manual_seed(2))
    # A tensor made by another operation, as parameters are.
    images, alphas, _ = rasterization(*(one * 1.0 for one in tensors), poses, lenses, 37, 29, backgrounds=backgrounds)
    (torch.cat([images, alphas], -1) ** 2 * wish).sum().backward()
    gaussians = splats.Splats(*(tensor.detach().numpy() for tensor in tensors))
    totals = [np.zeros(tensor.shape) for tensor in tensors]
    for number, view in enumerate(VIEWS):
        behind = backgrounds[number].detach().numpy()
        drawn = splats.draw(gaussians, view, background=behind, options=splats.SplatOptions(compensated=False))
        own = wish[number].numpy()
        image_wish, alpha_wish = 2 * drawn.image * own[..., :3], 2 * drawn.alpha * own[..., 3]
        found = drawn.backward(image_wish, alpha_wish)
        for total, name in zip(totals, ("means", "quaternions", "scales", "opacities", "colours"), strict=True):
            total += getattr(found, name)
        expected = (image_wish * (1 - drawn.alpha)[..., None]).sum((0, 1))
        np.testing.assert_allclose(backgrounds.grad[number].numpy(), expected, rtol=1e-3)
    for tensor, total in zip(tensors, totals, strict=True):
        np.testing.assert_allclose(tensor.grad.numpy(), total, atol=1e-4 * np.abs(total).max())


def test_after_the_way_back_it_is_known_who_was_seen() -> None:
    tensors, (poses, lenses) = scene(), cameras()
    with torch.no_grad():
        tensors[0][0] = torch.tensor([50.0, 0.0, 0.0])
    images, _, meta = rasterization(*tensors, poses, lenses, 37, 29)
    assert meta["gradients"] == [None, None]
    images.sum().backward()
    assert [found.seen[0] for found in meta["gradients"]] == [False, False]
    assert meta["gradients"][0].seen.any()


def test_what_is_not_here_is_refused() -> None:
    tensors, (poses, lenses) = scene(), cameras()
    with pytest.raises(InvalidValueError, match="render mode `RGB\\+D`"):
        rasterization(*tensors, poses, lenses, 37, 29, render_mode="RGB+D")
    with pytest.raises(InvalidValueError, match="known: classic, antialiased"):
        rasterization(*tensors, poses, lenses, 37, 29, rasterize_mode="smooth")
    with pytest.raises(InvalidValueError, match="no gradients to cameras"):
        rasterization(*tensors, poses.requires_grad_(), lenses, 37, 29)
    poses = poses.detach()
    with pytest.raises(ShapeError, match="`backgrounds`"):
        rasterization(*tensors, poses, lenses, 37, 29, backgrounds=torch.zeros(3))
    with pytest.raises(InvalidValueError, match="skew"):
        rasterization(*tensors, poses, lenses + torch.tensor([[0.0, 1, 0], [0, 0, 0], [0, 0, 0]]), 37, 29)


def test_another_device_without_gsplat_says_what_to_install() -> None:
    pytest.importorskip("torch")
    try:
        import gsplat  # noqa: F401
    except ImportError:
        tensors = [tensor.detach().to("meta") for tensor in (*scene(), *cameras())]
        with pytest.raises(MissingComponentError, match="pip install gsplat"):
            rasterization(*tensors, 37, 29)
    else:
        pytest.skip("gsplat is installed")
