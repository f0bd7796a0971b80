"""The table of leaflets: how often a link that names where it was seen has been followed."""

from sqlalchemy import Column, Integer, String, Table

from storage.schema.base import metadata

leaflet = Table(
    "leaflet",
    metadata,
    Column("month", String(7), primary_key=True),  # 2026-11, by Baku's calendar
    Column("source", String(16), primary_key=True),  # of the link: from-clinic7
    Column("opened", Integer, nullable=False),
    Column("new_people", Integer, nullable=False),  # who had not written before
)
