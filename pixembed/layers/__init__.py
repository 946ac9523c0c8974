"""Keras layers: standardise, quantise, pixel embedding, and other codes and filters.

They use `keras.ops` only, so they run on every Keras backend, and they compute in
float32 under every dtype policy: in half precision a grey level times 1000 lands on
other tokens. Whoever loads a saved network has to have imported them, since Keras
looks for its classes among those that are imported.
"""

import pixembed.backend  # noqa: F401, says in a sentence if Keras cannot be had
from pixembed.layers.autoencoder import DenoisingAutoencoder
from pixembed.layers.cleaning import LowRank, MedianFilter
from pixembed.layers.codes import BinaryCode, FourierFeatures, Thermometer
from pixembed.layers.embedding import PixelEmbedding
from pixembed.layers.folded import EmbeddingConvolution, FoldedConvolution
from pixembed.layers.misprints import Misprints, RandomSaturation
from pixembed.layers.neighbours import NeighbourDistance
from pixembed.layers.normalisation import LocalResponseNormalization
from pixembed.layers.standardise import Standardize
from pixembed.layers.tokens import Quantize, TokenEmbedding
from pixembed.options import LARGEST_LIMIT, STATISTICS

__all__ = [
    "LARGEST_LIMIT",
    "STATISTICS",
    "BinaryCode",
    "DenoisingAutoencoder",
    "EmbeddingConvolution",
    "FoldedConvolution",
    "FourierFeatures",
    "LocalResponseNormalization",
    "LowRank",
    "MedianFilter",
    "Misprints",
    "NeighbourDistance",
    "PixelEmbedding",
    "Quantize",
    "RandomSaturation",
    "Standardize",
    "Thermometer",
    "TokenEmbedding",
]
