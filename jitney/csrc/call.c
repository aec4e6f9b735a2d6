/* Compiled code calls a Python function that is compiled as a whole: its region is entered directly, with a frame of its own and nothing of
   the interpreter between. Otherwise it is called as C calls anything. */
#include "runtime.h"
#include "helpers.h"
#include <alloca.h>

/* What a call takes off `c_recursion_remaining`: compiled code has larger C frames than the interpreter. */
enum { C_COST = 3 };

/* _PyFunction_Vectorcall, which is not exported: a function that has another one is called as that wants it. */
static vectorcallfunc ordinary;

int
call_setup(void)
{
    PyObject *code = (PyObject *)PyCode_NewEmpty("", "", 1), *globals = PyDict_New();
    PyObject *function = code != NULL && globals != NULL ? PyFunction_New(code, globals) : NULL;
    if (function != NULL) {
        ordinary = ((PyFunctionObject *)function)->vectorcall;
    }
    Py_XDECREF(code);
    Py_XDECREF(globals);
    Py_XDECREF(function);
    return function == NULL ? -1 : 0;
}

/* The function's region, if the call can go there. */
static Region *
region_of(PyThreadState *tstate, PyFunctionObject *function, int64_t count)
{
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    CodeInfo *info = code_info_find((PyObject *)code);
    Place *place = info ? code_info_place(info, 0, 0) : NULL;
    Region *region = place ? place->region : NULL;
    if (region == NULL || !region->called) {
        return NULL;
    }
    if (!region->valid) {
        drop_invalid(tstate, info, place);
        return NULL;
    }
    return count == code->co_argcount && function->vectorcall == ordinary && function->func_globals == region->globals
        && tstate->interp->eval_frame == NULL && !compat_breaker_is_set(tstate) && region_can_run(tstate, code, region) ? region : NULL;
}

PyObject *
jitney_call_function(PyObject *callable, PyObject **args, int64_t count)
{
    PyThreadState *tstate = PyThreadState_GET();
    PyFunctionObject *function = (PyFunctionObject *)callable;
    Region *region = PyFunction_Check(callable) ? region_of(tstate, function, count) : NULL;
    if (region == NULL) {
        return PyObject_Vectorcall(callable, args, (size_t)count | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    }
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    _PyInterpreterFrame *frame = compat_push_words(tstate, code->co_framesize), *caller = compat_current_frame(tstate);
    if (frame == NULL) {
        return NULL;
    }
    _PyFrame_Initialize(frame, (PyFunctionObject *)Py_NewRef(callable), NULL, code, (int)count);
    for (int64_t i = 0; i < count; i++) {
        frame->localsplus[i] = Py_NewRef(args[i]);
    }
    frame->previous = caller;
    JitContext *cx = alloca(sizeof(JitContext) + sizeof(uint64_t) * (size_t)region->buf_size);
    cx->tstate = tstate;
    cx->frame = frame;
    cx->localsplus = frame->localsplus;
    cx->guard = -1;
    cx->region = region;
    cx->dying = NULL;
    Py_INCREF(region);
    region->entries++;
    tstate->py_recursion_remaining--;
    tstate->c_recursion_remaining -= C_COST;
    compat_set_current_frame(tstate, frame);
    int64_t exit = region->function(cx, frame->localsplus);
    PyObject *result = region_return(cx, exit);
    tstate->c_recursion_remaining += C_COST;
    if (region->entries >= region->look_at) {
        region->look_at *= 2;
        region_tell(tstate, region, "look");
    }
    Py_DECREF(region);
    return result;
}
