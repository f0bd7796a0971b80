"""What WhatsApp lets through to who has not written for a day: whatsapp_templates.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.errors import SettingsError
from flows.limits import WHATSAPP_BUTTON, WHATSAPP_TEXT_WITH_ANSWERS, length
from flows.texts import SOURCE_LANGUAGE

FILE = Path(__file__).parents[1] / "whatsapp_templates.yaml"
NEWS = "news"
MARKETING = "marketing"
CATEGORIES = ("utility", MARKETING)


@dataclass(frozen=True)
class Template:
    """A text that Meta must approve, in several languages."""

    name: str
    category: str
    texts: Mapping[str, str]  # by our codes
    buttons: Mapping[str, str]  # likewise: one quick reply, or none in any language

    def spoken(self, language: str) -> str:
        """The language in which a reader of this one gets it: English where it has no other."""
        return language if language in self.texts else SOURCE_LANGUAGE


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


def invitations() -> Mapping[str, Template]:
    """Those that may stand for an announcement: their button shows the announcement itself."""
    return {
        name: template
        for name, template in load_templates().items()
        if template.category == MARKETING and template.buttons
    }


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
