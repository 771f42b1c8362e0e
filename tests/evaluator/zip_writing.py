"""Writes zips byte by byte, as honest or as wrong as wanted: every field of every header can be set."""

import struct
import zlib
from dataclasses import dataclass, field

STORED, DEFLATED = 0, 8
UTF8, STREAMED = 1 << 11, 1 << 3


@dataclass(frozen=True)
class File:
    """One file of a zip. `local` and `central` set fields of one header only, by name."""

    name: str | bytes
    contents: bytes = b""
    method: int = DEFLATED
    flags: int = 0
    packed: bytes | None = None  # None: the contents, packed by `method`
    mode: int = 0o100644
    extra: bytes = b""
    descriptor: str = ""  # "", or what follows the data: "32", "64", "signed 32", "signed 64"
    described: dict = field(default_factory=dict)
    local: dict = field(default_factory=dict)
    central: dict = field(default_factory=dict)
    after: bytes = b""  # bytes that belong to nothing

    @property
    def raw_name(self):
        return self.name if isinstance(self.name, bytes) else self.name.encode()

    @property
    def data(self):
        if self.packed is not None:
            return self.packed
        return deflated(self.contents) if self.method == DEFLATED else self.contents

    @property
    def facts(self):
        """All that both headers say."""
        return {
            "needed": 20,
            "flags": self.flags | (STREAMED if self.descriptor else 0),
            "method": self.method,
            "checksum": zlib.crc32(self.contents),
            "packed_size": len(self.data),
            "size": len(self.contents),
            "name": self.raw_name,
            "extra": self.extra,
        }


def deflated(contents, level=6):
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(contents) + packer.flush()


def extra_field(kind, body):
    return struct.pack("<HH", kind, len(body)) + body


def zip64_field(*numbers):
    return extra_field(1, struct.pack(f"<{len(numbers)}Q", *numbers))


def second_name(name, raw_name):
    """The Unicode path field that Info-ZIP writes."""
    return extra_field(0x7075, b"\1" + struct.pack("<L", zlib.crc32(raw_name)) + name)


def local_part(file):
    """Local header, packed bytes, and what follows them."""
    zeroed = dict.fromkeys(("checksum", "packed_size", "size"), 0) if file.descriptor else {}
    facts = {**file.facts, **zeroed, **file.local}
    numbers = [facts[name] for name in ("needed", "flags", "method")]
    sizes = [facts[name] for name in ("checksum", "packed_size", "size")]
    lengths = len(facts["name"]), len(facts["extra"])
    header = struct.pack("<4s5H3LHH", facts.get("signature", b"PK\3\4"), *numbers, 0, 0x21, *sizes, *lengths)
    return header + facts["name"] + facts["extra"] + file.data + _descriptor(file) + file.after


def _descriptor(file):
    if not file.descriptor:
        return b""
    facts = {**file.facts, **file.described}
    numbers = [facts[name] for name in ("checksum", "packed_size", "size")]
    signature = b"PK\7\x08" if "signed" in file.descriptor else b""
    return signature + struct.pack("<LQQ" if "64" in file.descriptor else "<LLL", *numbers)


def central_part(file, offset):
    """The file's entry in the directory."""
    facts = {**file.facts, "offset": offset, "made_by": 3 << 8 | 30, "disk": 0, "comment": b"", **file.central}
    numbers = [facts[name] for name in ("made_by", "needed", "flags", "method")]
    sizes = [facts[name] for name in ("checksum", "packed_size", "size")]
    lengths = len(facts["name"]), len(facts["extra"]), len(facts["comment"])
    tail = facts["disk"], 0, facts.get("attributes", file.mode << 16), facts["offset"]
    signature = facts.get("signature", b"PK\1\2")
    header = struct.pack("<4s6H3L5HLL", signature, *numbers, 0, 0x21, *sizes, *lengths, *tail)
    return header + facts["name"] + facts["extra"] + facts["comment"]


def zip_of(files, *, before=b"", gap=b"", after_directory=b"", after=b"", **ends):
    """Put a zip together; `ends` are those of `end_part`, `before` moves all offsets."""
    body, directory = bytearray(before), bytearray()
    for file in files:
        directory += central_part(file, len(body))
        body += local_part(file)
    body += gap
    at = len(body) + len(directory) + len(after_directory)
    end = end_part(len(files), len(directory), len(body), at, **ends)
    return bytes(body + directory + after_directory) + end + after


def end_part(count, size, offset, at, *, comment=b"", zip64=False, end=None, end64=None, locator=None):
    """The end record, and with `zip64` the two records in front; the last three set their fields."""
    facts = {"disk": 0, "start_disk": 0, "here": count, "count": count, "size": size, "offset": offset}
    wide = {"length": 44, **facts, **(end64 or {})}
    front = b""
    if zip64:
        head = wide.get("signature", b"PK\6\6"), wide["length"], 45, 45, wide["disk"], wide["start_disk"]
        front = struct.pack("<4sQHHLL4Q", *head, wide["here"], wide["count"], wide["size"], wide["offset"])
        where = {"disk": 0, "offset": at, "disks": 1, **(locator or {})}
        front += struct.pack("<4sLQL", b"PK\6\7", where["disk"], where["offset"], where["disks"])
        facts |= {"here": 0xFFFF, "count": 0xFFFF, "size": 0xFFFFFFFF, "offset": 0xFFFFFFFF}
    facts |= {"comment_length": len(comment), **(end or {})}
    return front + struct.pack("<4s4HLLH", b"PK\5\6", *facts.values()) + comment
