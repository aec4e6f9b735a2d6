"""TABLE of the C functions, methods and types that the compiler knows. Data only; see `rows.py` for what the columns mean.

Only what is certain for *every* value of the argument types is said without a need. Calls that may drop the last reference to an unknown
object (`list.clear`), or that hash or compare unknown objects (`x in list`), need more.
"""
# ruff: noqa: E501

from __future__ import annotations

from .rows import Row

ITEMS = "plain_items"
KEYS = "unicode_keys"

BUILTINS = (
    Row("abs", "integer -> int; float -> float; complex -> float", "The absolute value.", "abs(-3)", raises=True),
    Row("all", "array -> bool", "Whether all items are true.", "all([1, 2])", needs=ITEMS, reads="list"),
    Row("any", "array -> bool", "Whether an item is true.", "any((0, 2))", needs=ITEMS, reads="list"),
    Row("ascii", "plain -> str", "The text of a literal, in ASCII.", "ascii('é')", raises=True),
    Row("bin", "integer -> str", "Binary digits.", "bin(5)"),
    Row("callable", "any -> bool", "Whether the object's type can be called.", "callable(len)", reads="attr"),
    Row("chr", "integer -> str", "The character with a number.", "chr(97)", raises=True),
    Row("divmod", "number number -> tuple", "Quotient and remainder.", "divmod(7, 2)", raises=True),
    Row("format", "int str -> str; float str -> str; str str -> str", "A number or text formatted.", "format(3.14159, '.2f')", raises=True),
    Row("hash", "plain -> int", "The hash value.", "hash('abc')"),
    Row("hex", "integer -> str", "Hexadecimal digits.", "hex(255)"),
    Row("id", "any -> int", "The object's address.", "id(None)", reads="identity"),
    Row("isinstance", "any type -> bool", "Whether an object is an instance of a class.", "isinstance(1, int)", needs="plain_class", reads="attr"),
    Row("iter", "list -> list_iterator; tuple -> tuple_iterator; dict -> dict_keyiterator; set -> set_iterator; frozenset -> set_iterator; "
        "bytes -> bytes_iterator; bytearray -> bytearray_iterator; str -> any; range -> any", "A new iterator.", "iter([1])", reads="dict set"),
    Row("len", "sized -> int", "The number of items.", "len([1, 2])", reads="list dict set bytes"),
    Row("max", "number number -> any; number number number -> any; str str -> str", "The greatest argument (the first of equals).", "max(1, 2.5)"),
    Row("min", "number number -> any; number number number -> any; str str -> str", "The least argument (the first of equals).", "min(1, 2.5)"),
    Row("oct", "integer -> str", "Octal digits.", "oct(8)"),
    Row("ord", "str -> int; bytes -> int; bytearray -> int", "The number of a single character.", "ord('a')", raises=True, reads="bytes"),
    Row("pow", "integer integer -> any; float float -> any; float integer -> any; integer float -> any; integer integer integer -> int",
        "A power; the result's type depends on the values.", "pow(2, 10)", raises=True),
    Row("repr", "plain -> str; range -> str", "The text of a literal.", "repr(1.5)", raises=True),
    Row("round", "integer -> int; float -> int; float int -> float; int int -> int", "The nearest number, halves to even.", "round(2.5)", raises=True),
    Row("sorted", "iterated -> list", "A new sorted list.", "sorted([3, 1, 2])", needs=ITEMS, reads="list dict set bytes", raises=True),
    Row("sum", "array -> any; range -> int; array integer -> any", "The sum of the items.", "sum([1, 2])", needs=ITEMS, reads="list", raises=True),
)  # fmt: skip

