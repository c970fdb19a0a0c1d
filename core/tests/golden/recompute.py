"""Recomputes keys.txt from docs/design/0002-keys.md alone, without a line of larder.

    pip install blake3 && python core/tests/golden/recompute.py
"""

import math
import struct
import sys
from fractions import Fraction
from pathlib import Path

from blake3 import blake3


class Tuple(list): pass
class Set(list): pass
class Map(list): pass
class Some:
    def __init__(self, value): self.value = value
class Struct:
    def __init__(self, *names, **fields): self.names, self.fields = names, list(fields.items())
    def of(self, *fields):
        self.fields = list(fields)
        return self


def escaped(content: bytes) -> bytes:
    return content.replace(b"\0", b"\0\xff") + b"\0"


def number(value) -> bytes:
    if isinstance(value, float):
        low, remainder = value, 0
        if math.isnan(low):
            bits = 0x7FF8000000000000
        else:
            bits = 0 if low == 0 else struct.unpack(">Q", struct.pack(">d", low))[0]
    else:
        low = float(value)
        while Fraction(low) > value:
            low = math.nextafter(low, -math.inf)
        remainder = int(value - Fraction(low))
        bits = struct.unpack(">Q", struct.pack(">d", low))[0]
    bits = bits ^ (2**64 - 1) if bits >> 63 else bits | 1 << 63
    return b"\x10" + struct.pack(">QH", bits, remainder * 2 + isinstance(value, float))


