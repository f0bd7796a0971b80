"""Settings: every fault told at once, by name; the key made once and kept."""

import base64
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.settings import ensure_secret_key, load_settings, read_env_file

KEY = base64.b64encode(bytes(range(32))).decode()
NOWHERE = Path("/nonexistent/.env")


def faults(**values: str) -> list[str]:
    environ = {f"HAMRAH_{name}": value for name, value in values.items()}
    with pytest.raises(SettingsError) as caught:
        load_settings(environ, NOWHERE)
    return caught.value.faults


def test_only_the_key_is_needed() -> None:
    settings = load_settings({"HAMRAH_SECRET_KEY": KEY}, NOWHERE)
    assert settings.secret_key == bytes(range(32))
    assert settings.address == "http://127.0.0.1:8080"


def test_every_fault_is_told_at_once() -> None:
    found = faults(
        SECRET_KEY="nonsense",
        DATABASE_URL="mysql://x",
        PORT="http",
        HOST="not a host",
        PUBLIC_URL="example",
        LANGUAGES="en,English",
        LOG_LEVEL="loud",
        LOG_FORMAT="xml",
    )
    named = {fault.split()[0].removeprefix("HAMRAH_") for fault in found}
    assert named == {
        "SECRET_KEY", "DATABASE_URL", "PORT", "HOST", "PUBLIC_URL", "LANGUAGES", "LOG_LEVEL",
        "LOG_FORMAT",
    }  # fmt: skip


@pytest.mark.parametrize("port", ["0", "-1", "65536", "8o80", "٨٠٨٠", "1e3", " "])
def test_a_port_is_a_number_that_exists(port: str) -> None:
    environ = {"HAMRAH_SECRET_KEY": KEY, "HAMRAH_PORT": port}
    if not port.strip():
        assert load_settings(environ, NOWHERE).port == 8080
        return
    assert "HAMRAH_PORT" in faults(SECRET_KEY=KEY, PORT=port)[0]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"SMTP_HOST": "mail.example.org"}, "SMTP_FROM is missing"),
        ({"SMTP_FROM": "desk@example.org"}, "SMTP_HOST is missing"),
        ({"SMTP_FROM": "the desk", "SMTP_HOST": "mail.example.org"}, "SMTP_FROM"),
        ({"SMTP_USER": "desk"}, "SMTP_PASSWORD is missing"),
        ({"SMTP_PASSWORD": "secret"}, "SMTP_USER is missing"),
        ({"SMTP_USER": "desk", "SMTP_PASSWORD": "x", "SMTP_SECURITY": "none"}, "in the clear"),
        ({"SMTP_SECURITY": "ssl"}, "SMTP_SECURITY"),
        ({"SMTP_PORT": "smtp"}, "SMTP_PORT"),
        ({"SMTP_HOST": "mail server"}, "SMTP_HOST"),
    ],
)
def test_faults_of_the_mail_server_are_told_without_its_password(
    values: dict[str, str], told: str
) -> None:
    mail = {} if "_HOST" in told or "_FROM" in told else {"SMTP_HOST": "m.org"}
    mail |= {} if mail == {} else {"SMTP_FROM": "desk@m.org"}
    found = faults(SECRET_KEY=KEY, **{**mail, **values})
    assert any(told in fault for fault in found)
    assert not any("secret" in fault.replace("SECRET", "") for fault in found)


def test_a_misspelt_name_is_not_silently_ignored() -> None:
    assert "HAMRAH_DATABSE_URL is not a setting" in faults(SECRET_KEY=KEY, DATABSE_URL="x")[0]


def test_secrets_are_not_in_the_text_of_settings_or_faults() -> None:
    settings = load_settings({"HAMRAH_SECRET_KEY": KEY}, NOWHERE)
    assert KEY not in repr(settings)
    assert "hunter2" not in str(faults(SECRET_KEY="hunter2", DATABASE_URL="x://u:hunter2@h"))


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"# mine\nexport HAMRAH_PORT='9000'\nHAMRAH_SECRET_KEY={KEY}\n\nnonsense\n")
    assert load_settings({}, file).port == 9000
    assert load_settings({"HAMRAH_PORT": "9001"}, file).port == 9001


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("HAMRAH_PORT=9000")
    assert ensure_secret_key({}, file)
    first = file.read_text()
    assert not ensure_secret_key({}, file)
    assert file.read_text() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    settings = load_settings({}, file)
    assert settings.port == 9000
    assert len(settings.secret_key) == 32


def test_a_key_in_the_environment_makes_no_file(tmp_path: Path) -> None:
    assert not ensure_secret_key({"HAMRAH_SECRET_KEY": KEY}, tmp_path / ".env")
    assert not (tmp_path / ".env").exists()


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(SettingsError, match="cannot be read as a text file"):
        read_env_file(file)


@given(st.dictionaries(st.sampled_from(["PORT", "HOST", "PUBLIC_URL", "LANGUAGES"]), st.text()))
def test_any_text_is_a_setting_or_a_named_fault(values: dict[str, str]) -> None:
    environ = {f"HAMRAH_{name}": value for name, value in values.items()}
    told: list[str] = []
    try:
        load_settings({**environ, "HAMRAH_SECRET_KEY": KEY}, NOWHERE)
    except SettingsError as error:
        told = error.faults
    assert all(fault.split()[0] in environ for fault in told)


