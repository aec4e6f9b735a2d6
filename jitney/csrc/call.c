/* Calls out of compiled code.

   The interpreter moves a Python function's arguments into its frame: an argument that nobody else has dies as soon as the function lets go
   of it. C's way of calling keeps them until the function has returned. So references that compiled code has for the call alone are
   `taken`: over to the frame, or else, where a C function is called, released after it.

   A Python function that is compiled as a whole is entered directly, with a frame of its own and nothing of the interpreter between. */
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

/* ---- references taken ---- */

typedef struct {
    PyObject *callable, **args;
    uint32_t taken;
} Taken;

/* Of the call whose arguments are being put into a frame: nothing else runs meanwhile. */
static Taken *binding;

static inline void
release_taken(Taken *call)
{
    uint32_t taken = call->taken;
    call->taken = 0;
    for (; taken; taken &= taken - 1) {
        int i = __builtin_ctz(taken);
        PyObject *object = i ? call->args[i - 1] : call->callable;
        Py_DECREF(object);
    }
}

/* Stands in for the evaluation of one frame, which has its own references to everything by now. */
static PyObject *
begin_frame(PyThreadState *tstate, _PyInterpreterFrame *frame, int throwing)
{
    Taken *call = binding;
    binding = NULL;
    tstate->interp->eval_frame = NULL;
    release_taken(call);
    return _PyEval_EvalFrameDefault(tstate, frame, throwing);
}

/* Whether calling it does nothing but put the arguments into a frame of a Python function and evaluate that. */
static int
is_python(PyObject *callable)
{
    if (PyMethod_Check(callable)) {
        callable = PyMethod_GET_FUNCTION(callable);
    }
    return PyFunction_Check(callable) && ((PyFunctionObject *)callable)->vectorcall == ordinary;
}

/* Calls with positional arguments, those that are named, or (`tuple`) those of a tuple. */
static PyObject *
call_taking(Taken *call, int64_t positional, PyObject *names, PyObject *tuple)
{
    PyThreadState *tstate = PyThreadState_GET();
    PyInterpreterState *interp = tstate->interp;
    int watched = call->taken && is_python(call->callable) && interp->eval_frame == NULL;
    if (watched) {
        binding = call;
        interp->eval_frame = begin_frame;
    }
    PyObject *result = tuple != NULL ? PyObject_Call(call->callable, tuple, NULL)
        : PyObject_Vectorcall(call->callable, call->args, (size_t)positional | PY_VECTORCALL_ARGUMENTS_OFFSET, names);
    if (watched && binding == call) { /* no frame was evaluated: the arguments did not fit */
        binding = NULL;
        interp->eval_frame = NULL;
    }
    release_taken(call);
    return result;
}

static inline Taken
taken_of(PyObject *callable, PyObject **args, int64_t *count)
{
    Taken call = {callable, args, (uint32_t)(*count >> 32)};
    *count &= UINT32_MAX;
    return call;
}

PyObject *
jitney_call(PyObject *callable, PyObject **args, int64_t count)
{
    Taken call = taken_of(callable, args, &count);
    return call_taking(&call, count, NULL, NULL);
}

PyObject *
jitney_call_kw(PyObject *callable, PyObject **args, int64_t count)
{
    Taken call = taken_of(callable, args, &count);
    PyObject *names = args[count - 1];
    return call_taking(&call, count - 1 - PyTuple_GET_SIZE(names), names, NULL);
}

PyObject *
jitney_call_ex(PyObject *callable, PyObject **args, int64_t count)
{
    Taken call = taken_of(callable, args, &count);
    return call_taking(&call, count, NULL, args[0]);
}

/* ---- whole functions ---- */

/* The function's region, if the call can go there. */
static Region *
region_of(PyThreadState *tstate, PyFunctionObject *function, int64_t count)
{
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    CodeInfo *info = code_info_find((PyObject *)code);
    Place *place = info ? code_info_place(info, 0, 0) : NULL;
    Region *region = place ? place->region : NULL;
    if (region == NULL || !region->called) {
        if (place != NULL && place->counts_calls && ++place->count >= (int32_t)config.call_threshold) {
            place->count = 0;
            function_became_hot(tstate, function);
        }
        return NULL;
    }
    if (!region->valid) {
        drop_invalid(tstate, info, place);
        return NULL;
    }
    return count == code->co_argcount && function->vectorcall == ordinary && function->func_globals == region->globals
        && has_usual_builtins(tstate, function->func_builtins)
        && tstate->interp->eval_frame == NULL && !compat_breaker_is_set(tstate) && region_can_run(tstate, code, region) ? region : NULL;
}

