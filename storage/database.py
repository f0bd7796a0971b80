"""The one door to the database: `await database.write(fn)` and `await database.read(fn)`.

`fn` is a plain function that gets a Tx and returns a value; nothing can be awaited inside a
transaction. SQLite has one writer thread (BEGIN IMMEDIATE) and a few readers on WAL snapshots;
PostgreSQL runs the same functions over psycopg 3. Measured: a unit of 12 statements takes
2.5 ms this way and 10-15 ms over an asynchronous SQLite driver (DESIGN.md section 9.1).
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Engine,
    Executable,
    Table,
    bindparam,
    create_engine,
    event,
    insert,
    literal_column,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from storage import crypto, schema

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

READER_THREADS = 3
PATIENCE_SECONDS = 30.0  # for one's turn: a command may write beside the serving process
TRIES_AFTER_DEADLOCK = 5
# Whoever hangs up without a word must not be waited for until the system gives up (two hours).
NOTICE_A_DEAD_SERVER = {
    "connect_timeout": "10",  # seconds
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",  # milliseconds
}
# What the database does to us, not we to it: no connection is free, it went away, it is full, or a
# stand-by took its place that may not be written to yet.
NOT_OUR_FAULT = (OperationalError, InterfaceError, InternalError, NoFreeConnection)


class DatabaseUnavailable(Exception):
    """The database does not answer; nothing was stored, so the message may be sent again."""


# Built once: they are asked for every row that is written or read.
_NEXT_ID = (
    SqliteInsert(schema.id_sequence)
    .values(name=bindparam("name"), last=1)
    .on_conflict_do_update(index_elements=["name"], set_={"last": schema.id_sequence.c.last + 1})
    .returning(schema.id_sequence.c.last)
)
_DATA_KEY = select(schema.data_key.c.ciphertext).where(schema.data_key.c.id == bindparam("id"))


class Tx:
    """An open transaction: run statements, make ids, seal and open fields, announce changes."""

    def __init__(self, connection: Connection, vault: crypto.Vault | None) -> None:
        self.connection = connection
        self.topics: set[str] = set()
        self._vault = vault
        self._data_keys: dict[int, bytes] = {}

    @property
    def vault(self) -> crypto.Vault:
        if self._vault is None:
            raise RuntimeError("the database is not unlocked")
        return self._vault

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement."""
        return self.connection.execute(statement, parameters)

    def ring(self, topic: str) -> None:
        """Tell whoever listens, after the commit, that this topic has news."""
        self.topics.add(topic)

    def next_id(self, table: str) -> int:
        """A fresh id for a row of this table; never given twice."""
        if self.connection.dialect.name == "postgresql":
            return int(self.connection.scalar(text(f"SELECT nextval('{table}_id_seq')")) or 0)
        return int(self.execute(_NEXT_ID, {"name": table}).scalar_one())

    def insert(self, table: Table) -> "SqliteInsert | PostgresInsert":
        """An INSERT that can say what happens where the row is there already (ON CONFLICT)."""
        if self.connection.dialect.name != "postgresql":
            return SqliteInsert(table)
        from sqlalchemy.dialects.postgresql import Insert as PostgresInsert

        return PostgresInsert(table)

    def insert_once(self, table: Table, row: Mapping[str, Any]) -> bool:
        """Write a row; False, and nothing is written, where it was there before."""
        new = self.insert(table).values(dict(row)).on_conflict_do_nothing()
        # psycopg knows no row count here, so the row itself says whether it went in
        return self.execute(new.returning(literal_column("1"))).first() is not None

    def serialise(self, name: bytes) -> None:
        """Let other transactions on this name wait for this one (SQLite always does)."""
        if self.connection.dialect.name == "postgresql":
            number = int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)
            self.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})

    # -- sealed fields -------------------------------------------------------------------------

    def new_data_key(self, now: Any) -> int:
        """Make a data key; returns its id."""
        key_id, key = self.next_id("data_key"), crypto.new_key()
        row = {
            "id": key_id,
            "ciphertext": self.vault.wrap(key, key_id),
            "created_at": now,
        }
        self.execute(insert(schema.data_key).values(row))
        self._data_keys[key_id] = key
        return key_id

    def data_key(self, key_id: int) -> bytes:
        """The key itself; raises KeyDestroyed where it was erased."""
        if key_id not in self._data_keys:
            ciphertext = self.execute(_DATA_KEY, {"id": key_id}).scalar_one()
            if ciphertext is None:
                raise crypto.KeyDestroyed(key_id)
            self._data_keys[key_id] = self.vault.unwrap(ciphertext, key_id)
        return self._data_keys[key_id]

    def seal(self, key_id: int, place: str, row_id: int, plaintext: str) -> bytes:
        """Encrypt a text for one field: place is "table.column"."""
        key = self.data_key(key_id)
        data = plaintext.encode(errors="surrogatepass")  # half an emoji must not lose a message
        return crypto.seal(key, key_id, data, f"{place}.{row_id}")

    def unseal(self, place: str, row_id: int, ciphertext: bytes) -> str:
        """The text of one field; raises KeyDestroyed where it was erased."""
        key = self.data_key(crypto.key_id_of(ciphertext))
        data = crypto.unseal(key, ciphertext, f"{place}.{row_id}")
        return data.decode(errors="surrogatepass")