TYPES = (
    Row("bool", "plain -> bool; sized -> bool; range -> bool; -> bool", "The truth value.", "bool([])", reads="list dict set bytes"),
    Row("bytearray", "-> bytearray; int -> bytearray; bytes -> bytearray", "New mutable bytes.", "bytearray(3)", raises=True),
    Row("bytes", "-> bytes; int -> bytes; bytes -> bytes; bytearray -> bytes", "Bytes; zeros when a count is given.", "bytes(3)", reads="bytes",
        raises=True),
    Row("complex", "number -> complex; number number -> complex", "A complex number.", "complex(1, 2)", raises=True),
    Row("dict", "-> dict; dict -> dict", "A new dict, perhaps a copy.", "dict({1: 2})", needs=ITEMS, reads="dict"),
    Row("enumerate", "iterated -> enumerate; iterated int -> enumerate", "An iterator over numbered items.", "enumerate('ab')", reads="dict set"),
    Row("float", "number -> float; str -> float; -> float", "A float; texts are parsed.", "float('1.5')", raises=True),
    Row("frozenset", "-> frozenset; frozenset -> frozenset; set -> frozenset", "An immutable set.", "frozenset({1})", reads="set"),
    Row("int", "number -> int; str -> int; str int -> int; -> int", "An int; texts are parsed, floats cut off.", "int('12')", raises=True),
    Row("list", "-> list; iterated -> list", "A new list of the items.", "list(range(3))", reads="list dict set bytes"),
    Row("object", "-> object", "A new featureless object.", "object()"),
    Row("range", "integer -> range; integer integer -> range; integer integer integer -> range", "A range of ints.", "range(1, 9, 2)", raises=True),
    Row("reversed", "list -> list_reverseiterator; tuple -> reversed; str -> reversed; range -> any", "An iterator from the end.", "reversed([1, 2])",
        reads="list"),
    Row("set", "-> set; set -> set; frozenset -> set", "A new set, perhaps a copy.", "set({1})", reads="set"),
    Row("str", "plain -> str; -> str; range -> str", "The text of a plain object.", "str(1.5)", raises=True),
    Row("tuple", "-> tuple; iterated -> tuple", "A tuple of the items.", "tuple([1, 2])", reads="list dict set bytes"),
    Row("type", "any -> any", "The type of an object.", "type(1)", reads="attr"),
    Row("zip", "iterated -> zip; iterated iterated -> zip; array array array -> zip", "An iterator over tuples, one item of each.", "zip([1], 'a')",
        reads="dict set"),
)  # fmt: skip

FLOAT_FUNCTIONS = (
    ("acos", "Arc cosine", "0.5"), ("acosh", "Inverse hyperbolic cosine", "1.5"), ("asin", "Arc sine", "0.5"),
    ("asinh", "Inverse hyperbolic sine", "0.5"), ("atan", "Arc tangent", "0.5"), ("atanh", "Inverse hyperbolic tangent", "0.5"),
    ("cbrt", "Cube root", "8.0"), ("cos", "Cosine", "0.5"), ("cosh", "Hyperbolic cosine", "0.5"), ("degrees", "Radians to degrees", "0.5"),
    ("erf", "Error function", "0.5"), ("erfc", "Complementary error function", "0.5"), ("exp", "Power of e", "0.5"),
    ("exp2", "Power of two", "0.5"), ("expm1", "Power of e, less one", "0.5"), ("fabs", "Absolute value as a float", "-0.5"),
    ("gamma", "Gamma function", "4.0"), ("lgamma", "Logarithm of the gamma function", "4.0"), ("log1p", "Natural logarithm of 1 + x", "0.5"),
    ("log10", "Decimal logarithm", "100"), ("log2", "Binary logarithm", "8"), ("radians", "Degrees to radians", "90"), ("sin", "Sine", "0.5"),
    ("sinh", "Hyperbolic sine", "0.5"), ("sqrt", "Square root", "2.0"), ("tan", "Tangent", "0.5"), ("tanh", "Hyperbolic tangent", "0.5"),
    ("ulp", "Unit in the last place", "1.0"),
)  # fmt: skip

