"""`mediation-coach matrix`: log in once, and have the device verified by its owner."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediation_coach.adapters.matrix_check import Account
    from mediation_coach.adapters.matrix_session import MatrixOptions


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command group `matrix`."""
    group = commands.add_parser("matrix", help="set up Matrix")
    actions = group.add_subparsers(dest="action", required=True)
    login = actions.add_parser("login", help="log in once, by password or access token, and keep the session")
    login.add_argument("--new-device", action="store_true", help="make a new device; the identity is kept")
    login.add_argument("--token", action="store_true", help="ask for an access token, where there are no passwords")
    login.set_defaults(run=run_login)
    verify = actions.add_parser("verify", help="show whether the device is verified by its owner, and mend it")
    identity = verify.add_mutually_exclusive_group()
    identity.add_argument(
        "--recover", action="store_true", help="ask for the recovery key of the account, and use its identity"
    )
    identity.add_argument(
        "--reset", action="store_true", help="make a new identity, where the one there and its recovery key are lost"
    )
    verify.set_defaults(run=run_verify)


def run_login(args: argparse.Namespace) -> int:
    """Log in and print how the device stands; the recovery key, where it is new, this once."""
    from mediation_coach.adapters.matrix_check import log_in

    options = _options(args, ask=True, token=args.token)
    account = asyncio.run(log_in(options, afresh=args.new_device))
    _show(account, "Logged in as a new device." if account.new_device else "Already logged in.")
    return 0


def run_verify(args: argparse.Namespace) -> int:
    """Sign the device where it is not, and print how it stands; 1 where it is still not verified."""
    from mediation_coach.adapters.matrix_check import verify

    key = getpass.getpass("Recovery key: ") if args.recover else ""
    account = asyncio.run(verify(_options(args, ask=args.reset), recovery_key=key, reset=args.reset))
    _show(account, "")
    return 0 if account.verified else 1


def _options(args: argparse.Namespace, *, ask: bool, token: bool = False) -> MatrixOptions:
    """Return the settings; a token that is wanted, or a password that is needed and not set, is asked for and not kept there."""
    from mediation_coach.adapters.matrix_check import options_of
    from mediation_coach.config import load

    settings = load(args.config)
    table: dict[str, Any] = {"folder": settings.data_folder / "matrix", **settings.table("matrix")}
    if token:
        table = {**table, "password": None, "access_token": getpass.getpass("Access token: "), "device_id": None}
    elif ask and "password" not in table and "access_token" not in table and sys.stdin.isatty():
        table["password"] = getpass.getpass(f"Password of {table.get('user', 'the Matrix user')}: ")
    return options_of(table)


def _show(account: Account, first: str) -> None:
    lines = [first] if first else []
    lines += [f"User      {account.user}", f"Device    {account.device}", f"Key       {account.device_key}"]
    lines.append(f"Verified  {'yes, by its owner' if account.verified else 'no'}")
    if account.foreign:
        lines.append(
            "The account has an identity that was made elsewhere. Run `mediation-coach matrix verify --recover` with its recovery key,"
            " or, where that is lost, `mediation-coach matrix verify --reset`."
        )
    if account.to_do:
        lines.append(f"To do     {account.to_do}")
    lines.append(f"Recovery  {'a recovery key exists' if account.recoverable else 'there is no recovery key yet'}")
    if account.recovery_key:
        lines += [
            "",
            "Recovery key, shown this once. Keep it where the passwords are kept:",
            "",
            f"  {account.recovery_key}",
            "",
        ]
    print("\n".join(lines))
