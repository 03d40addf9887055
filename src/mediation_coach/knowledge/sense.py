"""How a whole message sounds: calm, alarming or unclear, from its place among example messages. Learnt once (scripts/danger)."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from mediation_coach.knowledge.encoder import Encoder


class SenseOfDanger:
    """Adds the sense of the sentence to the signs that single words give."""

    def __init__(self, encoder: Encoder) -> None:
        """Use `encoder` for a message's place."""
        self._encoder = encoder

    def __call__(self, text: str) -> tuple[float, float, float]:
        """Return what the sentence adds to calm, alarming and unclear, in the units of the signs' weights."""
        calm, alarming, unclear = (self._encoder.encode([text[:2000]])[0] @ _weights()).tolist()
        return calm, alarming, unclear


@cache
def _weights() -> NDArray[np.float32]:
    """Return weights of shape (384, 3)."""
    rows = json.loads(files(__package__).joinpath("sense.json").read_text("utf-8"))
    return np.array(rows, dtype=np.float32)
