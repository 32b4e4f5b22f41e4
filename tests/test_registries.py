"""One contract over everything that is registered: it loads, it satisfies its protocol, an unknown name lists it."""

from __future__ import annotations

from typing import Any

import pytest

from avatron.core.registry import Registry
from avatron.errors import MissingComponentError, UnknownNameError
from avatron.motion.animators import ANIMATORS
from avatron.render.renderers import RENDERERS
from avatron.text.frontends import FRONTENDS
from avatron.voice.listening.encoders import SPEECH_ENCODERS
from avatron.voice.voices import VOICES

REGISTRIES: dict[str, tuple[Registry[Any], str]] = {
    "frontend": (FRONTENDS, "phonemize"),
    "voice": (VOICES, "speak"),
    "animator": (ANIMATORS, "animate"),
    "renderer": (RENDERERS, "frames"),
    "speech_encoder": (SPEECH_ENCODERS, "listen"),
}
ENTRIES = [(kind, name) for kind, (registry, _) in REGISTRIES.items() for name in registry.names()]


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_every_registered_name_gives_something_with_the_protocols_method(kind: str, name: str) -> None:
    registry, method = REGISTRIES[kind]
    try:
        maker = registry.get(name)
    except MissingComponentError as error:
        # An optional part may be absent, but then it says how to get it.
        assert "install" in str(error)
        return
    assert callable(getattr(maker, method))


@pytest.mark.parametrize("kind", REGISTRIES)
def test_an_unknown_name_lists_the_known_ones(kind: str) -> None:
    registry, _ = REGISTRIES[kind]
    with pytest.raises(UnknownNameError) as caught:
        registry.get("no-such-name")
    for name in registry.names():
        assert name in str(caught.value)


def test_the_contract_covers_more_than_nothing() -> None:
    assert {kind for kind, _ in ENTRIES} >= {"frontend", "animator", "renderer"}
