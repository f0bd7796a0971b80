"""The approved texts for who has not written for a day, and what Meta is asked to approve."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.channels.whatsapp.rendering import Part
from bot.errors import SettingsError
from flows.limits import WHATSAPP_BUTTON, WHATSAPP_TEXT_WITH_ANSWERS, length
from flows.texts import SOURCE_LANGUAGE

FILE = Path(__file__).parents[3] / "whatsapp_templates.yaml"
NEWS = "news"
CATEGORIES = ("utility", "marketing")
META_CODES: Mapping[str, str] = {"zh": "zh_CN", "ky": "ky_KG", "tl": "fil", "pt": "pt_PT"}


@dataclass(frozen=True)
class Template:
    """A text that Meta must approve, in several languages."""

    name: str
    category: str
    texts: Mapping[str, str]  # by our codes
    buttons: Mapping[str, str]  # likewise: one quick reply, or none in any language


@cache
def load_templates(file: Path = FILE) -> Mapping[str, Template]:
    """All templates of the file; raises SettingsError with every fault in it."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SettingsError([f"{file.name} cannot be read: {type(error).__name__}"]) from None
    found, faults = {}, []
    entries = document if isinstance(document, dict) else {}
    if NEWS not in entries:
        faults.append(f"{file.name}: the template {NEWS!r} is missing")
    for name, entry in entries.items():
        fields = entry if isinstance(entry, dict) else {}
        texts = fields.get("texts") if isinstance(fields.get("texts"), dict) else {}
        buttons = fields.get("buttons") if isinstance(fields.get("buttons"), dict) else {}
        category = str(fields.get("category"))
        template = Template(str(name), category, dict(texts or {}), dict(buttons or {}))
        faults += [f"{file.name}: {name}: {fault}" for fault in _faults(template)]
        found[template.name] = template
    if faults:
        raise SettingsError(faults)
    return found


def _faults(template: Template) -> list[str]:
    faults = []
    if template.category not in CATEGORIES:
        faults.append(f"category is not one of {', '.join(CATEGORIES)}")
    if SOURCE_LANGUAGE not in template.texts:
        faults.append("texts has no English one")
    for language, text in template.texts.items():
        if not isinstance(text, str) or not 1 <= length(text) <= WHATSAPP_TEXT_WITH_ANSWERS:
            faults.append(f"{language}: not a text of 1 to {WHATSAPP_TEXT_WITH_ANSWERS} letters")
    if template.buttons and template.buttons.keys() != template.texts.keys():
        faults.append("buttons has not the languages of texts")
    for language, label in template.buttons.items():
        if not isinstance(label, str) or not 1 <= length(label) <= WHATSAPP_BUTTON:
            faults.append(f"{language}: not a button of 1 to {WHATSAPP_BUTTON} letters")
    return faults


def template_part(name: str, language: str, pressed: str = "") -> Part:
    """The template as a message, in this language or else in English.

    `pressed` is what its quick reply brings back, where it has one.
    """
    template = load_templates()[name]
    code = meta_code(language if language in template.texts else SOURCE_LANGUAGE)
    body: dict[str, Any] = {
        "name": name,
        "language": {"code": code, "policy": "deterministic"},
    }
    if template.buttons and pressed:
        payload = {"type": "payload", "payload": pressed}
        button = {"type": "button", "sub_type": "quick_reply", "index": "0"}
        body["components"] = [{**button, "parameters": [payload]}]
    return Part("template", body)


def meta_code(language: str) -> str:
    """What Meta calls one of our languages."""
    return META_CODES.get(language, language)


def submission(template: Template, language: str) -> dict[str, Any]:
    """What Meta is asked to approve."""
    components: list[dict[str, Any]] = [{"type": "BODY", "text": template.texts[language]}]
    if template.buttons:
        button = {"type": "QUICK_REPLY", "text": template.buttons[language]}
        components.append({"type": "BUTTONS", "buttons": [button]})
    return {
        "name": template.name,
        "category": template.category.upper(),
        "language": meta_code(language),
        "components": components,
    }