MATHS = (
    *(Row(f"math.{name}", "number -> float", f"{doc}.", f"math.{name}({sample})", raises=True) for name, doc, sample in FLOAT_FUNCTIONS),
    Row("math.atan2", "number number -> float", "The angle of a point.", "math.atan2(1, 2)", raises=True),
    Row("math.ceil", "number -> int", "The least int not below.", "math.ceil(1.2)", raises=True),
    Row("math.comb", "integer integer -> int", "Ways to choose, without order.", "math.comb(5, 2)", raises=True),
    Row("math.copysign", "number number -> float", "The first with the sign of the second.", "math.copysign(1, -0.0)", raises=True),
    Row("math.dist", "tuple tuple -> float; list list -> float", "The distance of two points.", "math.dist((0, 0), (3, 4))", needs=ITEMS,
        reads="list", raises=True),
    Row("math.factorial", "integer -> int", "The factorial.", "math.factorial(5)", raises=True),
    Row("math.floor", "number -> int", "The greatest int not above.", "math.floor(1.8)", raises=True),
    Row("math.fmod", "number number -> float", "The remainder as in C.", "math.fmod(7, 3)", raises=True),
    Row("math.frexp", "number -> tuple", "Mantissa and exponent.", "math.frexp(8.0)", raises=True),
    Row("math.fsum", "array -> float", "An exact sum of floats.", "math.fsum([0.1, 0.2])", needs=ITEMS, reads="list", raises=True),
    Row("math.gcd", "integer integer -> int", "The greatest common divisor.", "math.gcd(12, 18)"),
    Row("math.hypot", "number number -> float; number number number -> float", "The length of a vector.", "math.hypot(3, 4)", raises=True),
    Row("math.isclose", "number number -> bool", "Whether two numbers are nearly equal.", "math.isclose(1.0, 1.0)", raises=True),
    Row("math.isfinite", "number -> bool", "Whether it is neither infinite nor not a number.", "math.isfinite(1.0)", raises=True),
    Row("math.isinf", "number -> bool", "Whether it is infinite.", "math.isinf(1.0)", raises=True),
    Row("math.isnan", "number -> bool", "Whether it is not a number.", "math.isnan(1.0)", raises=True),
    Row("math.isqrt", "integer -> int", "The integer square root.", "math.isqrt(17)", raises=True),
    Row("math.lcm", "integer integer -> int", "The least common multiple.", "math.lcm(4, 6)"),
    Row("math.ldexp", "number integer -> float", "Mantissa times a power of two.", "math.ldexp(0.5, 4)", raises=True),
    Row("math.log", "number -> float; number number -> float", "A logarithm, natural unless a base is given.", "math.log(2.0)", raises=True),
    Row("math.modf", "number -> tuple", "Fraction and whole part.", "math.modf(1.5)", raises=True),
    Row("math.perm", "integer integer -> int", "Ways to choose, in order.", "math.perm(5, 2)", raises=True),
    Row("math.pow", "number number -> float", "A power, always a float.", "math.pow(2, 3)", raises=True),
    Row("math.remainder", "number number -> float", "The remainder nearest to zero.", "math.remainder(7, 3)", raises=True),
    Row("math.trunc", "number -> int", "The number cut off.", "math.trunc(1.8)", raises=True),
)  # fmt: skip

NUMBER_METHODS = (
    Row("float.as_integer_ratio", "float -> tuple", "Numerator and denominator.", "(0.5).as_integer_ratio()", raises=True),
    Row("float.hex", "float -> str", "Exact text of a float.", "(0.5).hex()"),
    Row("float.is_integer", "float -> bool", "Whether it has no fraction.", "(0.5).is_integer()"),
    Row("int.bit_count", "integer -> int", "Number of ones.", "(5).bit_count()"),
    Row("int.bit_length", "integer -> int", "Number of binary digits.", "(5).bit_length()"),
    Row(
        "int.to_bytes",
        "int int str -> bytes; int int -> bytes; int -> bytes",
        "The bytes of an int.",
        "(5).to_bytes(2, 'big')",
        raises=True,
    ),
)

LIST_METHODS = (
    Row("list.append", "list any -> None", "Puts one item at the end.", "[1].append(2)", changes="list"),
    Row("list.clear", "list -> None", "Drops all items.", "[1].clear()", needs=ITEMS, changes="list"),
    Row("list.copy", "list -> list", "A new list of the same items.", "[1].copy()", reads="list"),
    Row("list.count", "list plain -> int", "How many items are equal.", "[1].count(1)", needs=ITEMS, reads="list"),
    Row(
        "list.extend",
        "list iterated -> None",
        "Puts many items at the end.",
        "[1].extend((2,))",
        reads="list dict set bytes",
        changes="list",
    ),
    Row("list.index", "list plain -> int", "Where the first equal item is.", "[1].index(1)", needs=ITEMS, reads="list", raises=True),
    Row("list.insert", "list integer any -> None", "Puts one item before another.", "[1].insert(0, 2)", changes="list", raises=True),
    Row(
        "list.pop",
        "list -> any; list integer -> any",
        "Takes an item out, the last one unless said.",
        "[1].pop()",
        changes="list",
        raises=True,
    ),
    Row("list.remove", "list plain -> None", "Drops the first equal item.", "[1].remove(1)", needs=ITEMS, changes="list", raises=True),
    Row("list.reverse", "list -> None", "Turns the order round.", "[1].reverse()", changes="list"),
    Row("list.sort", "list -> None", "Sorts in place.", "[2, 1].sort()", needs=ITEMS, changes="list", raises=True),
)

