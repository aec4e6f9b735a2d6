/* Helpers on ints and floats: what the inline code leaves to C, with CPython's exact results. */
#include "helpers.h"
#include "runtime.h"
#include <errno.h>
#include <math.h>

/* Value of an exact int of more than one digit; `ok` is 0 where it does not fit 64 bits. Returned in two registers. */
typedef struct {
    int64_t value;
    int64_t ok;
} IntResult;

static IntResult
jitney_int_slow(PyObject *object)
{
    const PyLongObject *number = (const PyLongObject *)object;
    uintptr_t tag = number->long_value.lv_tag;
    uintptr_t digits = tag >> _PyLong_NON_SIZE_BITS;
    if (digits > 3) {
        return (IntResult){0, 0};
    }
    unsigned __int128 total = 0;
    for (uintptr_t i = digits; i-- > 0;) {
        total = total << PyLong_SHIFT | number->long_value.ob_digit[i];
    }
    int negative = (tag & _PyLong_SIGN_MASK) == 2;
    if (total > (unsigned __int128)INT64_MAX + negative) {
        return (IntResult){0, 0};
    }
    uint64_t low = (uint64_t)total;
    return (IntResult){(int64_t)(negative ? 0 - low : low), 1};
}

/* Any exact int (lower/shared.py). */
static IntResult
jitney_read_int(PyObject *object)
{
    const PyLongObject *number = (const PyLongObject *)object;
    uintptr_t tag = number->long_value.lv_tag;
    if (tag >= 2 << _PyLong_NON_SIZE_BITS) {
        return jitney_int_slow(object);
    }
    return (IntResult){(int64_t)number->long_value.ob_digit[0] * (1 - (int64_t)(tag & _PyLong_SIGN_MASK)), 1};
}

/* Whether the next random number (of 32 bits, Knuth's generator) is not below `limit` (lower/shared.py). */
static int
jitney_at_random(int64_t limit)
{
    config.random_state = config.random_state * 6364136223846793005u + 1442695040888963407u;
    return config.random_state >> 32 >= (uint64_t)limit;
}

static int64_t
jitney_gcd(int64_t a, int64_t b)
{
    uint64_t x = a < 0 ? 0 - (uint64_t)a : (uint64_t)a, y = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
    while (y != 0) {
        uint64_t rest = x % y;
        x = y;
        y = rest;
    }
    return x > INT64_MAX ? -1 : (int64_t)x;
}

static PyObject *
jitney_box_int(int64_t value)
{
    return MUST(PyLong_FromLongLong(value));
}

static PyObject *
jitney_box_float(double value)
{
    return MUST(PyFloat_FromDouble(value));
}

static double
jitney_f64_mod(double a, double b)
{
    double rest = fmod(a, b);
    if (rest == 0.0) {
        return copysign(0.0, b);
    }
    return (b < 0) != (rest < 0) ? rest + b : rest;
}

static double
jitney_f64_floordiv(double a, double b)
{
    double rest = fmod(a, b);
    double quotient = (a - rest) / b;
    if (rest != 0.0 && (b < 0) != (rest < 0)) {
        quotient -= 1.0;
    }
    if (quotient == 0.0) {
        return copysign(0.0, a / b);
    }
    double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1.0 : whole;
}

/* NaN where float.__pow__ would raise, give a complex number, or meets an infinity or NaN: the machine code then leaves. */
static double
jitney_f64_pow(double base, double exponent)
{
    if (!isfinite(base) || !isfinite(exponent)) {
        return NAN;
    }
    if (exponent == 0.0) {
        return 1.0;
    }
    if (base == 0.0 && exponent < 0.0) {
        return NAN;
    }
    int negate = 0;
    if (base < 0.0) {
        if (exponent != floor(exponent)) {
            return NAN;
        }
        base = -base;
        negate = fmod(fabs(exponent), 2.0) == 1.0;
    } else if (base == 0.0) {
        return fmod(fabs(exponent), 2.0) == 1.0 ? base : 0.0;
    }
    if (base == 1.0) {
        return negate ? -1.0 : 1.0;
    }
    int before = errno;
    errno = 0;
    double result = pow(base, exponent);
    if (errno != 0 && result != 0.0) {
        result = NAN;
    }
    errno = before;
    return negate ? -result : result;
}

static PyObject *
jitney_str_from_ord(int64_t code_point)
{
    return MUST(PyUnicode_FromOrdinal((int)code_point));
}

