"""The settings, from the environment and `.env`: all faults told at once, by name."""

import base64
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from bot.errors import SettingsError
from storage.crypto import new_key, parse_secret_key
from storage.database import parse_url

PREFIX = "HAMRAH_"
ENV_FILE = Path(".env")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")
LANGUAGE_CODE = re.compile(r"^[a-z]{2,3}(_[A-Za-z]{2,8})?$")

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """Everything that an operator can choose. Secrets are never printed."""

    secret_key: bytes = field(repr=False)
    database_url: str = field(default="sqlite:///hamrah.db", repr=False)
    media_folder: Path = Path("media")
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    languages: tuple[str, ...] = ()  # none: every language that is complete
    log_level: str = "INFO"
    log_format: str = "console"

    @property
    def address(self) -> str:
        """Where people reach the desk and the web chat."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether people come by https, so that cookies can insist on it."""
        return self.public_url.startswith("https://")


def load_settings(environ: Mapping[str, str] | None = None, env_file: Path = ENV_FILE) -> Settings:
    """The settings; the environment wins over the file. Raises SettingsError with every fault."""
    values = {**read_env_file(env_file), **(os.environ if environ is None else environ)}
    faults: list[str] = []

    def get(name: str, parse: Callable[[str], T], default: T) -> T:
        text = values.get(PREFIX + name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            faults.append(f"{PREFIX}{name} {error}")
            return default

    if not values.get(PREFIX + "SECRET_KEY", "").strip():
        faults.append(
            f"{PREFIX}SECRET_KEY is missing: `make run` makes one and keeps it in .env; "
            "an existing database needs the one it was made with"
        )
    settings = Settings(
        secret_key=get("SECRET_KEY", parse_secret_key, b""),
        database_url=get("DATABASE_URL", _database_url, "sqlite:///hamrah.db"),
        media_folder=get("MEDIA_FOLDER", Path, Path("media")),
        host=get("HOST", _host, "127.0.0.1"),
        port=get("PORT", _port, 8080),
        public_url=get("PUBLIC_URL", _public_url, ""),
        languages=get("LANGUAGES", _languages, ()),
        log_level=get("LOG_LEVEL", _one_of(LOG_LEVELS, str.upper), "INFO"),
        log_format=get("LOG_FORMAT", _one_of(("console", "json"), str.lower), "console"),
    )
    faults += _unknown(values)
    if faults:
        raise SettingsError(faults)
    return settings


def read_env_file(path: Path) -> dict[str, str]:
    """NAME=value lines of a file; comments and quotes around values are dropped."""
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise SettingsError([f"{path} cannot be read as a text file"]) from None
    values = {}
    for line in content.splitlines():
        found = LINE.match(line)
        if found and not line.lstrip().startswith("#"):
            values[found[1]] = found[2].strip("\"'")
    return values


def ensure_secret_key(environ: Mapping[str, str] | None = None, env_file: Path = ENV_FILE) -> bool:
    """Make a secret key where there is none and keep it in the file, readable by its owner only.

    Returns whether one was made. The file is written whole or not at all.
    """
    known = {**read_env_file(env_file), **(os.environ if environ is None else environ)}
    if known.get(PREFIX + "SECRET_KEY", "").strip():
        return False
    before = env_file.read_text(encoding="utf-8") if env_file.exists() else ""
    glue = "" if before == "" or before.endswith("\n") else "\n"
    key = base64.b64encode(new_key()).decode()
    partial = env_file.with_name(env_file.name + ".part")
    partial.unlink(missing_ok=True)
    with open(partial, "x", encoding="utf-8", opener=_private) as file:
        file.write(
            f"{before}{glue}# Opens the database. Keep a copy in a safe place: without it "
            f"everything is lost.\n{PREFIX}SECRET_KEY={key}\n"
        )
        file.flush()
        os.fsync(file.fileno())
    partial.replace(env_file)
    return True


KNOWN = frozenset(
    {"SECRET_KEY", "DATABASE_URL", "MEDIA_FOLDER", "HOST", "PORT", "PUBLIC_URL"}
    | {"LANGUAGES", "LOG_LEVEL", "LOG_FORMAT"}
)


def _unknown(values: Mapping[str, str]) -> list[str]:
    return [
        f"{name} is not a setting; known are {', '.join(sorted(KNOWN))}"
        for name in sorted(values)
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in KNOWN
    ]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _database_url(text: str) -> str:
    parse_url(text)
    return text


def _host(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        if not re.fullmatch(r"[A-Za-z0-9.-]{1,253}", text):
            raise ValueError("is neither an address nor a host name") from None
    return text


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ValueError("is not a port: a number from 1 to 65535")
    return int(text)


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("is not an address like https://hamrah.example.org")
    return text.rstrip("/")


def _languages(text: str) -> tuple[str, ...]:
    codes = tuple(code.strip() for code in text.split(",") if code.strip())
    wrong = [code for code in codes if not LANGUAGE_CODE.match(code)]
    if wrong:
        raise ValueError(f"has {', '.join(wrong)}: write codes like en,az,ru,fa")
    return codes


def _one_of(allowed: tuple[str, ...], fold: Callable[[str], str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if fold(text) not in allowed:
            raise ValueError(f"is not one of {', '.join(allowed)}")
        return fold(text)

    return parse