Work = Callable[[Tx], T]
Listener = Callable[[frozenset[str]], None]


class Database:
    """A database by URL. `unlock()` opens its seals; `close()` lets running transactions finish.

    A unit of work waits `patience_seconds` for its turn before DatabaseUnavailable is raised.
    """

    def __init__(self, url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.url = parse_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._vault: crypto.Vault | None = None
        self._listeners: list[Listener] = []
        self._opening: Work[object] | None = None
        self._door: _SqliteDoor | _PostgresDoor = (
            _SqliteDoor(self.url, patience_seconds)
            if self.is_sqlite
            else _PostgresDoor(self.url, patience_seconds)
        )

    async def write(self, work: Work[T]) -> T:
        """Run work in one transaction that may write: all of it is stored, or nothing.

        work may run again after a deadlock, so it has no effect outside the transaction.
        Raises DatabaseUnavailable where the database cannot be reached, hangs or is full.
        """
        result, topics = await _translated(self._door.write(self._unit(self._opened(work))))
        self._opening = None
        if topics:
            for listener in self._listeners:
                listener(topics)
        return result

    async def read(self, work: Work[T]) -> T:
        """Run work on a consistent snapshot; what it writes is thrown away."""
        result, _ = await _translated(self._door.read(self._unit(work)))
        return result

    def opening_with(self, opening: Work[object]) -> "Database":
        """This database, whose next write begins with `opening`, in the same transaction.

        What is rolled back leaves it to the write after.
        """
        same = copy(self)
        same._opening = opening
        return same

    async def check(self) -> None:
        """Raises DatabaseUnavailable where it does not answer."""
        await self.read(lambda tx: tx.execute(text("SELECT 1")).one())

    def on_change(self, listener: Listener) -> None:
        """Call listener in the event loop after each commit that rang, with its topics."""
        self._listeners.append(listener)

    async def unlock(self, vault: crypto.Vault) -> None:
        """From now on sealed fields can be read and written."""
        self._vault = vault

    async def close(self) -> None:
        """Wait for what runs, then close every connection."""
        await self._door.close()

    def _opened(self, work: Work[T]) -> Work[T]:
        opening = self._opening

        def opened(tx: Tx) -> T:
            if opening is not None:
                opening(tx)
            return work(tx)

        return opened

    def _unit(self, work: Work[T]) -> Callable[[Connection], tuple[T, frozenset[str]]]:
        def unit(connection: Connection) -> tuple[T, frozenset[str]]:
            tx = Tx(connection, self._vault)
            result = work(tx)
            return result, frozenset(tx.topics)

        return unit


def parse_url(url: str) -> URL:
    """The URL with our driver in it; raises ValueError for anything but SQLite and PostgreSQL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError, AttributeError):
        raise ValueError("is not a database URL like sqlite:///hamrah.db") from None
    if parsed.drivername == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ValueError("names no file")  # several threads need to see the same data
        return parsed
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    raise ValueError("is neither sqlite:///FILE nor postgresql://...")


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database; None for PostgreSQL."""
    parsed = parse_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


async def _translated(running: Awaitable[T]) -> T:
    try:
        return await running
    except NOT_OUR_FAULT as error:
        raise DatabaseUnavailable(told(error)) from error


def told(error: Exception) -> str:
    """What the driver says in its first line; values of rows stand only in those below."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).partition("\n")[0] or type(cause).__name__


def _to_its_end(writing: asyncio.Future[T]) -> asyncio.Future[T]:
    """Shielded: a cancelled request must not look like a lost write to the code that waits.

    Nobody hears then how it ended, so asyncio must not print that fault, with its SQL, at the end.
    """
    writing.add_done_callback(lambda done: done.cancelled() or done.exception())
    return asyncio.shield(writing)


class _SqliteDoor:
    def __init__(self, url: URL, patience: float) -> None:
        self._writer = _sqlite_engine(url, patience, begin="BEGIN IMMEDIATE", pool_size=1)
        self._reader = _sqlite_engine(url, patience, begin="BEGIN", pool_size=READER_THREADS)
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-write")
        self._read_threads = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="sqlite-read")

    async def write(self, unit: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        return await _to_its_end(
            loop.run_in_executor(self._write_thread, _in_transaction, self._writer, unit)
        )

    async def read(self, unit: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._read_threads, _rolled_back, self._reader, unit)

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        for threads in (self._write_thread, self._read_threads):
            await loop.run_in_executor(None, threads.shutdown)
        self._writer.dispose()
        self._reader.dispose()


def _in_transaction(engine: Engine, unit: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return unit(connection)


def _rolled_back(engine: Engine, unit: Callable[[Connection], T]) -> T:
    with engine.connect() as connection:
        return unit(connection)


@lru_cache(maxsize=8)  # opened again after it was closed, it knows what it has compiled
def _sqlite_engine(url: URL, patience: float, *, begin: str, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={
            "isolation_level": None,
            "timeout": patience,
            "check_same_thread": False,
        },
    )

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a recorded message survives a power cut
            "foreign_keys=ON",
            "secure_delete=ON",  # erased rows are overwritten, not only unlinked
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@lru_cache(maxsize=8)
def _postgres_engine(url: URL, patience: float) -> "AsyncEngine":
    from sqlalchemy.ext.asyncio import create_async_engine  # a house on SQLite starts without

    watch = {name: v for name, v in NOTICE_A_DEAD_SERVER.items() if name not in url.query}
    # prepare_threshold=None: prepared statements break behind PgBouncer and after migrations
    return create_async_engine(
        url,
        pool_size=10,
        max_overflow=5,
        pool_timeout=patience,
        connect_args={"prepare_threshold": None, **watch},
    )


class _PostgresDoor:
    def __init__(self, url: URL, patience: float) -> None:
        self._engine = _postgres_engine(url, patience)

    async def write(self, unit: Callable[[Connection], T]) -> T:
        return await _to_its_end(asyncio.ensure_future(self._write(unit)))

    async def _write(self, unit: Callable[[Connection], T]) -> T:
        for attempt in range(1, TRIES_AFTER_DEADLOCK + 1):
            try:
                async with self._engine.begin() as connection:
                    return await connection.run_sync(unit)
            except DBAPIError as error:
                deadlock = getattr(error.orig, "sqlstate", "") in ("40P01", "40001")
                if not deadlock or attempt == TRIES_AFTER_DEADLOCK:
                    raise
        raise AssertionError("unreachable")

    async def read(self, unit: Callable[[Connection], T]) -> T:
        async with self._engine.connect() as connection:
            snapshot = await connection.execution_options(isolation_level="REPEATABLE READ")
            return await snapshot.run_sync(unit)

    async def close(self) -> None:
        await self._engine.dispose()
