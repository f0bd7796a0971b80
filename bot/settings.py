"""The settings, from the environment and `.env`: all faults told at once, by name."""

import base64
import ipaddress
import os
import re
from collections.abc import Callable, Collection, Mapping
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
SMTP_SECURITY = ("starttls", "tls", "none")
WHATSAPP_VERSION = "26.0"  # of the Graph API, that we are tested with
TELEGRAM_MODES = ("polling", "webhook")
LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")
LANGUAGE_CODE = re.compile(r"^[a-z]{2,3}(_[A-Za-z]{2,8})?$")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))

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
    trusted_proxies: tuple[Network, ...] = LOOPBACK  # X-Forwarded-For is believed of these
    languages: tuple[str, ...] = ()  # none: every language that is complete
    require_signed: bool = False  # trees that no lawyer has signed hand over, not advise
    small_office: bool | None = None  # None: with fewer than three active staff
    case_cap: int = 60  # open cases of one lawyer, without those that wait for a third party
    log_level: str = "INFO"
    log_format: str = "console"
    metrics_token: str = field(default="", repr=False)  # none: no numbers, or on this machine
    smtp_host: str = ""  # none: no alerts by mail
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_from: str = ""
    telegram_token: str = field(default="", repr=False)  # none: Telegram is off
    telegram_name: str = ""  # of the bot, for links on posters and pages
    telegram_mode: str = "polling"
    telegram_api_url: str = ""  # none: Telegram's own
    telegram_webhook_secret: str = field(default="", repr=False)
    telegram_rate: int = 30  # messages a second that Telegram allows the bot
    telegram_chat_rate: int = 1  # and to one chat
    telegram_content: bool = False  # lawyers may read and write their cases on Telegram
    whatsapp_token: str = field(default="", repr=False)  # none: WhatsApp is off
    whatsapp_phone_id: str = ""
    whatsapp_app_secret: str = field(default="", repr=False)
    whatsapp_verify_token: str = field(default="", repr=False)
    whatsapp_api_url: str = ""  # none: Meta's own
    whatsapp_api_version: str = WHATSAPP_VERSION
    whatsapp_rate: int = 80  # messages a second that WhatsApp allows the number

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
    known: set[str] = set()

    def get(name: str, parse: Callable[[str], T], default: T) -> T:
        known.add(name)
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
            f"{PREFIX}SECRET_KEY is missing: {env_file.absolute()} has none. Type `hamrah` "
            "in the folder of .env; the first `make run` makes that file"
        )
    settings = Settings(
        secret_key=get("SECRET_KEY", parse_secret_key, b""),
        database_url=get("DATABASE_URL", _database_url, "sqlite:///hamrah.db"),
        media_folder=get("MEDIA_FOLDER", Path, Path("media")),
        host=get("HOST", _host, "127.0.0.1"),
        port=get("PORT", _port, 8080),
        public_url=get("PUBLIC_URL", _public_url, ""),
        trusted_proxies=get("TRUSTED_PROXIES", _networks, LOOPBACK),
        languages=get("LANGUAGES", _languages, ()),
        require_signed=get("REQUIRE_SIGNED", _yes_or_no, False),
        small_office=get("SMALL_OFFICE", _yes_or_no, None),
        case_cap=get("CASE_CAP", _case_cap, 60),
        log_level=get("LOG_LEVEL", _one_of(LOG_LEVELS, str.upper), "INFO"),
        log_format=get("LOG_FORMAT", _one_of(("console", "json"), str.lower), "console"),
        metrics_token=get("METRICS_TOKEN", _token(16), ""),
        smtp_host=get("SMTP_HOST", _host, ""),
        smtp_port=get("SMTP_PORT", _port, 587),
        smtp_security=get("SMTP_SECURITY", _one_of(SMTP_SECURITY, str.lower), "starttls"),
        smtp_user=get("SMTP_USER", str, ""),
        smtp_password=get("SMTP_PASSWORD", str, ""),
        smtp_from=get("SMTP_FROM", _mail_address, ""),
        telegram_token=get("TELEGRAM_TOKEN", _telegram_token, ""),
        telegram_name=get("TELEGRAM_NAME", _telegram_name, ""),
        telegram_mode=get("TELEGRAM_MODE", _one_of(TELEGRAM_MODES, str.lower), "polling"),
        telegram_api_url=get("TELEGRAM_API_URL", _public_url, ""),
        telegram_webhook_secret=get("TELEGRAM_WEBHOOK_SECRET", _webhook_secret, ""),
        telegram_rate=get("TELEGRAM_RATE", _rate, 30),
        telegram_chat_rate=get("TELEGRAM_CHAT_RATE", _rate, 1),
        telegram_content=get("TELEGRAM_CONTENT", _yes_or_no, False),
        whatsapp_token=get("WHATSAPP_TOKEN", _whatsapp_token, ""),
        whatsapp_phone_id=get("WHATSAPP_PHONE_ID", _phone_id, ""),
        whatsapp_app_secret=get("WHATSAPP_APP_SECRET", _app_secret, ""),
        whatsapp_verify_token=get("WHATSAPP_VERIFY_TOKEN", _token(8), ""),
        whatsapp_api_url=get("WHATSAPP_API_URL", _public_url, ""),
        whatsapp_api_version=get("WHATSAPP_API_VERSION", _api_version, WHATSAPP_VERSION),
        whatsapp_rate=get("WHATSAPP_RATE", _rate, 80),
    )
    if settings.telegram_token and settings.telegram_mode == "webhook":
        faults += _webhook_faults(settings)
    faults += _smtp_faults(settings, values)
    if values.get(PREFIX + "WHATSAPP_TOKEN", "").strip():
        faults += _whatsapp_faults(values)
    faults += _unknown(values, known)
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


