"""What the tables share: one metadata, aware UTC times, ids that are never reused."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    MetaData,
    Sequence,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without time zone")
        if dialect.name == "sqlite":
            return (value - EPOCH) // timedelta(microseconds=1)
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return EPOCH + timedelta(microseconds=value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


def id_column(table: str) -> Column[int]:
    """The primary key of this table, filled by storage.database.next_id."""
    # BigInteger is wider than SQLite's alias of the rowid, so ids come from next_id() on both
    # databases: they are known before the row is written and can be bound to its ciphertexts.
    return Column(
        "id",
        BigInteger,
        Sequence(f"{table}_id_seq", metadata=metadata),
        primary_key=True,
        autoincrement=False,
    )


def ref_column(target: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    """A column that names a row of the target table, called target_id."""
    name = {"legal_case": "case_id", "data_key": "key_id"}.get(target, f"{target}_id")
    return Column(name, BigInteger, ForeignKey(f"{target}.id"), nullable=nullable, index=index)
