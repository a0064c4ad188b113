"""Reads the footer and the page indexes of a Parquet file by the format's own specification, knowing no other reader.

Structures of Thrift's compact protocol come as dicts by field number; the numbers are those of parquet.thrift.
"""

import struct

STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(13)


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def unsigned(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def signed(self):
        value = self.unsigned()
        return (value >> 1) ^ -(value & 1)

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def value(self, kind):
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind == BYTE:
            return self.byte()
        if kind in (I16, I32, I64):
            return self.signed()
        if kind == DOUBLE:
            return struct.unpack("<d", self.take(8))[0]
        if kind == BINARY:
            return bytes(self.take(self.unsigned()))
        if kind in (LIST, SET):
            return self.list()
        if kind == STRUCT:
            return self.struct()
        raise ValueError(f"type {kind} of the compact protocol")

    def list(self):
        head = self.byte()
        count = head >> 4 if head >> 4 != 15 else self.unsigned()
        kind = head & 15
        # Booleans of a list are bytes of their own.
        return [self.byte() == TRUE if kind in (TRUE, FALSE) else self.value(kind) for _ in range(count)]

    def struct(self):
        fields, number = {}, 0
        while (head := self.byte()) != STOP:
            number = number + (head >> 4) if head >> 4 else self.signed()
            fields[number] = self.value(head & 15)
        return fields


def read_footer(path):
    """FileMetaData, where the footer begins, and the file's size."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(size - 8)
        (length,) = struct.unpack("<I", file.read(4))
        file.seek(size - 8 - length)
        return Reader(file.read(length)).struct(), size - 8 - length, size


def read_struct(path, offset, length):
    """The structure (a page index) at a place of the file."""
    with path.open("rb") as file:
        file.seek(offset)
        return Reader(file.read(length)).struct()
