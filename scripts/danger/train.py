"""Learn the weights of the signs of danger from messages of our own; writes the two tables that the coach ships.

Run it after a change to `examples.yaml`, to a sign or to a rule: `python scripts/danger/train.py`. It needs the embedding model
(`mediation-coach model install`). The labelled test set in tests/golden is not read here.

Each example is shown several times with some of its signs left out, so that no single word decides. Calm messages are our own
look-alikes and the questions that the knowledge cards answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from mediation_coach.coach.danger import FEATURES, HARD, Signs, features, signs_in
from mediation_coach.knowledge.encoder import DIMENSIONS, Encoder

Array = NDArray[np.float64]
ROOT = Path(__file__).parents[2]
NEAR_DANGER = (
    "threats-to-participants",
    "hostage-or-detention-crisis",
    "harassment-in-the-process",
    "mediator-stress-and-care",
)
SHARES = {"danger": 0.4, "unclear": 0.15, "none": 0.25, "asked": 0.8}
CLASS = {"none": 0, "asked": 0, "danger": 1, "unclear": 2}
COPIES, KEPT, RATE, ROUNDS = 6, 0.62, 1.0, 600
MEANING, SIGNS = 2.0, 0.6


def examples() -> dict[str, list[str]]:
    """Return our own messages by what they are, and the cards' questions."""
    own = yaml.safe_load((Path(__file__).parent / "examples.yaml").read_text("utf-8"))
    texts = {label: [text for language in own[label].values() for text in language] for label in own}
    outside = (
        yaml.safe_load((ROOT / "knowledge/lexicon/out_of_scope.yaml").read_text("utf-8")) if OUTSIDE.exists() else {}
    )
    return {**texts, "asked": asked() + [str(text) for text in outside.get("out_of_scope", ())]}


OUTSIDE = ROOT / "knowledge/lexicon/out_of_scope.yaml"


def asked() -> list[str]:
    """Return the questions that the cards answer, without the few cards that are about danger itself."""
    found: list[str] = []
    for path in sorted((ROOT / "knowledge").glob("*/*.md")):
        front = yaml.safe_load(path.read_text("utf-8").split("---")[1])
        if path.stem not in NEAR_DANGER:
            found += map(str, front.get("asked_as") or ())
            found += [str(text) for texts in (front.get("asked_in") or {}).values() for text in texts]
    return found + scenes()


def scenes() -> list[str]:
    """Return every second line of `knowledge/examples`: people telling what happens around talks; the others are for the test."""
    found: list[str] = []
    for path in sorted((ROOT / "knowledge/examples").glob("*.yaml")):
        for slug, lines in yaml.safe_load(path.read_text("utf-8")).items():
            if slug not in NEAR_DANGER:
                found += [str(line) for line in lines[::2]]
    return found


def fit(x: Array, y: Array, weight: Array, decay: float) -> Array:
    """Return softmax weights of shape (features, 3), by full-batch descent with momentum from zero."""
    w = np.zeros((x.shape[1], 3))
    speed = np.zeros_like(w)
    for _ in range(ROUNDS):
        scores = x @ w
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        step = x.T @ (weight[:, None] * (scores / scores.sum(axis=1, keepdims=True) - y)) + decay * w
        speed = 0.9 * speed - RATE * step
        w = w + speed
    return w


def shown(text: str, copies: int, chance: np.random.Generator) -> list[tuple[Signs, list[float]]]:
    """Return the signs and features of a message, then of copies that miss some of its signs."""
    signs, asks, words = signs_in(text), "?" in text or "؟" in text, len(text.split())
    variants = [signs] + [frozenset(s for s in sorted(signs) if chance.random() < KEPT) for _ in range(copies)]
    return [(variant, features(variant, asks=asks, words=words)) for variant in variants]


def table(texts: dict[str, list[str]], vectors: dict[str, Array] | None) -> tuple[Array, Array, Array]:
    """Return features, classes and weights of all examples; without vectors only those with a hard sign."""
    chance = np.random.default_rng(7)
    rows: list[Array] = []
    classes: list[int] = []
    weights: list[float] = []
    for label, messages in texts.items():
        start = len(weights)
        for number, text in enumerate(messages):
            variants = shown(text, COPIES if label != "asked" else 0 if vectors else 2, chance)
            kept = [f for signs, f in variants if vectors is not None or signs & HARD]
            for values in kept:
                own = np.array(values)
                rows.append(own if vectors is None else np.concatenate([vectors[label][number] * MEANING, own * SIGNS]))
                classes.append(CLASS[label])
                weights.append(1 / len(kept))
        total = sum(weights[start:])
        weights[start:] = [w * SHARES[label] / total for w in weights[start:]]
    return np.array(rows), np.eye(3)[classes], np.array(weights)


def named(weights: Array) -> dict[str, Sequence[float]]:
    """Return the signs' weights by feature name, rounded."""
    return {name: [round(float(value), 3) for value in row] for name, row in zip(FEATURES, weights, strict=True)}


def main(model: Path) -> None:
    """Write `danger.json` and `sense.json`."""
    texts = examples()
    encoder = Encoder(model)
    vectors = {label: encoder.encode(messages).astype(np.float64) for label, messages in texts.items()}
    alone = fit(*table(texts, None), decay=1e-3)
    both = fit(*table(texts, vectors), decay=5e-4)
    package = ROOT / "src/mediation_coach"
    signs = {"alone": named(alone), "with_sense": named(both[DIMENSIONS:] * SIGNS)}
    (package / "coach/danger.json").write_text(json.dumps(signs, indent=0) + "\n", "utf-8")
    rows = [[round(float(value), 4) for value in row] for row in both[:DIMENSIONS] * MEANING]
    (package / "knowledge/sense.json").write_text(json.dumps(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.home() / ".cache/mediation-coach/model")
