"""Others judge: pywa's own parser what the server tells, Meta's description what the bot sends."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pywa.client import WhatsApp as Client
from pywa.types.base_update import RawUpdate
from pywa.types.callback import CallbackButton, CallbackSelection
from pywa.types.message import Message
from pywa.types.message_status import MessageStatus
from pywa.types.system import PhoneNumberChange
from pywa.types.user_preferences import UserMarketingPreferences

from tests.servers.whatsapp.server import PHONE_ID, WABA, WhatsAppServer

SPECS = Path("shared", "specs", "whatsapp-cloud-api-v23.0.yaml")
# beside the project, or beside the folder of its work trees
PLACES = [Path(__file__).parents[up] / SPECS for up in (4, 5)]
NEWER = {"biz_opaque_callback_data", "recipient"}  # known to Meta, not to this description
Json = dict[str, Any]


def judge_told(server: WhatsAppServer) -> list[str]:
    """What pywa's parser finds wrong with all that the server has told."""
    client = Client(phone_id=PHONE_ID, token="x" * 20, server=None)
    found = []
    for body in server.postman.told:
        for entry in body["entry"]:
            for change in entry["changes"]:
                found += list(_by_pywa(client, change))
    return found


def _by_pywa(client: Client, change: Json) -> Iterator[str]:
    value = change["value"]
    reader: Any
    if "statuses" in value:
        reader = MessageStatus
    elif "user_preferences" in value:
        reader = UserMarketingPreferences
    else:
        message = value["messages"][0]
        inner = message.get("interactive", {})
        readers = {"button_reply": CallbackButton, "list_reply": CallbackSelection}
        reader = readers.get(inner.get("type"), Message)
        if message["type"] == "system":
            reader = PhoneNumberChange
    raw = json.dumps({"object": "x", "entry": [{"id": WABA, "changes": [change]}]}).encode()
    try:
        reader.from_update(client, RawUpdate(raw, hmac_header=None, update_hash="x"))
    except (KeyError, ValueError, TypeError, IndexError) as error:
        yield f"{reader.__name__}: {type(error).__name__} {error}: {json.dumps(value)[:200]}"


# -- Meta's description ------------------------------------------------------------------------


@cache
def description() -> Mapping[str, Any] | None:
    """The schemas, or None where the description does not lie beside the project."""
    place = next((place for place in PLACES if place.exists()), None)
    if place is None:
        return None
    document = yaml.load(place.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return dict(document["components"]["schemas"])


def judge_sent(server: WhatsAppServer, schemas: Mapping[str, Any]) -> list[str]:
    """What the description finds wrong with the messages that the bot has sent."""
    found = []
    for call in server.calls_of("messages"):
        body = {key: value for key, value in call.body.items() if key not in NEWER}
        if "to" not in body:
            body["to"] = call.body["recipient"]
        name = f"{body['type'].capitalize()}Message"
        schema = whole(schemas, {"$ref": f"#/components/schemas/{name}"})
        found += list(faults(schemas, schema, body, name))
    return found


def whole(schemas: Mapping[str, Any], schema: Json) -> Json:
    """A schema with its references followed and its `allOf` merged into one.

    As published each part forbids what the other parts name, so that no message would fit.
    """
    if "$ref" in schema:
        return whole(schemas, schemas[schema["$ref"].rpartition("/")[2]])
    if "allOf" not in schema:
        return schema
    merged: Json = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        inner = whole(schemas, part)
        merged["properties"] = {**merged.get("properties", {}), **inner.get("properties", {})}
        merged["required"] = [*merged.get("required", []), *inner.get("required", [])]
        if inner.get("additionalProperties") is False:
            merged["additionalProperties"] = False
    return merged


KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,),
    "integer": (int,), "number": (int, float),
}  # fmt: skip


def faults(schemas: Mapping[str, Any], schema: Json, value: Any, where: str) -> Iterator[str]:
    """What is wrong with a value, by the parts of JSON Schema that the description uses."""
    schema = whole(schemas, schema)
    for word in ("oneOf", "anyOf"):
        if word in schema:
            tried = [list(faults(schemas, each, value, where)) for each in schema[word]]
            if all(tried):
                yield from min(tried, key=len)
    kind = str(schema.get("type"))
    if kind in KINDS and not isinstance(value, KINDS[kind]):
        yield f"{where} is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is not one of {schema['enum']}"
    if isinstance(value, str):
        if len(value) > schema.get("maxLength", len(value)):
            yield f"{where} is longer than {schema['maxLength']}"
        if len(value) < schema.get("minLength", 0):
            yield f"{where} is too short"
    if isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)):
            yield f"{where} has more than {schema['maxItems']}"
        for number, item in enumerate(value):
            yield from faults(schemas, schema.get("items", {}), item, f"{where}[{number}]")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where} needs {name}"
        for name, item in value.items():
            if name in properties:
                yield from faults(schemas, properties[name], item, f"{where}.{name}")
            elif schema.get("additionalProperties") is False and "discriminator" not in schema:
                yield f"{where} has no {name}"
