"""Zip archives from strangers: what they say of themselves is refused when it is absurd, and never believed."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from training.errors import UnreadableSource
from training.sources.markup import no_workbook

MEGABYTE = 1024 * 1024
LARGEST_UNPACKED = 1024 * MEGABYTE
HIGHEST_RATIO = 300
RATIO_COUNTS_FROM = MEGABYTE
MOST_PARTS = 5_000
LARGEST_GULP = MEGABYTE
BLOCK = 64 * 1024
DAMAGE = (
    BadZipFile,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    struct.error,
    ValueError,
    zlib.error,
)


class Sips:
    """A file that is only read in sips: how much `zipfile` reads at once is for the archive's maker to choose."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.seek, self.tell = stream.seek, stream.tell

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        found = self.stream.read(LARGEST_GULP + 1 if size < 0 else min(size, LARGEST_GULP + 1))
        if len(found) > LARGEST_GULP:
            raise BadZipFile("Its table of contents is too large.")
        return found


class Archive:
    """A zip archive whose parts are read in blocks, and whose parts together unpack to 1 GB at most."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        try:
            self.zip = ZipFile(Sips(stream))
        except DAMAGE as error:
            raise no_workbook(self.name) from error
        self.unpacked = 0
        self.check()

    def check(self) -> None:
        """Raises `UnreadableSource` for an archive that says it is a bomb, locked, or packed as no workbook is."""
        parts = self.zip.infolist()
        if len(parts) > MOST_PARTS:
            raise UnreadableSource(f"'{self.name}' holds {len(parts):,} files; a workbook has {MOST_PARTS:,} at most.")
        if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise self.too_large()
        for part in parts:
            self.check_part(part)

    def check_part(self, part: ZipInfo) -> None:
        if part.flag_bits & 1:
            raise UnreadableSource(f"'{self.name}' is protected by a password. Save it without one.")
        if part.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise UnreadableSource(f"'{self.name}' is packed as no workbook is. Save it as .xlsx again.")
        if part.file_size > max(RATIO_COUNTS_FROM, part.compress_size * HIGHEST_RATIO):
            raise self.too_large()

    def __contains__(self, part: str) -> bool:
        return part in self.zip.NameToInfo

    def blocks(self, part: str, most: int = LARGEST_UNPACKED) -> Iterator[bytes]:
        """The unpacked bytes of a part; raises `UnreadableSource` where they are damaged or more than `most`."""
        size = 0
        try:
            with self.zip.open(part) as opened:
                while block := opened.read(BLOCK):
                    size += len(block)
                    self.unpacked += len(block)
                    if size > most or self.unpacked > LARGEST_UNPACKED:
                        raise self.too_large()
                    yield block
        except DAMAGE as error:
            raise no_workbook(self.name) from error

    def too_large(self) -> UnreadableSource:
        return UnreadableSource(
            f"'{self.name}' unpacks to far more than it should. Save the sheet as CSV and import that."
        )