TUPLE_METHODS = (
    Row("tuple.count", "tuple plain -> int", "How many items are equal.", "(1,).count(1)", needs=ITEMS),
    Row("tuple.index", "tuple plain -> int", "Where the first equal item is.", "(1,).index(1)", needs=ITEMS, raises=True),
)

DICT_METHODS = (
    Row("dict.clear", "dict -> None", "Drops everything.", "{1: 2}.clear()", needs=ITEMS, changes="dict"),
    Row("dict.copy", "dict -> dict", "A new dict with the same items.", "{1: 2}.copy()", needs=ITEMS, reads="dict"),
    Row("dict.get", "dict str -> any; dict str any -> any", "The value for a key, or the default.", "{'a': 1}.get('a')", needs=KEYS, reads="dict"),
    Row("dict.items", "dict -> dict_items", "A view of the pairs.", "{1: 2}.items()"),
    Row("dict.keys", "dict -> dict_keys", "A view of the keys.", "{1: 2}.keys()"),
    Row("dict.pop", "dict str any -> any; dict str -> any", "Takes a value out.", "{'a': 1}.pop('a', 0)", needs=KEYS, changes="dict", raises=True),
    Row("dict.popitem", "dict -> tuple", "Takes the last pair out.", "{1: 2}.popitem()", changes="dict", raises=True),
    Row("dict.setdefault", "dict str -> any; dict str any -> any", "The value for a key, put in if missing.", "{'a': 1}.setdefault('b', 2)",
        needs=KEYS, changes="dict"),
    Row("dict.values", "dict -> dict_values", "A view of the values.", "{1: 2}.values()"),
)  # fmt: skip

SET_METHODS = (
    Row("frozenset.copy", "frozenset -> frozenset", "The same frozen set.", "frozenset({1}).copy()"),
    Row("set.add", "set plain -> None", "Puts an element in.", "{1}.add(2)", needs=ITEMS, changes="set"),
    Row("set.clear", "set -> None", "Drops everything.", "{1}.clear()", needs=ITEMS, changes="set"),
    Row("set.copy", "set -> set", "A new set with the same elements.", "{1}.copy()", reads="set"),
    Row("set.difference", "set set -> set", "Elements of the first only.", "{1}.difference({2})", needs=ITEMS, reads="set"),
    Row("set.discard", "set plain -> None", "Drops an element, if it is there.", "{1}.discard(1)", needs=ITEMS, changes="set"),
    Row("set.intersection", "set set -> set", "Elements of both.", "{1}.intersection({2})", needs=ITEMS, reads="set"),
    Row("set.isdisjoint", "set set -> bool", "Whether none is in both.", "{1}.isdisjoint({2})", needs=ITEMS, reads="set"),
    Row("set.issubset", "set set -> bool", "Whether all are in the other.", "{1}.issubset({2})", needs=ITEMS, reads="set"),
    Row("set.pop", "set -> any", "Takes any element out.", "{1}.pop()", changes="set", raises=True),
    Row("set.remove", "set plain -> None", "Drops an element.", "{1}.remove(1)", needs=ITEMS, changes="set", raises=True),
    Row("set.union", "set set -> set", "Elements of either.", "{1}.union({2})", needs=ITEMS, reads="set"),
    Row("set.update", "set set -> None", "Puts many elements in.", "{1}.update({2})", needs=ITEMS, reads="set", changes="set"),
)

