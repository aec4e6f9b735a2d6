/* Generators that compiled code runs in place, without an object: where it is left, they are made as they would be by then. */
#include "runtime.h"
#include "helpers.h"
#include "internal/pycore_code.h"
#include "opcode.h"

static inline _PyInterpreterFrame *
generator_frame(PyObject *generator)
{
    return (_PyInterpreterFrame *)((PyGenObject *)generator)->gi_iframe;
}

PyObject *
generator_new(PyObject *function)
{
    PyFunctionObject *func = (PyFunctionObject *)function;
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    PyGenObject *generator = (PyGenObject *)MUST(PyObject_GC_NewVar(PyGenObject, &PyGen_Type, _PyFrame_NumSlotsForCodeObject(code)));
    generator->gi_weakreflist = NULL;
    generator->gi_exc_state = (_PyErr_StackItem){NULL, NULL};
    generator->gi_origin_or_finalizer = NULL;
    generator->gi_hooks_inited = generator->gi_closed = generator->gi_running_async = 0;
    generator->gi_name = Py_NewRef(func->func_name);
    generator->gi_qualname = Py_NewRef(func->func_qualname);
    generator->gi_frame_state = FRAME_CLEARED;
    _PyInterpreterFrame *frame = generator_frame((PyObject *)generator);
    _PyFrame_Initialize(frame, func, NULL, code, 0);
    frame->f_funcobj = NULL; /* a frame that has ended has none */
    frame->owner = FRAME_OWNED_BY_GENERATOR;
    PyObject_GC_Track(generator);
    return (PyObject *)generator;
}

/* One that is over begins to be what it is an iterator of: `values` are what its slots, then its stack hold, NULL where that is nothing. */
static _PyInterpreterFrame *
revive(PyObject *generator, PyObject *function, PyObject *const *values, int count)
{
    _PyInterpreterFrame *frame = generator_frame(generator);
    CHECK(count >= compat_frame_code(frame)->co_nlocalsplus);
    for (int i = 0; i < count; i++) {
        frame->localsplus[i] = Py_XNewRef(values[i]);
    }
    frame->stacktop = count;
    frame->f_funcobj = Py_NewRef(function);
    return frame;
}

PyObject *
generator_suspended(PyObject *function, int offset, PyObject *const *values, int count)
{
    PyGenObject *generator = (PyGenObject *)generator_new(function);
    _PyInterpreterFrame *frame = revive((PyObject *)generator, function, values, count);
    PyCodeObject *code = compat_frame_code(frame);
    generator->gi_frame_state = _PyCode_CODE(code)[offset / 2 - 1].op.code == RETURN_GENERATOR ? FRAME_CREATED : FRAME_SUSPENDED;
    compat_begin_at(frame, code, offset);
    return (PyObject *)generator;
}

_PyInterpreterFrame *
generator_running(PyThreadState *tstate, PyObject *object, PyObject *function, PyObject *const *values, int count)
{
    PyGenObject *generator = (PyGenObject *)object;
    _PyInterpreterFrame *frame = revive(object, function, values, count);
    generator->gi_frame_state = FRAME_EXECUTING;
    generator->gi_exc_state.previous_item = tstate->exc_info;
    tstate->exc_info = &generator->gi_exc_state;
    return frame;
}

PyObject *
generator_of(_PyInterpreterFrame *frame)
{
    return (PyObject *)_PyFrame_GetGenerator(frame);
}

int
generator_goes_on(_PyInterpreterFrame *consumer, PyObject *generator, PyObject *result)
{
    if (!FRAME_STATE_FINISHED(((PyGenObject *)generator)->gi_frame_state)) {
        consumer->localsplus[consumer->stacktop++] = result;
        return 1;
    }
    Py_DECREF(result); /* of no use to a loop */
    consumer->stacktop--;
    Py_DECREF(generator);
    return 0;
}

/* ---- for machine code ---- */

/* A generator of a function: the offset where it is going to be resumed, then what its slots and its stack
   hold, the class Region where that is nothing. */
static PyObject *
jitney_make_generator(PyObject *function, PyObject **args, int64_t count)
{
    PyObject *values[count];
    for (int64_t i = 1; i < count; i++) {
        values[i - 1] = args[i] == (PyObject *)&RegionType ? NULL : args[i];
    }
    int offset = (int)PyLong_AsLong(args[0]);
    return offset < 0 ? generator_new(function) : generator_suspended(function, offset, values, (int)count - 1);
}

/* Whether there are as many references to the generator as the caller knows of, nobody looks at its frame, and nothing sets it apart from
   others of its function that are to be resumed at `offset` with `depth` objects on the stack and these slots bound (bit i: slot i). */
static int
jitney_generator_waits(PyObject *object, PyObject *code, PyObject *globals, int64_t offset, int64_t depth, int64_t holders, int64_t bound)
{
    PyGenObject *generator = (PyGenObject *)object;
    _PyInterpreterFrame *frame = generator_frame(object);
    if (Py_REFCNT(object) != holders || generator->gi_frame_state != FRAME_SUSPENDED || compat_frame_executable(frame) != code) {
        return 0;
    }
    PyFunctionObject *function = (PyFunctionObject *)frame->f_funcobj;
    int n_slots = ((PyCodeObject *)code)->co_nlocalsplus;
    if (compat_resumed_at(frame, (PyCodeObject *)code) != offset || frame->stacktop != n_slots + depth || frame->f_globals != globals
        || frame->frame_obj != NULL || frame->f_locals != NULL || frame->f_builtins != PyThreadState_GET()->interp->builtins
        || generator->gi_weakreflist != NULL || generator->gi_exc_state.exc_value != NULL
        || generator->gi_name != function->func_name || generator->gi_qualname != function->func_qualname || function->func_code != code) {
        return 0;
    }
    for (int i = 0; i < n_slots; i++) {
        if ((frame->localsplus[i] != NULL) != (bound >> i & 1)) {
            return 0;
        }
    }
    return 1;
}

/* It is over, without anything of it being run: what it has, others have, too. */
static void
jitney_empty_generator(PyObject *object)
{
    PyGenObject *generator = (PyGenObject *)object;
    _PyInterpreterFrame *frame = generator_frame(object);
    generator->gi_frame_state = FRAME_CLEARED;
    for (int i = frame->stacktop; --i >= 0;) {
        Py_CLEAR(frame->localsplus[i]);
    }
    Py_DECREF(frame->f_funcobj);
}

const JitneyHelper jitney_generator_helpers[] = {
    HELPER(empty_generator),
    HELPER(generator_waits),
    HELPER(make_generator),
    HELPER(set_index),
    HELPERS_END,
};