def big(value: int) -> bytes:
    magnitude = abs(value).to_bytes((abs(value).bit_length() + 7) // 8, "big")
    content = bytes([len(magnitude)]) + magnitude
    return b"\x49" + content if value > 0 else b"\x48" + bytes(255 - byte for byte in content)


def element(value) -> bytes:
    many = lambda values: b"".join(map(element, values))
    match value:
        case None: return b"\x40"
        case False: return b"\x42"
        case True: return b"\x43"
        case Some(): return b"\x41" + element(value.value)
        case float(): return number(value)
        case int(): return number(value) if -(2**63) <= value < 2**63 else big(value)
        case str(): return b"\x20" + escaped(value.encode())
        case bytes(): return b"\x30" + escaped(value)
        case Tuple(): return b"\x51" + many(value) + b"\0"
        case Set(): return b"\x52" + b"".join(sorted({element(one) for one in value})) + b"\0"
        case Map(): return b"\x53" + b"".join(k + v for k, v in sorted(map(lambda p: (element(p[0]), element(p[1])), value))) + b"\0"
        case list(): return b"\x50" + many(value) + b"\0"
        case Struct():
            fields = b"".join(escaped(name.encode()) + element(field) for name, field in value.fields)
            tag = b"\x60" if len(value.names) == 1 else b"\x61"
            return tag + b"".join(escaped(name.encode()) for name in value.names) + fields + b"\0"
    raise TypeError(value)


def key(namespace, value) -> bytes:
    if namespace is None:
        return b"\x01\x00" + element(value)
    name = namespace.encode()
    return b"\x01\x01" + struct.pack(">I", len(name)) + name + element(value)


short_tenth = struct.unpack(">f", struct.pack(">f", 0.1))[0]
T = lambda *values: Tuple(values)
metres = lambda value: Struct("Metres").of(("0", value))

VALUES = {
    "zero": 0, "one": 1, "minus_one": -1, "forty_two": 42, "u32_max": 2**32 - 1, "two_to_53": 2**53,
    "two_to_53_and_one": 2**53 + 1, "minus_two_to_53_and_one": -(2**53) - 1,
    "two_to_62_and_odd": 2**62 + 511, "rounds_up": 2**53 + 3, "i64_max": 2**63 - 1,
    "i64_max_less_one": 2**63 - 2, "i64_min": -(2**63), "i64_min_and_one": -(2**63) + 1,
    "above_i64": 2**63, "u64_max": 2**64 - 1, "two_to_64": 2**64, "i128_max": 2**127 - 1,
    "u128_max": 2**128 - 1, "below_i64": -(2**63) - 1, "minus_two_to_64": -(2**64),
    "i128_min": -(2**127), "lowest": -(2**128) + 1,
    "float_zero": 0.0, "float_minus_zero": -0.0, "float_one": 1.0, "float_half": -0.5, "float_tenth": 0.1,
    "float_short_tenth": short_tenth, "float_least": 5e-324, "float_max": sys.float_info.max,
    "float_two_to_63": 2.0**63, "infinity": math.inf, "minus_infinity": -math.inf,
    "nan_within": T(math.nan), "minus_nan_within": T(-math.nan),
    "empty_text": "", "text": "larder", "text_accent": "é", "text_emoji": "😀", "text_nul": "a\0b",
    "text_nuls": "\0\0", "character": "x",
    "empty_bytes": b"", "bytes": b"larder", "bytes_all": bytes([0, 1, 127, 128, 254, 255, 0]),
    "bytes_shared": b"\x00\xff",
    "null": None, "some_null": Some(None), "some_one": Some(1), "some_some_text": Some(Some("a")),
    "no": False, "yes": True,
    "unit": T(), "tuple_of_one": T(1), "tuple_of_kinds": T(1, 1.0, "1", b"1", True, None),
    "tuple_of_tuples": T(T(1, 2), T(T(), T(3)), 4), "tuple_of_twelve": Tuple(range(1, 13)),
    "empty_sequence": [], "sequence": [1, 2], "sequence_of_texts": ["a", "", "\0"],
    "sequence_of_sequences": [[1], [], [2, 3]], "sequence_of_bytes": [b"a", b""],
    "empty_set": Set(), "set": Set([3, -1, 2]), "set_of_texts": Set(["b", "", "a\0", "a"]),
    "set_of_kinds": Set(["a", None, 1.0, 1, None]), "set_of_sets": Set([Set([2, 1]), Set([1]), Set()]),
    "empty_map": Map(), "map": Map([("b", 1), ("a", 2), ("", 3)]),
    "map_of_numbers": Map([(-1, "x"), (10, "y"), (9, "z")]), "map_of_maps": Map([(T(1, "k"), Map([(1, [True])]))]),
    "structure": Struct("User", name="ann", id=7), "structure_of_one": metres(2.5),
    "structure_of_none": Struct("Nothing"),
    "structure_of_escapes": Struct("a\0b").of(("\0", None), ("a", "\0")),
    "variant_of_none": Struct("Shape", "Point"), "variant_of_one": Struct("Shape", "Circle").of(("0", -3)),
    "variant_of_fields": Struct("Shape", "Box", width=4, inner=Some(metres(0.5))),
    "sequence_of_structures": [Struct("User", name="a\0", id=2**64 - 1), Struct("User", name="", id=0)],
    "reserved_integer": 1, "reserved_text": "lease", "namespace_of_nothing": 1, "namespace_of_separators": 1,
    "namespace_of_nul": 1, "namespace_of_accents": "x", "namespace_like_a_key": "larder",
}
NAMESPACES = {
    "reserved_integer": None, "reserved_text": None, "namespace_of_nothing": "",
    "namespace_of_separators": "a/b:c d", "namespace_of_nul": "a\0b", "namespace_of_accents": "é😀",
    "namespace_like_a_key": "g larder",
}

wrong = []
rows = [line.split("\t") for line in Path(__file__).with_name("keys.txt").read_text().splitlines()]
for name, _, _, encoding, digest in rows:
    computed = key(NAMESPACES.get(name, "g"), VALUES[name])
    if (computed.hex(), blake3(computed).hexdigest()) != (encoding, digest):
        wrong.append(f"{name}: {computed.hex()} is not {encoding}")
missing = VALUES.keys() - {row[0] for row in rows}
print("\n".join(wrong) or f"all {len(rows)} rows agree", *missing)
sys.exit(bool(wrong or missing))
