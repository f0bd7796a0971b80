"""The JSON Schemas of the content, by which editors complete and underline.

They are made from the models of flows/document.py by `hamrah flows schema`; the first line of each
content file names its schema.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from flows import document as doc

SCHEMAS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {  # the stem of a table's file; "flow" for every flow
        "flow": doc.FlowDoc,
        "sources": doc.SourcesDoc,
        "hotlines": doc.HotlinesDoc,
        "languages": doc.LanguagesDoc,
        "recipients": doc.RecipientsDoc,
        "problems": doc.ProblemsDoc,
    }
)


def schema_text(name: str) -> str:
    """One of the schemas, as its file has it."""
    schema = SCHEMAS[name].model_json_schema()
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_tidy(schema),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write all schemas into a content folder."""
    paths = [folder / f"{name}.schema.json" for name in SCHEMAS]
    for name, path in zip(SCHEMAS, paths, strict=True):
        path.write_text(schema_text(name), encoding="utf-8")
    return paths


def first_line(folder: Path, path: Path) -> str:
    """The first line of a content file: where its schema is."""
    up = "../" * (len(path.relative_to(folder).parts) - 1)
    name = path.stem if not up and path.stem in SCHEMAS else "flow"
    return f"# yaml-language-server: $schema={up}{name}.schema.json"


def _tidy(part: Any) -> Any:
    """Without the titles that pydantic makes of names, and strict about names that do not fit."""
    if isinstance(part, list):
        return [_tidy(item) for item in part]
    if not isinstance(part, dict):
        return part
    closed = {"additionalProperties": False} if "patternProperties" in part else {}
    titled = [key for key, value in part.items() if key == "title" and isinstance(value, str)]
    return {**{key: _tidy(part[key]) for key in part if key not in titled}, **closed}