TEXT_TESTS = ("isalnum", "isalpha", "isascii", "isdigit", "islower", "isspace", "istitle", "isupper")
TEXT_CHANGES = ("capitalize", "lower", "swapcase", "title", "upper", "expandtabs")
SEARCHES = (
    ("count", "How often a part occurs"),
    ("find", "Where a part occurs first, or -1"),
    ("rfind", "Where a part occurs last, or -1"),
)
TEXT_STRIPS = ("lstrip", "rstrip", "strip")
ADJUSTS = ("center", "ljust", "rjust")


def text_methods(kind: str, quote: str) -> tuple[Row, ...]:
    """The methods that `str` and `bytes` share. `quote` is the literal's prefix."""
    sample = f"{quote}'ab'"
    one = f"{kind} {kind}"
    ends = f"{one} -> bool; {one} int -> bool; {one} int int -> bool"
    if kind == "str":
        ends += "; str tuple -> bool"  # for bytes, an item's `__buffer__` could run
    searches = f"{one} -> int; {one} int -> int; {one} int int -> int"
    splits = f"{kind} -> list; {one} -> list; {one} int -> list; {kind} None -> list; {kind} None int -> list"
    return (
        *(Row(f"{kind}.{name}", f"{kind} -> bool", "A test of all characters.", f"{sample}.{name}()") for name in TEXT_TESTS),
        *(Row(f"{kind}.{name}", f"{kind} -> {kind}", "A changed copy.", f"{sample}.{name}()") for name in TEXT_CHANGES),
        *(Row(f"{kind}.{name}", searches, f"{doc}.", f"{sample}.{name}({quote}'b')") for name, doc in SEARCHES),
        *(Row(f"{kind}.{name}", f"{kind} -> {kind}; {one} -> {kind}; {kind} None -> {kind}", "Without characters at the ends.",
              f"{sample}.{name}({quote}'b')") for name in TEXT_STRIPS),
        *(Row(f"{kind}.{name}", f"{kind} int -> {kind}; {kind} int {kind} -> {kind}", "Filled up to a width.", f"{sample}.{name}(5)", raises=True)
          for name in ADJUSTS),
        Row(f"{kind}.endswith", ends, "Whether it ends so.", f"{sample}.endswith({quote}'b')", raises=True),
        Row(f"{kind}.index", searches, "Where a part occurs first.", f"{sample}.index({quote}'b')", raises=True),
        Row(f"{kind}.partition", f"{one} -> tuple", "Before, separator, after.", f"{sample}.partition({quote}'b')", raises=True),
        Row(f"{kind}.removeprefix", f"{one} -> {kind}", "Without a beginning.", f"{sample}.removeprefix({quote}'a')"),
        Row(f"{kind}.removesuffix", f"{one} -> {kind}", "Without an ending.", f"{sample}.removesuffix({quote}'b')"),
        Row(f"{kind}.replace", f"{one} {kind} -> {kind}; {one} {kind} int -> {kind}", "Parts exchanged.",
            f"{sample}.replace({quote}'a', {quote}'c')", raises=True),
        Row(f"{kind}.rindex", searches, "Where a part occurs last.", f"{sample}.rindex({quote}'b')", raises=True),
        Row(f"{kind}.rpartition", f"{one} -> tuple", "Before, last separator, after.", f"{sample}.rpartition({quote}'b')", raises=True),
        Row(f"{kind}.rsplit", splits, "A list of parts, split from the end.", f"{sample}.rsplit({quote}'b')", raises=True),
        Row(f"{kind}.split", splits, "A list of parts.", f"{sample}.split({quote}'b')", raises=True),
        Row(f"{kind}.splitlines", f"{kind} -> list; {kind} bool -> list", "A list of lines.", f"{sample}.splitlines()"),
        Row(f"{kind}.startswith", ends, "Whether it begins so.", f"{sample}.startswith({quote}'a')", raises=True),
        Row(f"{kind}.zfill", f"{kind} int -> {kind}", "Filled with zeros.", f"{sample}.zfill(5)", raises=True),
    )  # fmt: skip


