"""Sealing, key rings and pseudonyms."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from mediation_coach.errors import ConfigError, StoreError
from mediation_coach.store.crypto import KeyRing, Pseudonyms, key_file, new_key, read_keys, seal, unseal

ZEROS = base64.b64encode(bytes(32)).decode()


def encoded() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def test_what_is_sealed_opens_with_its_key_and_its_place_only() -> None:
    key = new_key()
    sealed = seal(key, b"the minister wavers", bound_to="inbox|body|1")
    assert b"minister" not in sealed
    assert unseal(key, sealed, bound_to="inbox|body|1") == b"the minister wavers"
    for wrong in (
        {"key": new_key()},
        {"bound_to": "inbox|body|2"},
        {"sealed": sealed[:-1] + b"x"},
        {"sealed": b""},
        {"sealed": sealed[:5]},
    ):
        with pytest.raises(StoreError):
            unseal(**{"key": key, "sealed": sealed, "bound_to": "inbox|body|1"} | wrong)  # type: ignore[arg-type]


def test_the_same_words_look_different_each_time() -> None:
    key = new_key()
    assert seal(key, b"same", bound_to="x") != seal(key, b"same", bound_to="x")


def test_the_first_key_wraps_and_all_unwrap() -> None:
    old, new = encoded(), encoded()
    name, wrapped = read_keys(f"old:{old}").wrap(b"k" * 32, bound_to="p")
    both = read_keys(f"new:{new}, old:{old}")
    assert (name, both.first) == ("old", "new")
    assert both.unwrap(name, wrapped, bound_to="p") == b"k" * 32


def test_a_missing_or_changed_key_is_named() -> None:
    name, wrapped = read_keys(f"old:{encoded()}").wrap(b"k" * 32, bound_to="p")
    with pytest.raises(StoreError, match="'old', which the settings do not have"):
        read_keys(f"new:{encoded()}").unwrap(name, wrapped, bound_to="p")
    with pytest.raises(StoreError, match="'old' in the settings is not the one"):
        read_keys(f"old:{encoded()}").unwrap(name, wrapped, bound_to="p")


@pytest.mark.parametrize("text", ["", ",", "abc", "k1:short", f":{ZEROS}", "k1:!!!", f"a:{ZEROS},a:{ZEROS}"])
def test_unusable_keys_are_refused_with_a_way_to_make_one(text: str) -> None:
    with pytest.raises(ConfigError, match="make one with") as caught:
        read_keys(text)
    assert len(text) < 3 or text not in str(caught.value)


def test_the_key_file_is_made_once_and_for_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "coach.db.key"
    first = key_file(path)
    assert isinstance(first, KeyRing)
    assert key_file(path) == first
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_file_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"set store\.keys"):
        key_file(tmp_path / "missing" / "coach.db.key")


def test_pseudonyms_are_stable_and_need_the_key() -> None:
    key = new_key()
    name = Pseudonyms(key)
    assert name("person", "a/b/c") == Pseudonyms(key)("person", "a/b/c")
    assert len({name("person", "x"), name("conversation", "x"), Pseudonyms(new_key())("person", "x")}) == 3
