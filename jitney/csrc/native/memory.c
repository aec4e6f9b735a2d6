/* See memory.h. This library has a reserve of its own: it is another one than the runtime's. */
#undef PyTuple_New
#undef PyLong_FromSsize_t
#undef PyLong_FromLong
#undef _PyLong_New
#undef PyNumber_Add
#undef PyNumber_Subtract
#undef PyNumber_Multiply
#undef PyNumber_And
#undef PyNumber_Or
#undef PyNumber_Xor
#undef PyNumber_Negative
#undef PyNumber_Invert
#include "../reserve.c"

__attribute__((constructor)) static void
fill(void)
{
    reserve_setup();
}

#define MADE(TYPE, NAME, FUNCTION, ARGUMENT)                                                                           \
    TYPE *jitney_native_##NAME(ARGUMENT value)                                                                         \
    {                                                                                                                  \
        reserve_is_full();                                                                                             \
        return (TYPE *)MUST(FUNCTION(value));                                                                          \
    }
MADE(PyObject, PyTuple_New, PyTuple_New, Py_ssize_t)
MADE(PyObject, PyLong_FromSsize_t, PyLong_FromSsize_t, Py_ssize_t)
MADE(PyObject, PyLong_FromLong, PyLong_FromLong, long)
MADE(PyLongObject, PyLong_New, _PyLong_New, Py_ssize_t)

/* Of ints, whose size is bounded: of others it may fail as it likes. */
static int
may_be_done_again(PyObject *a, PyObject *b)
{
    return PyLong_CheckExact(a) && PyLong_CheckExact(b) && PyErr_ExceptionMatches(PyExc_MemoryError);
}

#define BINARY(NAME)                                                                                                   \
    PyObject *jitney_native_##NAME(PyObject *a, PyObject *b)                                                           \
    {                                                                                                                  \
        PyObject *result = NAME(a, b);                                                                                 \
        return result != NULL || !may_be_done_again(a, b) ? result : MUST(NAME(a, b));                                 \
    }
#define UNARY(NAME)                                                                                                    \
    PyObject *jitney_native_##NAME(PyObject *a)                                                                        \
    {                                                                                                                  \
        PyObject *result = NAME(a);                                                                                    \
        return result != NULL || !may_be_done_again(a, a) ? result : MUST(NAME(a));                                    \
    }
BINARY(PyNumber_Add)
BINARY(PyNumber_Subtract)
BINARY(PyNumber_Multiply)
BINARY(PyNumber_And)
BINARY(PyNumber_Or)
BINARY(PyNumber_Xor)
UNARY(PyNumber_Negative)
UNARY(PyNumber_Invert)
