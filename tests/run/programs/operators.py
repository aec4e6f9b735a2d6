"""Special methods of operators: which is called first, NotImplemented, results that are no bools, errors, and when operands die."""

import sys
import traceback


class V:
    def __init__(self, x):
        self.x = x

    def __add__(self, other):
        if type(other) is int:
            return V(self.x + other)
        if not isinstance(other, V):
            return NotImplemented
        return V(self.x + other.x)

    def __radd__(self, other):
        return V(other + self.x)

    def __sub__(self, other):
        return self.x - other.x

    def __mul__(self, other):
        return other if self.x > 3 else NotImplemented

    def __rmul__(self, other):
        if other == 17:
            return NotImplemented
        return V(other * self.x)

    def __lt__(self, other):
        if other is None:
            return NotImplemented
        return self.x < other.x

    def __gt__(self, other):
        return self.x > (other if isinstance(other, (int, float)) else other.x)

    def __eq__(self, other):
        return NotImplemented if isinstance(other, W) else [] if self.x == 5 else "yes"

    def __ge__(self, other):
        raise KeyError(self.x)

    def __repr__(self):
        return f"V({self.x})"


class W:
    def __init__(self, x):
        self.x = x

    def __radd__(self, other):
        return ("W", other.x, self.x)

    def __rsub__(self, other):
        return "never: V has __sub__"

    def __eq__(self, other):
        return 3 if self.x % 2 else 0


class Sub(V):
    def __radd__(self, other):
        return ("Sub first", other.x)

    def __lt__(self, other):
        return super().__lt__(other)


class Dies:
    def __init__(self, name):
        self.name = name

    def __add__(self, other):
        return self.name + other.name

    def __del__(self):
        died.append((self.name, sys._getframe(1).f_lineno))


died = []


def add(n):
    total, mixed = V(0), []
    for i in range(n):
        other = V(i) if i % 3 else i
        total = total + other
        total += 1
        if i % 5 == 0:
            mixed.append(i + total)
    return total, mixed


def falls_back(n):
    results = []
    for i in range(n):
        other = W(i) if i > n - 3 else V(i)
        results.append(V(i) + other)
    return results


def subclass(n):
    results = []
    for i in range(n):
        right = Sub(i) if i % 7 == 6 else V(i)
        results.append((V(i) + right, V(i) - right, V(2) < right, Sub(1) + V(i)))
    return results


def repeated(n):
    results = []
    for i in range(n):
        try:
            results.append(V(i % 6) * ([i] if i % 4 == 1 else i))
        except TypeError as error:
            results.append((str(error), error.__traceback__.tb_lineno))
        try:
            results.append(i * V(i))
        except TypeError as error:
            results.append((str(error), error.__traceback__.tb_lineno))
    return results


def compare(n):
    results = []
    a = V(n // 2)
    for i in range(n):
        b = V(i)
        if a < b:
            results.append(i)
        if i < a:
            results.append(-i)
        if 2.5 < a and a > i:
            results.append("f")
        results.append(a < b)
        if b == a:
            results.append("equal")
        results.append(b == 1)
        if b == W(i):
            results.append("W")
        results.append(b == W(i))
    return results


def unordered(n):
    results = []
    for i in range(n):
        other = None if i == n - 2 else V(i)
        try:
            results.append(V(3) < other)
        except TypeError:
            results.append(traceback.format_exc())
    return results


def raises(n):
    results = []
    for i in range(n):
        try:
            results.append(V(i) >= V(1))
        except KeyError:
            results.append(traceback.format_exc())
    return results[-1], len(results)


def deaths(n):
    results = []
    for i in range(n):
        results.append(
            Dies(f"a{i}")
            +
            Dies(f"b{i}")
        )
    return results


def changed(n):
    results = []
    for i in range(n):
        results.append(V(i) - V(1))
        if i == n // 2:
            V.__sub__ = lambda self, other: "changed"
    return results


def unsupported_in_place(n):
    """Says `^=`, not `^`."""
    seen = []
    for left, right in ((1.5, 1), ("a", "b"), (b"a", 2.5), (True, 1.5), (2, "b")):
        for change in (xor, shift, subtract, power, multiply):
            for _ in range(n):
                try:
                    seen.append(change(left, right))
                except TypeError as error:
                    seen.append(str(error))
    return seen


def xor(left, right):
    left ^= right
    return left


def shift(left, right):
    left <<= right
    return left


def subtract(left, right):
    left -= right
    return left


def power(left, right):
    left **= right
    return left


def multiply(left, right):
    left *= right
    return left


print(add(60))
print(falls_back(40))
print(subclass(40))
print(repeated(40))
print(compare(40))
print(unordered(40))
print(raises(40))
print(deaths(30), died)
print(changed(40))
print(unsupported_in_place(8))
