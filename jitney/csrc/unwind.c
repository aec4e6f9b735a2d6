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

/* Tells the tools of sys.monitoring, sys.settrace's and sys.setprofile's among them, of the exception that is set, as `call_instrumentation_vector`
   does (CPython's Python/instrumentation.c). What a callback raises takes its place: -1. */
static int
call_tools(PyThreadState *tstate, PyCodeObject *code, int event, int offset)
{
    unsigned tools = tstate->interp->monitors.tools[event] & (uint8_t)~config.own_tools;
    if (tools == 0 || tstate->tracing || _PyFrame_IsIncomplete(compat_current_frame(tstate))) {
        return 0;
    }
    PyObject *exception = PyErr_GetRaisedException(), *at = MUST(PyLong_FromLong(offset));
    PyObject *args[4] = {NULL, (PyObject *)code, at, exception};
    int failed = 0;
    for (int tool = PY_MONITORING_TOOL_IDS - 1; tool >= 0 && !failed; tool--) {
        PyObject *callback = tools >> tool & 1 ? tstate->interp->monitoring_callables[tool][event] : NULL;
        if (callback != NULL) {
            int before = tstate->what_event;
            tstate->what_event = event;
            tstate->tracing++;
            PyObject *answer = PyObject_Vectorcall(callback, args + 1, 3 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
            tstate->tracing--;
            tstate->what_event = before;
            failed = answer == NULL;
            Py_XDECREF(answer);
        }
    }
    Py_DECREF(at);
    if (failed) {
        Py_DECREF(exception);
        return -1;
    }
    PyErr_SetRaisedException(exception);
    return 0;
}

static void
add_traceback(PyThreadState *tstate)
{
    if (_PyFrame_IsIncomplete(compat_current_frame(tstate))) {
        return; /* it stands for C code: jitney/knowledge/consumers.py */
    }
    PyObject *exception = PyErr_GetRaisedException();
    PyFrameObject *object = PyThreadState_GetFrame(tstate);
    PyErr_SetRaisedException(exception);
    if (object != NULL) {
        PyTraceBack_Here(object);
        Py_DECREF(object);
    }
}

static void
clear_stack(_PyInterpreterFrame *frame, PyCodeObject *code, int depth)
{
    while (frame->stacktop > code->co_nlocalsplus + depth) {
        PyObject *value = frame->localsplus[--frame->stacktop];
        Py_XDECREF(value);
    }
}

void
unwind_frame(PyThreadState *tstate, _PyInterpreterFrame *frame, PyCodeObject *code, int offset)
{
    add_traceback(tstate);
    call_tools(tstate, code, PY_MONITORING_EVENT_RAISE, offset);
    PyObject *exception = PyErr_GetRaisedException();
    clear_stack(frame, code, 0);
    PyErr_SetRaisedException(exception);
    call_tools(tstate, code, PY_MONITORING_EVENT_PY_UNWIND, offset);
}

int
deliver_exception(PyThreadState *tstate, _PyInterpreterFrame *frame, PyCodeObject *code, int offset, int told)
{
    int target, depth, lasti;
    if (tstate->current_exception == NULL) { /* as the interpreter does: it loses exceptions where there is no memory for a frame object */
        PyErr_SetString(PyExc_SystemError, "error return without exception set");
    }
    compat_set_executing(frame, code, offset);
    if (!find_handler(code, offset, &target, &depth, &lasti)) {
        return -1;
    }
    add_traceback(tstate);
    call_tools(tstate, code, PY_MONITORING_EVENT_RAISE, told);
    PyObject **base = frame->localsplus + code->co_nlocalsplus;
    for (;;) {
        PyObject *exception = PyErr_GetRaisedException();
        clear_stack(frame, code, depth);
        if (lasti) {
            base[depth++] = MUST(PyLong_FromLong(offset / 2));
        }
        base[depth++] = Py_NewRef(exception);
        frame->stacktop = code->co_nlocalsplus + depth;
        PyErr_SetRaisedException(exception);
        if (call_tools(tstate, code, PY_MONITORING_EVENT_EXCEPTION_HANDLED, target) == 0) {
            PyErr_Clear();
            return target;
        }
        offset = target; /* where the tool's own exception goes on from */
        if (!find_handler(code, offset, &target, &depth, &lasti)) {
            return -1;
        }
    }
}