def _unknown(values: Mapping[str, str], known: Collection[str]) -> list[str]:
    return [
        f"{name} is not a setting; known are {', '.join(sorted(known))}"
        for name in sorted(values)
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known
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


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(each.strip()) for each in text.split(","))
    except ValueError:
        raise ValueError("is not addresses or networks like 127.0.0.1,172.30.0.0/24") from None


def _telegram_token(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,20}:[A-Za-z0-9_-]{30,64}", text):  # never quoted: it is secret
        raise ValueError("is not a token as @BotFather gives them, like 123456:ABC...")
    return text


def _telegram_name(text: str) -> str:
    name = text.removeprefix("@")
    if not re.fullmatch(r"[A-Za-z0-9_]{5,32}", name):
        raise ValueError("is not a bot's name like @hamrah_bot")
    return name


def _webhook_secret(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", text):  # core.telegram.org/bots/api, setWebhook
        raise ValueError("is not 16 to 256 letters, digits, _ or -")
    return text


def _rate(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise ValueError("is not a number of messages from 1 to 1000")
    return int(text)


def _whatsapp_token(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_|.-]{20,1024}", text):
        raise ValueError("is not an access token as Meta gives them, like EAAJ...")
    return text


def _phone_id(text: str) -> str:
    if not re.fullmatch(r"[0-9]{5,32}", text):
        raise ValueError("is not the id of a phone number: digits only, without +")
    return text


def _app_secret(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{32}", text):
        raise ValueError("is not an app secret: 32 digits and letters from a to f")
    return text


def _token(least: int) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not least <= len(text) <= 256 or not re.fullmatch(r"[\x21-\x7e]+", text):
            raise ValueError(f"is not {least} to 256 letters, digits and signs without a space")
        return text

    return parse


def _api_version(text: str) -> str:
    if not re.fullmatch(r"v?[0-9]{2}\.[0-9]", text):
        raise ValueError(f"is not a version like {WHATSAPP_VERSION}")
    return text.removeprefix("v")


def _whatsapp_faults(values: Mapping[str, str]) -> list[str]:
    """What WhatsApp cannot do without: what a webhook gets is only true with its signature."""
    return [
        f"{PREFIX}{name} is missing: WhatsApp needs it"
        for name in ("WHATSAPP_PHONE_ID", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN")
        if not values.get(PREFIX + name, "").strip()
    ]


def _case_cap(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise ValueError("is not a number of cases from 1 to 1000")
    return int(text)


def _webhook_faults(settings: Settings) -> list[str]:
    faults = []
    if not settings.telegram_webhook_secret:
        faults.append(f"{PREFIX}TELEGRAM_WEBHOOK_SECRET is missing: a webhook needs one")
    if not settings.public_url:
        faults.append(f"{PREFIX}PUBLIC_URL is missing: Telegram's webhook needs an address")
    elif not settings.secure and not settings.telegram_api_url:
        faults.append(f"{PREFIX}PUBLIC_URL is not https://...: Telegram calls no other webhook")
    return faults


def _smtp_faults(settings: Settings, values: Mapping[str, str]) -> list[str]:
    given = {
        name: values.get(f"{PREFIX}SMTP_{name}", "").strip()
        for name in ("HOST", "USER", "PASSWORD", "FROM")
    }
    faults = []
    if given["HOST"] and not given["FROM"]:
        faults.append(f"{PREFIX}SMTP_FROM is missing: mail needs a sender")
    if not given["HOST"] and any(given.values()):
        faults.append(f"{PREFIX}SMTP_HOST is missing: the other SMTP settings need it")
    if bool(given["USER"]) is not bool(given["PASSWORD"]):
        other = "PASSWORD" if given["USER"] else "USER"
        faults.append(f"{PREFIX}SMTP_{other} is missing: a user needs a password, and the reverse")
    if given["PASSWORD"] and settings.smtp_security == "none":
        faults.append(f"{PREFIX}SMTP_SECURITY none would send {PREFIX}SMTP_PASSWORD in the clear")
    return faults


def _mail_address(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;:]+@[^\s@<>,;:]+", text):
        raise ValueError("is not a mail address like desk@example.org")
    return text


def _languages(text: str) -> tuple[str, ...]:
    codes = tuple(code.strip() for code in text.split(",") if code.strip())
    wrong = [code for code in codes if not LANGUAGE_CODE.match(code)]
    if wrong:
        raise ValueError(f"has {', '.join(wrong)}: write codes like en,az,ru,fa")
    return codes


def _yes_or_no(text: str) -> bool:
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in known:
        raise ValueError("is neither yes nor no")
    return known[text.lower()]


def _one_of(allowed: tuple[str, ...], fold: Callable[[str], str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if fold(text) not in allowed:
            raise ValueError(f"is not one of {', '.join(allowed)}")
        return fold(text)

    return parse
