"""The media folder: files of messages, each encrypted with its owner's data key.

A file's name is its number; what it is called and who sent it stands, sealed, in the database.
"""

import os
from pathlib import Path

from storage import crypto
from storage.database import Tx
from storage.messages import list_message_attachments
from storage.records import Attachment, MessageId


def store(tx: Tx, folder: Path, attachment: Attachment, content: bytes) -> None:
    """Write a file so that it survives a power cut before the transaction commits.

    A crash in between leaves a file that no row names and nobody can be shown.
    """
    key_id = attachment.worker_key_id
    sealed = crypto.seal(tx.data_key(key_id), key_id, content, _place(attachment))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _path(folder, attachment)
    with open(path, "wb", opener=_private) as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())


def load(tx: Tx, folder: Path, attachment: Attachment) -> bytes:
    """The content; raises KeyDestroyed where it was erased, FileNotFoundError where it is gone."""
    sealed = _path(folder, attachment).read_bytes()
    return crypto.unseal(tx.data_key(attachment.worker_key_id), sealed, _place(attachment))


def load_all(tx: Tx, folder: Path, message_id: MessageId) -> list[tuple[Attachment, bytes | None]]:
    """The files of a message with their content; None for one that was erased or is gone."""
    found: list[tuple[Attachment, bytes | None]] = []
    for attachment in list_message_attachments(tx, [message_id]):
        try:
            found.append((attachment, load(tx, folder, attachment)))
        except (crypto.KeyDestroyed, FileNotFoundError):
            found.append((attachment, None))
    return found


def remove(folder: Path, attachment_id: int) -> None:
    """Delete a file; what remains anywhere else opens no more, since its key is destroyed."""
    (folder / f"{attachment_id}.sealed").unlink(missing_ok=True)


def _path(folder: Path, attachment: Attachment) -> Path:
    return folder / f"{attachment.id}.sealed"


def _place(attachment: Attachment) -> str:
    return f"attachment.content.{attachment.id}"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
