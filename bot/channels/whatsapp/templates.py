"""The approved texts as messages, and what Meta is asked to approve."""

from collections.abc import Mapping
from typing import Any

from bot.channels.whatsapp.rendering import Part
from bot.whatsapp_templates import Template, load_templates

META_CODES: Mapping[str, str] = {"zh": "zh_CN", "ky": "ky_KG", "tl": "fil", "pt": "pt_PT"}


def template_part(name: str, language: str, pressed: str = "") -> Part:
    """The template as a message, in this language or else in English.

    `pressed` is what its quick reply brings back, where it has one.
    """
    template = load_templates()[name]
    code = meta_code(template.spoken(language))
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