STRING_METHODS = (
    *text_methods("str", ""),
    Row("str.casefold", "str -> str", "For comparing without case.", "'aB'.casefold()"),
    Row("str.encode", "str -> bytes", "The bytes, in UTF-8.", "'ab'.encode()", raises=True),
    Row("str.isdecimal", "str -> bool", "Whether all are decimal digits.", "'12'.isdecimal()"),
    Row("str.isidentifier", "str -> bool", "Whether it could be a name.", "'ab'.isidentifier()"),
    Row("str.isnumeric", "str -> bool", "Whether all are numeric.", "'12'.isnumeric()"),
    Row("str.isprintable", "str -> bool", "Whether all can be printed.", "'ab'.isprintable()"),
    Row("str.join", "str array -> str", "Strings put together.", "', '.join(['a', 'b'])", reads="list", raises=True),
    *text_methods("bytes", "b"),
    Row("bytes.hex", "bytes -> str", "Hexadecimal digits.", "b'ab'.hex()"),
    Row("bytearray.append", "bytearray integer -> None", "Puts one byte at the end.", "bytearray(2).append(7)", changes="bytes", raises=True),
    Row("bytearray.extend", "bytearray bytes -> None; bytearray bytearray -> None", "Puts bytes at the end.", "bytearray(2).extend(b'a')",
        reads="bytes", changes="bytes", raises=True),
    Row("bytearray.pop", "bytearray -> int; bytearray integer -> int", "Takes a byte out.", "bytearray(2).pop()", changes="bytes", raises=True),
)  # fmt: skip

MODULES = (
    Row("_random.Random.random", "any -> float", "The next random number from 0 to 1.", "_random.Random().random()", changes="random"),
    Row("_io.BytesIO.getvalue", "BytesIO -> bytes", "All bytes.", "_io.BytesIO(b'a').getvalue()", reads="file", raises=True),
    Row("_io.BytesIO.tell", "BytesIO -> int", "Where the next byte goes.", "_io.BytesIO(b'a').tell()", reads="file", raises=True),
    Row("_io.BytesIO.write", "BytesIO bytes -> int", "Puts bytes there.", "_io.BytesIO().write(b'a')", changes="file", raises=True),
    Row("_io.StringIO.getvalue", "StringIO -> str", "All text.", "_io.StringIO('a').getvalue()", reads="file", raises=True),
    Row("_io.StringIO.tell", "StringIO -> int", "Where the next character goes.", "_io.StringIO('a').tell()", reads="file", raises=True),
    Row("_io.StringIO.write", "StringIO str -> int", "Puts text there.", "_io.StringIO().write('a')", changes="file", raises=True),
    Row("_struct.pack", "str number -> bytes; str number number -> bytes; str number number number -> bytes", "The bytes of C values.",
        "_struct.pack('<i', 7)", raises=True),
    Row("time.monotonic", "-> float", "Seconds on a clock that never goes back.", "time.monotonic()", reads="clock"),
    Row("time.perf_counter", "-> float", "Seconds on the finest clock.", "time.perf_counter()", reads="clock"),
    Row("time.perf_counter_ns", "-> int", "Nanoseconds on the finest clock.", "time.perf_counter_ns()", reads="clock"),
    Row("time.time", "-> float", "Seconds since 1970.", "time.time()", reads="clock"),
    Row("_bisect.bisect_left", "list plain -> int", "Where to put an item, before equals.", "_bisect.bisect_left([1, 2], 2)", needs=ITEMS,
        reads="list", raises=True),
    Row("_bisect.bisect_right", "list plain -> int", "Where to put an item, behind equals.", "_bisect.bisect_right([1, 2], 2)", needs=ITEMS,
        reads="list", raises=True),
    Row("_heapq.heappop", "list -> any", "Takes the least item out of a heap.", "_heapq.heappop([1, 2])", needs=ITEMS, changes="list", raises=True),
    Row("_heapq.heappush", "list plain -> None", "Puts an item into a heap.", "_heapq.heappush([1, 2], 0)", needs=ITEMS, changes="list", raises=True),
)  # fmt: skip

ROWS: dict[str, Row] = {
    row.key: row
    for rows in (
        BUILTINS, TYPES, MATHS, NUMBER_METHODS, LIST_METHODS, TUPLE_METHODS, DICT_METHODS, SET_METHODS, STRING_METHODS, MODULES,
    )
    for row in rows
}  # fmt: skip
