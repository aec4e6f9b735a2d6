/* Exceptions: what the interpreter does at its `exception_unwind`, for frames it is not running. */
#include "runtime.h"

static int
read_varint(const unsigned char **at)
{
    int value = **at & 63;
    while (**at & 64) {
        ++*at;
        value = value << 6 | (**at & 63);
    }
    ++*at;
    return value;
}

int
find_handler(PyCodeObject *code, int offset, int *target, int *depth, int *lasti)
{
    const unsigned char *at = (const unsigned char *)PyBytes_AS_STRING(code->co_exceptiontable);
    const unsigned char *end = at + PyBytes_GET_SIZE(code->co_exceptiontable);
    int unit = offset / 2;
    while (at < end) { /* sorted by start; entries do not overlap */
        int first = read_varint(&at), size = read_varint(&at), handler = read_varint(&at), packed = read_varint(&at);
        if (first > unit) {
            return 0;
        }
        if (unit < first + size) {
            *target = handler * 2;
            *depth = packed >> 1;
            *lasti = packed & 1;
            return 1;
        }
    }
    return 0;
}

int
deliver_exception(PyThreadState *tstate, _PyInterpreterFrame *frame, PyCodeObject *code, int offset)
{
    int target, depth, lasti;
    if (tstate->current_exception == NULL) { /* as the interpreter does: it loses exceptions where there is no memory for a frame object */
        PyErr_SetString(PyExc_SystemError, "error return without exception set");
    }
    compat_set_executing(frame, code, offset);
    if (!find_handler(code, offset, &target, &depth, &lasti)) {
        return -1;
    }
    PyObject *exception = PyErr_GetRaisedException();
    PyFrameObject *object = PyThreadState_GetFrame(tstate);
    PyErr_SetRaisedException(exception);
    if (object != NULL) {
        PyTraceBack_Here(object);
        Py_DECREF(object);
    }
    exception = PyErr_GetRaisedException();
    PyObject **base = frame->localsplus + code->co_nlocalsplus;
    while (frame->stacktop > code->co_nlocalsplus + depth) {
        PyObject *value = frame->localsplus[--frame->stacktop];
        Py_XDECREF(value);
    }
    if (lasti) {
        base[depth++] = MUST(PyLong_FromLong(offset / 2));
    }
    base[depth++] = exception;
    frame->stacktop = code->co_nlocalsplus + depth;
    return target;
}