static PyObject *call_region(PyThreadState *tstate, Region *region, PyFunctionObject *function, Taken *call, int64_t count);

/* A call in a trial. */
static PyObject *
call_tried(PyThreadState *tstate, Region *region, PyFunctionObject *function, Taken *call, int64_t count)
{
    int plain = region->trial_plain, outermost = region->trial_depth == 0;
    Py_INCREF(region);
    region->trial_depth++;
    uint64_t before = read_cycles();
    PyObject *result = plain ? call_taking(call, count, NULL, NULL) : call_region(tstate, region, function, call, count);
    uint64_t passed = read_cycles() - before;
    region->trial_depth--;
    if (outermost && region->trial_windows > 0) {
        if (passed < PAUSE) {
            int window = region->n_tried - region->trial_windows;
            region->tried[window].cycles += passed;
            region->tried[window].calls++;
        }
        if (--region->trial_left <= 0) {
            region->trial_left = TRIED_CALLS / 2 + (int32_t)((before >> 5) % TRIED_CALLS); /* no multiple of what the program repeats */
            region->trial_plain = !plain;
            if (--region->trial_windows == 0) {
                region->trial_plain = 0;
                PyObject *exception = PyErr_GetRaisedException();
                region_tell(tstate, region, "tried");
                PyErr_SetRaisedException(exception);
            }
        }
    }
    Py_DECREF(region);
    return result;
}

PyObject *
jitney_call_function(PyObject *callable, PyObject **args, int64_t count)
{
    PyThreadState *tstate = PyThreadState_GET();
    Taken call = taken_of(callable, args, &count);
    PyFunctionObject *function = (PyFunctionObject *)callable;
    Region *region = PyFunction_Check(callable) ? region_of(tstate, function, count) : NULL;
    if (region == NULL) {
        return call_taking(&call, count, NULL, NULL);
    }
    return region->trial_windows > 0 ? call_tried(tstate, region, function, &call, count) : call_region(tstate, region, function, &call, count);
}

static PyObject *
call_region(PyThreadState *tstate, Region *region, PyFunctionObject *function, Taken *call, int64_t count)
{
    PyObject *callable = call->callable, **args = call->args;
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    _PyInterpreterFrame *frame = compat_push_words(tstate, code->co_framesize), *caller = compat_current_frame(tstate);
    if (frame == NULL) {
        release_taken(call);
        return NULL;
    }
    _PyFrame_Initialize(frame, (PyFunctionObject *)Py_NewRef(callable), NULL, code, (int)count);
    for (int64_t i = 0; i < count; i++) {
        frame->localsplus[i] = call->taken >> (i + 1) & 1 ? args[i] : Py_NewRef(args[i]); /* the callable itself is a constant */
    }
    frame->previous = caller;
    JitContext *cx = alloca(sizeof(JitContext) + sizeof(uint64_t) * (size_t)region->buf_size);
    context_init(cx, tstate, frame, region);
    tstate->py_recursion_remaining--;
    tstate->c_recursion_remaining -= C_COST;
    compat_set_current_frame(tstate, frame);
    region->ticks += region->entered; /* a trial compares with the interpreter's calls, of which these are some */
    int timed = region->entries <= LOOK_AT; /* a function may be called a few times only, and run for long */
    uint64_t before = timed ? read_cycles() : 0;
    context_begins(cx);
    int64_t exit = region->function(cx, frame->localsplus);
    context_ends(cx);
    CHECK(compat_current_frame(tstate) == frame && region->running > 0);
    if (timed) {
        region->cycles += read_cycles() - before;
    }
    PyObject *result = region_return(cx, exit);
    tstate->c_recursion_remaining += C_COST;
    if (timed && region->ask_cycles && region->cycles >= region->ask_cycles) {
        region->ask_cycles = 0;
        region_tell(tstate, region, "busy");
    }
    if (region->entries >= region->look_at) {
        region->look_at *= 2;
        region_tell(tstate, region, "look");
    }
    Py_DECREF(region);
    return result;
}
