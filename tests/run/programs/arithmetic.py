"""Ints, floats, bools, and mixtures."""

import math


def case_int_edges(log):
    for start in (2**30, 2**31, 2**62, 2**63, -(2**30), -(2**31), -(2**62), -(2**63)):
        x = start - 20
        for _ in range(40):
            x += 1
        log(x)
        y = start + 20
        for _ in range(40):
            y -= 1
        log(y)


def case_overflow_to_bigint(log):
    x = 1
    for i in range(200):
        x = x * 3 + i
        if i % 40 == 0:
            log(x)
    return x


def case_overflow_and_back(log):
    x = 1
    seen = []
    for i in range(300):
        x *= 7
        if x > 2**80:
            x //= 2**70
        seen.append(x)
    return seen[-40:]


def case_shifts(log):
    total = 0
    for i in range(130):
        a = 1 << i
        b = a >> 3
        total ^= a + b
        log(a, b, -a >> 2, (-5) >> i)
    return total


def case_shift_negative(log):
    x = 0
    for i in range(40):
        try:
            x += 1 << (20 - i)
        except ValueError as e:
            log(str(e))
        try:
            x += 1024 >> (20 - i)
        except ValueError as e:
            log(str(e))
    return x


def case_division(log):
    out = []
    for i in range(-60, 60):
        for j in (-7, -1, 1, 3, 2**62, -(2**63)):
            out.append((i // j, i % j, divmod(i, j), i / j))
        try:
            out.append(1000 // i)
        except ZeroDivisionError as e:
            out.append(str(e))
        try:
            out.append(1000 % i)
        except ZeroDivisionError as e:
            out.append(str(e))
        try:
            out.append(1000 / i)
        except ZeroDivisionError as e:
            out.append(str(e))
    return out


def case_least_int(log):
    x = -(2**63)
    y = 0
    for i in range(60):
        y = x // -1
        z = -x
        w = abs(x)
        v = x % -1
        x += 1 if i % 2 else 0
        log(y, z, w, v)
    return y


def case_power(log):
    out = []
    for i in range(70):
        out.append(i**2)
        out.append(i**3)
        out.append(2**i)
        out.append((-2) ** i)
        out.append(i**0.5)
        out.append(2**-i)
        out.append((-1.5) ** i)
    return out


def case_power_odd(log):
    for base in (0.0, -0.0, -8.0, 1.0, float("inf"), float("nan"), 1e200, 0, -3):
        for exponent in (0.5, -1.0, 3.0, 2.0, float("inf"), float("nan"), 400.0, 2, -2):
            for _ in range(4):
                try:
                    r = base**exponent
                except (ArithmeticError, ValueError) as e:
                    r = str(e)
                log(r)


def case_float_specials(log):
    nan, inf = float("nan"), float("inf")
    values = [0.0, -0.0, 1.5, -1.5, nan, inf, -inf, 5e-324, 1.7976931348623157e308]
    for a in values:
        for b in values:
            row = [a + b, a - b, a * b, a < b, a <= b, a == b, a != b, a > b, a >= b, min(a, b), max(a, b)]
            try:
                row.append(a / b)
            except ZeroDivisionError as e:
                row.append(str(e))
            try:
                row.append(a // b)
                row.append(a % b)
            except ZeroDivisionError as e:
                row.append(str(e))
            log(row, -a, abs(a), not a)


def case_float_mod(log):
    x = -5.5
    for i in range(60):
        x += 0.3
        log(x % 1.0, x % -1.0, x // 0.7, x // -0.7, -0.0 % 3.0, 0.0 % -3.0, x % 3, 7 % (x + 100))


def case_int_float_compare(log):
    big = 2**53
    count = 0
    for i in range(60):
        n = big - 30 + i
        f = float(big)
        count += (n < f) + (n == f) * 10 + (n > f) * 100
        log(n == f, n < f, n >= f, f != n)
    m = 2**63 - 30
    for i in range(60):
        log(m + i == float(2**63), m + i < 2.0**63)
    return count


def case_int_true_division_large(log):
    out = []
    for i in range(50):
        a = 2**53 - 25 + i
        b = 2**60 + i
        out.append(a / 3)
        out.append(b / 7)
        out.append(b / 2.0)
        out.append(b + 0.5)
        out.append(b * 1.1)
    return out


def case_mixed_types(log):
    x = 0
    for i in range(120):
        if i % 3 == 0:
            x = x + 1
        elif i % 3 == 1:
            x = x + 0.5
        else:
            x = int(x)
        log(x)
    values = [1, 2.5, True, 3, None, "s", 4.5, False, 7]
    total = 0
    for r in range(8):
        for v in values:
            if isinstance(v, (int, float)):
                total += v
            elif v is None:
                total -= 1
            else:
                total += len(v)
    return total


def case_bools(log):
    a, b = True, False
    s = 0
    for i in range(60):
        a = (i % 2 == 0) & a | b
        b = not a
        s += a + b * 2 + (a ^ b) + (a and b) + (a or b) - (-a) + (~i)
        log(a, b, a ^ 1, a & b, a == 1, a is True, +a, -b, ~True if False else 0)
    return s


def case_identity_of_ints(log):
    same = 0
    for i in range(250, 270):
        a = i + 1
        b = i + 1
        log(a is b)
        c = a
        same += c is a
    x = None
    for i in range(40):
        if x is None:
            x = i
        elif x is not None and i % 5 == 0:
            x = None
        log(x)
    return same


def case_float_identity(log):
    x = 1.5
    y = x
    n = 0
    for i in range(40):
        z = x
        n += (z is x) + (y is x) * 2
        x = x + 1.0 if i % 4 == 0 else x
        y = x
    return n


def case_min_max_abs(log):
    out = []
    for i in range(-40, 40):
        f = i * 0.5
        out.append((min(i, 3), max(i, 3), min(f, 1.0), max(f, 1.0), min(i, f), max(i, f), abs(i), abs(f), min(True, i), max(False, i)))
    out.append(min(0.0, -0.0))
    for _ in range(40):
        out.append((min(0.0, -0.0), max(-0.0, 0.0), min(float("nan"), 1.0), max(1.0, float("nan"))))
    return out


def case_conversions(log):
    things = ["12", " 7 ", "1_000", "x", "", "1e5", "nan", "٣", 3.99, -3.99, 1e300, float("inf"), float("nan"), True, 2**70, None]
    for _ in range(4):
        for t in things:
            for f in (int, float, bool, str):
                try:
                    log(f(t))
                except (ValueError, TypeError, OverflowError) as e:
                    log(type(e).__name__, str(e))
    total = 0
    for i in range(60):
        total += int(i * 1.7) + int(str(i)) + float(i) + float(str(i)) + int(i > 3) + bool(i % 3)
    return total


def case_ord_chr(log):
    s = []
    for i in range(60):
        c = chr(i * 37 % 300 + 20)
        s.append(ord(c) + 1)
    for bad in (-1, 0x110000, 2**70, "a"):
        for _ in range(4):
            try:
                log(chr(bad))
            except (ValueError, OverflowError, TypeError) as e:
                log(str(e))
    for bad in ("", "ab", 5, b"a", "\U0001f600"):
        for _ in range(4):
            try:
                log(ord(bad))
            except TypeError as e:
                log(str(e))
    return s


def case_math(log):
    inf, nan = math.inf, math.nan
    names = ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "log", "log2", "log10", "sqrt", "fabs", "floor", "ceil"]
    for name in names:
        f = getattr(math, name)
        for x in (0.0, -0.0, 0.5, -0.5, 1.0, 2.0, -3.0, 800.0, inf, -inf, nan, 3, True, -1, 2**70, 10**400):
            for _ in range(3):
                try:
                    log(name, f(x))
                except (ValueError, OverflowError, TypeError) as e:
                    log(name, str(e))


def case_math_direct(log):
    total = 0.0
    for x in [0.5 * i - 10 for i in range(60)] + [float("inf"), 1e308, float("nan"), -0.0]:
        try:
            total += math.sqrt(x)
        except ValueError as e:
            log(str(e))
        try:
            total += math.log(x)
        except ValueError as e:
            log(str(e))
        try:
            total += math.exp(x)
        except OverflowError as e:
            log(str(e))
        try:
            log(math.floor(x), math.ceil(x), round(x), round(x, 1), math.fabs(x), math.atan2(x, 2), math.isnan(x))
        except (ValueError, OverflowError) as e:
            log(str(e))
        try:
            log(math.sin(x))
        except ValueError as e:
            log(str(e))
        log(total)
        if total != total:
            total = 0.0


def case_mandelbrot(log):
    out = []
    for y in range(12):
        for x in range(24):
            cr, ci = x / 12 - 1.5, y / 6 - 1.0
            zr = zi = 0.0
            n = 0
            while zr * zr + zi * zi < 4 and n < 30:
                zr, zi = zr * zr - zi * zi + cr, 2 * zr * zi + ci
                n += 1
            out.append(n)
    return out


def case_collatz(log):
    best = 0
    for n in range(1, 120):
        m, steps = n, 0
        while m != 1:
            m = m // 2 if m % 2 == 0 else 3 * m + 1
            steps += 1
        if steps > best:
            best = steps
            log(n, steps)
    return best


def case_complex_numbers(log):
    z = 0j
    for i in range(50):
        z = z * z + (0.1 + 0.2j)
        z = -z
        log(z, abs(z), z == 1, z != 0)
    return z


def case_int_subclass(log):
    class N(int):
        def __add__(self, other):
            return N(int(self) + int(other) + 1)

        __radd__ = __add__

    x = 0
    items = [1, 2, N(3), 4]
    for r in range(20):
        for i in items:
            x = x + i
    log(type(x).__name__)
    f = 0.0

    class F(float):
        def __mul__(self, other):
            return 42.0

    for i in range(60):
        y = F(2.0) if i > 40 else 2.0
        f += y * 3.0
    return int(x), f


def case_chained_comparison(log):
    n = 0
    for i in range(-30, 30):
        if -5 < i <= 5 < i + 6:
            n += 1
        if 0 < i * 0.5 < 10.0 != i:
            n += 100
        log(1 < i < 3, i == i == 5)
    return n


def case_divmod_round(log):
    for i in range(-40, 40):
        log(divmod(i, 7), divmod(i * 1.5, 2), round(i / 4), round(i / 8, 1), pow(i, 3, 17), i.bit_length(), (i).__index__())


def case_xor_hash(log):
    h = 2166136261
    for i in range(200):
        h ^= i & 255
        h = h * 16777619 & 0xFFFFFFFF
        h |= h << 3 & 0xFF
    g = 0
    for i in range(100):
        g = (g * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        log(g >> 33)
    return h, g


def case_gcd(log):
    def gcd(a, b):
        while b:
            a, b = b, a % b
        return a

    return [gcd(a, b) for a in range(1, 40) for b in range(1, 20)], gcd(2**90, 2**70 * 3)


def case_literal_big_constants(log):
    total = 0
    for i in range(50):
        total += 123456789012345678901234567890
        total %= 10**25
        total ^= 0xFFFFFFFFFFFFFFFFFF
        if total > 2**64:
            log(total)
    return total


def case_negative_zero_from_int(log):
    for i in range(-20, 20):
        x = i * -0.0
        y = 0 * -1.0
        log(x, y, x + 0, 0 - x, -x, x / 5, -(i * 0), float(-0))


def case_inplace_ops(log):
    a = b = c = d = e = 100
    f = 3.5
    for i in range(1, 50):
        a += i
        b -= i
        c *= 2
        d //= 2
        d += 10
        e %= i
        e |= 4
        e ^= i
        e &= 255
        e <<= 1
        e >>= 1
        f /= 1.1
        f **= 1.01
        f -= 0.1 * i
        f = abs(f)
        log(a, b, c, d, e, f)


BEYOND_FLOATS = 10**400


def case_constants_beyond_floats(log):
    """Ints that no float is near."""
    for i in range(40):
        for function in (math.fabs, math.sqrt):
            try:
                log(function(BEYOND_FLOATS if i else 3))
            except OverflowError as error:
                log(str(error))
        try:
            log(i + 0.5 < BEYOND_FLOATS, math.sin(BEYOND_FLOATS))
        except OverflowError as error:
            log(str(error))