#define PLAIN_COMPARE(NAME, OP)                                                                                        \
    static int jitney_plain_##NAME(PyObject *a, PyObject *b)                                                           \
    {                                                                                                                  \
        PyObject *result = MUST(PyObject_RichCompare(a, b, OP));                                                \
        int truth = result == Py_True;                                                                                 \
        Py_DECREF(result);                                                                                             \
        return truth;                                                                                                  \
    }
PLAIN_COMPARE(lt, Py_LT)
PLAIN_COMPARE(le, Py_LE)
PLAIN_COMPARE(eq, Py_EQ)
PLAIN_COMPARE(ne, Py_NE)
PLAIN_COMPARE(gt, Py_GT)
PLAIN_COMPARE(ge, Py_GE)

#define BINARY(NAME, FUNCTION, INPLACE)                                                                                \
    static PyObject *jitney_binary_##NAME(PyObject *a, PyObject *b) { return FUNCTION(a, b); }                         \
    static PyObject *jitney_inplace_##NAME(PyObject *a, PyObject *b) { return INPLACE(a, b); }
BINARY(add, PyNumber_Add, PyNumber_InPlaceAdd)
BINARY(subtract, PyNumber_Subtract, PyNumber_InPlaceSubtract)
BINARY(multiply, PyNumber_Multiply, PyNumber_InPlaceMultiply)
BINARY(true_divide, PyNumber_TrueDivide, PyNumber_InPlaceTrueDivide)
BINARY(floor_divide, PyNumber_FloorDivide, PyNumber_InPlaceFloorDivide)
BINARY(remainder, PyNumber_Remainder, PyNumber_InPlaceRemainder)
BINARY(lshift, PyNumber_Lshift, PyNumber_InPlaceLshift)
BINARY(rshift, PyNumber_Rshift, PyNumber_InPlaceRshift)
BINARY(and, PyNumber_And, PyNumber_InPlaceAnd)
BINARY(or, PyNumber_Or, PyNumber_InPlaceOr)
BINARY(xor, PyNumber_Xor, PyNumber_InPlaceXor)
BINARY(matrix_multiply, PyNumber_MatrixMultiply, PyNumber_InPlaceMatrixMultiply)

static PyObject *
jitney_binary_power(PyObject *a, PyObject *b)
{
    return PyNumber_Power(a, b, Py_None);
}

static PyObject *
jitney_inplace_power(PyObject *a, PyObject *b)
{
    return PyNumber_InPlacePower(a, b, Py_None);
}

static PyObject *jitney_unary_negative(PyObject *a) { return PyNumber_Negative(a); }
static PyObject *jitney_unary_invert(PyObject *a) { return PyNumber_Invert(a); }
static PyObject *jitney_unary_positive(PyObject *a) { return PyNumber_Positive(a); }

static PyObject *
jitney_int_from_str(PyObject *text)
{
    return PyLong_FromUnicodeObject(text, 10);
}

static PyObject *
jitney_float_from_str(PyObject *text)
{
    return PyFloat_FromString(text);
}

#define ARITHMETIC(NAME) HELPER(binary_##NAME), {"plain_" #NAME, (void *)jitney_binary_##NAME}, HELPER(inplace_##NAME)
#define MATH(NAME) {"math_" #NAME, (void *)(double (*)(double))NAME}

const JitneyHelper jitney_number_helpers[] = {
    HELPER(int_slow), HELPER(read_int), HELPER(at_random), HELPER(gcd), HELPER(box_int), HELPER(box_float), HELPER(f64_mod), HELPER(f64_floordiv), HELPER(f64_pow), HELPER(str_from_ord),
    HELPER(plain_lt), HELPER(plain_le), HELPER(plain_eq), HELPER(plain_ne), HELPER(plain_gt), HELPER(plain_ge),
    ARITHMETIC(add), ARITHMETIC(subtract), ARITHMETIC(multiply), ARITHMETIC(true_divide), ARITHMETIC(floor_divide), ARITHMETIC(remainder),
    ARITHMETIC(lshift), ARITHMETIC(rshift), ARITHMETIC(and), ARITHMETIC(or), ARITHMETIC(xor), ARITHMETIC(matrix_multiply), ARITHMETIC(power),
    HELPER(unary_negative), HELPER(unary_invert), HELPER(unary_positive), HELPER(int_from_str), HELPER(float_from_str),
    MATH(sin), MATH(cos), MATH(tan), MATH(asin), MATH(acos), MATH(atan), MATH(sinh), MATH(cosh), MATH(tanh), MATH(asinh), MATH(acosh), MATH(atanh),
    MATH(exp), MATH(exp2), MATH(expm1), MATH(log), MATH(log2), MATH(log10), MATH(log1p), MATH(cbrt), MATH(erf), MATH(erfc),
    HELPERS_END,
};
