"""Every table of Hamrah, one module a subject; a new module is imported here.

storage/README.md says why each column with personal data is kept, and until when.
"""

from storage.schema.base import EPOCH, UtcTime, metadata
from storage.schema.core import (
    address,
    address_identifier,
    attachment,
    audit,
    case_note,
    consent,
    conversation,
    data_key,
    flow_version,
    id_sequence,
    inbox,
    keyring,
    legal_case,
    message,
    outbox,
    pending_file,
    rate_bucket,
    sign_in_link,
    staff,
    staff_session,
    worker,
)
from storage.schema.outreach import (
    announcement,
    announcement_text,
    news_question,
    recipient,
    worker_fact,
)
from storage.schema.workshops import partner, sign_up, workshop, workshop_text

__all__ = [
    "EPOCH",
    "UtcTime",
    "address",
    "address_identifier",
    "announcement",
    "announcement_text",
    "attachment",
    "audit",
    "case_note",
    "consent",
    "conversation",
    "data_key",
    "flow_version",
    "id_sequence",
    "inbox",
    "keyring",
    "legal_case",
    "message",
    "metadata",
    "news_question",
    "outbox",
    "partner",
    "pending_file",
    "rate_bucket",
    "recipient",
    "sign_in_link",
    "sign_up",
    "staff",
    "staff_session",
    "worker",
    "worker_fact",
    "workshop",
    "workshop_text",
]
