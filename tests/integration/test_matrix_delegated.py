"""A homeserver that delegates authentication: no passwords, tokens only, and a person in a browser for a new identity."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mediation_coach import cli
from mediation_coach.adapters.matrix_check import check, log_in
from mediation_coach.adapters.matrix_session import Folder, MatrixOptions
from mediation_coach.domain.chat import Intent
from mediation_coach.errors import ConfigError
from tests.matrix_gate import PAGE, standing_before
from tests.matrix_people import EchoCoach, Member, eventually, options_for, running
from tests.synapse import PASSWORD, Synapse, synapse, without_passwords

pytestmark = [pytest.mark.xdist_group("synapse"), pytest.mark.timeout(120)]
__all__ = ["synapse"]


@pytest.fixture(scope="module")
def tokens_only() -> Iterator[Synapse]:
    pytest.importorskip("synapse", reason="matrix-synapse is not installed; it comes with the dev dependencies")
    with without_passwords() as server:
        yield server


def settings_file(folder: Path, **table: str) -> Path:
    """Write the settings as docs/matrix.md has them."""
    file = folder / "coach.toml"
    lines = [f'data = "{folder / "data"}"', "[matrix]", *(f"{key} = {json.dumps(v)}" for key, v in table.items())]
    file.write_text("\n".join(lines))
    return file


async def matrix(settings: Path, *words: str) -> int:
    return await asyncio.to_thread(cli.main, ["--config", str(settings), "matrix", *words])


def by_token(server: Synapse, folder: Path) -> MatrixOptions:
    user, token, device = server.token_for("coach")
    return options_for(server, folder, user, password=None, access_token=token, device_id=device)


async def test_a_token_with_its_device_logs_in_where_no_password_does(tokens_only: Synapse, tmp_path: Path) -> None:
    options = by_token(tokens_only, tmp_path / "token")
    account = await log_in(options)
    assert account.verified
    assert account.recovery_key
    async with running(EchoCoach(options)) as coach:
        assert await coach.adapter.ready() is None

    by_password = options_for(tokens_only, tmp_path / "password", options.user, password=PASSWORD)
    with pytest.raises(ConfigError, match="compatibility token"):
        await EchoCoach(by_password).start()


async def test_an_identity_that_a_person_must_allow_is_said_with_the_page_and_made_once_it_is_allowed(
    tokens_only: Synapse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user, token, device = tokens_only.token_for("coach")
    async with standing_before(tokens_only) as gate:
        settings = settings_file(tmp_path, homeserver=gate.url, user=user, access_token=token, device_id=device)
        assert await matrix(settings, "login") == 0
        said = capsys.readouterr().out
        assert "Logged in as a new device." in said
        assert "Verified  no" in said
        assert f"open {PAGE} in a browser" in said
        assert "`mediation-coach matrix verify`" in said
        table = {"homeserver": gate.url, "password": None, "access_token": token}
        options = options_for(tokens_only, tmp_path / "data" / "matrix", user, **table)
        async with running(EchoCoach(options)) as coach:
            assert "matrix verify" in str(await coach.adapter.ready())
        assert "matrix verify" in "".join(mend for _, good, mend in await check(options) if not good)
        assert await matrix(settings, "verify") == 1
        assert PAGE in capsys.readouterr().out

        gate.allowed = True
        assert await matrix(settings, "verify") == 0
        assert "Recovery key, shown this once" in capsys.readouterr().out
        async with running(EchoCoach(options)) as coach:
            assert await coach.adapter.ready() is None


async def test_an_identity_whose_key_is_lost_is_replaced_only_on_request_and_when_it_is_allowed(
    synapse: Synapse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with standing_before(synapse) as gate:
        settings = settings_file(tmp_path, homeserver=gate.url, user=synapse.user("coach"), password=PASSWORD)
        gate.allowed = True
        assert await matrix(settings, "login") == 0
        first = capsys.readouterr().out.rsplit("  E", 1)[1].strip()
        (tmp_path / "data" / "matrix" / "identity" / "seeds.json").unlink()
        gate.allowed = False
        assert await matrix(settings, "verify") == 1
        assert "matrix verify --reset" in capsys.readouterr().out

        assert await matrix(settings, "verify", "--reset") == 1
        said = capsys.readouterr().err
        assert f"open {PAGE} in a browser" in said
        assert "`mediation-coach matrix verify --reset`" in said
        gate.stages, gate.page = ("org.example.stage",), ""
        assert await matrix(settings, "verify", "--reset") == 1
        assert "ask whoever runs it" in capsys.readouterr().err

        gate.allowed = True
        assert await matrix(settings, "verify", "--reset") == 0
        shown = capsys.readouterr().out
        assert "Verified  yes, by its owner" in shown
        assert shown.rsplit("  E", 1)[1].strip() != first
        assert await matrix(settings, "verify") == 0


async def test_a_token_that_was_typed_once_is_enough_and_so_is_the_next_one(
    synapse: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    user = synapse.user("coach")
    settings = settings_file(tmp_path, homeserver=synapse.url, user=user)
    folder = Folder(tmp_path / "data" / "matrix")
    for _ in range(2):
        token, device = synapse.log_in(user)
        monkeypatch.setattr("getpass.getpass", lambda _, token=token: token)
        assert await matrix(settings, "login", "--token") == 0
        session = folder.session()
        assert session is not None
        assert (session.token, session.device) == (token, device)
        assert len(list(folder.crypto.glob("*.db"))) == 1
    assert token not in capsys.readouterr().out
    async with running(EchoCoach(options_for(synapse, folder.path, user, password=None))) as coach:
        assert await coach.adapter.ready() is None


async def test_a_dead_token_is_a_clear_error_and_one_of_a_new_device_takes_the_room_keys_along(
    synapse: Synapse, tmp_path: Path
) -> None:
    user = synapse.user("coach")

    def with_token(token: str, device: str) -> EchoCoach:
        table = {"password": None, "access_token": token, "device_id": device}
        return EchoCoach(options_for(synapse, tmp_path, user, **table))

    first, second = synapse.log_in(user), synapse.log_in(user)
    async with Member.present(synapse) as person:
        async with running(with_token(*first)) as coach:
            room = await person.open_room(user, encrypted=True)
            await person.say(room, "before")
            answer = await person.answered(room, user, "echo: before")
        synapse.ask("POST", "/_matrix/client/v3/logout", {}, first[0])
        with pytest.raises(ConfigError, match=r"make a new access token.*matrix login"):
            await with_token(*first).start()
        with pytest.raises(ConfigError, match="does not know this access token"):
            await with_token("none", second[1]).start()

        async with running(with_token(*second)) as coach:
            await person.react(room, answer.event_id, "👍")
            await eventually(lambda: [e.intent for e in coach.events] == [Intent.FEEDBACK])
            await person.say(room, "after")
            await person.answered(room, user, "echo: after")