TOKEN = "123456:ABCdefGHIjklMNOpqrSTUvwxYZ0123456789"


def test_telegram_is_off_without_a_token() -> None:
    settings = load_settings({"HAMRAH_SECRET_KEY": KEY}, NOWHERE)
    assert (settings.telegram_token, settings.telegram_mode) == ("", "polling")


def test_every_fault_of_telegram_is_told_and_no_secret_is_repeated() -> None:
    found = faults(
        SECRET_KEY=KEY,
        TELEGRAM_TOKEN="not-a-token",
        TELEGRAM_MODE="pigeon",
        TELEGRAM_API_URL="localhost",
        TELEGRAM_WEBHOOK_SECRET="short one!",
        TELEGRAM_RATE="0",
        TELEGRAM_CHAT_RATE="fast",
    )
    named = {fault.split()[0].removeprefix("HAMRAH_TELEGRAM_") for fault in found}
    assert named == {"TOKEN", "MODE", "API_URL", "WEBHOOK_SECRET", "RATE", "CHAT_RATE"}
    assert "not-a-token" not in str(found)
    assert "short one" not in str(found)


def test_a_webhook_needs_an_address_and_a_secret() -> None:
    found = faults(SECRET_KEY=KEY, TELEGRAM_TOKEN=TOKEN, TELEGRAM_MODE="webhook")
    assert [fault.split()[0] for fault in found] == [
        "HAMRAH_TELEGRAM_WEBHOOK_SECRET",
        "HAMRAH_PUBLIC_URL",
    ]
    secret = "a" * 16
    found = faults(
        SECRET_KEY=KEY,
        TELEGRAM_TOKEN=TOKEN,
        TELEGRAM_MODE="webhook",
        TELEGRAM_WEBHOOK_SECRET=secret,
        PUBLIC_URL="http://example.org",
    )
    assert "is not https" in found[0]


def test_the_token_is_never_shown() -> None:
    settings = load_settings({"HAMRAH_SECRET_KEY": KEY, "HAMRAH_TELEGRAM_TOKEN": TOKEN}, NOWHERE)
    assert TOKEN not in repr(settings)


WHATSAPP = {
    "WHATSAPP_TOKEN": "EAAJtestTESTtestTESTtest",
    "WHATSAPP_PHONE_ID": "277321005464405",
    "WHATSAPP_APP_SECRET": "0123456789abcdef0123456789abcdef",
    "WHATSAPP_VERIFY_TOKEN": "a-word-of-our-choice",
}


def test_whatsapp_is_off_without_a_token_and_on_with_four_settings() -> None:
    assert load_settings({"HAMRAH_SECRET_KEY": KEY}, NOWHERE).whatsapp_token == ""
    environ = {f"HAMRAH_{name}": value for name, value in WHATSAPP.items()}
    settings = load_settings({"HAMRAH_SECRET_KEY": KEY, **environ}, NOWHERE)
    assert (settings.whatsapp_api_version, settings.whatsapp_rate) == ("26.0", 80)
    for secret in ("TOKEN", "APP_SECRET", "VERIFY_TOKEN"):
        assert WHATSAPP[f"WHATSAPP_{secret}"] not in repr(settings)


def test_every_fault_of_whatsapp_is_told_and_no_secret_is_repeated() -> None:
    found = faults(
        SECRET_KEY=KEY,
        WHATSAPP_TOKEN="short",
        WHATSAPP_PHONE_ID="+994 12 345",
        WHATSAPP_APP_SECRET="hunter2",
        WHATSAPP_VERIFY_TOKEN="a b",
        WHATSAPP_API_URL="graph",
        WHATSAPP_API_VERSION="latest",
        WHATSAPP_RATE="0",
    )
    named = {fault.split()[0].removeprefix("HAMRAH_WHATSAPP_") for fault in found}
    assert named == {
        "TOKEN", "PHONE_ID", "APP_SECRET", "VERIFY_TOKEN", "API_URL", "API_VERSION", "RATE"
    }  # fmt: skip
    assert "hunter2" not in str(found)


def test_whatsapp_says_what_it_lacks() -> None:
    found = faults(SECRET_KEY=KEY, WHATSAPP_TOKEN=WHATSAPP["WHATSAPP_TOKEN"])
    assert [fault.split()[0].removeprefix("HAMRAH_WHATSAPP_") for fault in found] == [
        "PHONE_ID",
        "APP_SECRET",
        "VERIFY_TOKEN",
    ]


def test_every_setting_of_the_example_file_is_known() -> None:
    example = Path(__file__).parent.parent / ".env.example"
    names = re.findall(r"HAMRAH_([A-Z_]+)=", example.read_text(encoding="utf-8"))
    assert len(names) > 20
    told = faults(**dict.fromkeys(names, ""))
    assert not [fault for fault in told if "is not a setting" in fault]
