"""The network of a config."""

from __future__ import annotations

from avatron.training.motion.networks.avatron import AvatronConfig, AvatronNetwork
from avatron.training.motion.networks.decoder import Decoder
from avatron.training.motion.networks.faceformer import FaceFormerConfig, FaceFormerNetwork
from avatron.training.motion.networks.fully_connected import FullyConnectedConfig, FullyConnectedNetwork

__all__ = ["NetworkConfig", "make_network"]

NetworkConfig = AvatronConfig | FullyConnectedConfig | FaceFormerConfig


def make_network(config: NetworkConfig) -> Decoder:
    """A new network, its weights drawn at random."""
    if isinstance(config, AvatronConfig):
        return AvatronNetwork(config)
    if isinstance(config, FullyConnectedConfig):
        return FullyConnectedNetwork(config)
    return FaceFormerNetwork(config)
