/* CPython 3.12: the accessors that compat.h promises. */
#ifndef JITNEY_PY312_H
#define JITNEY_PY312_H

static inline _PyInterpreterFrame *
compat_current_frame(PyThreadState *tstate)
{
    return tstate->cframe->current_frame;
}

/* How many blocks pymalloc counts that are not in its pools. */
static inline Py_ssize_t *
compat_raw_blocks(PyInterpreterState *interp)
{
    return &interp->obmalloc.mgmt.raw_allocated_blocks;
}

/* Dead tuples, by length, to be used again. */
typedef struct _Py_tuple_state CompatTuples;

static inline CompatTuples *
compat_tuples(PyInterpreterState *interp)
{
    return &interp->tuple;
}

static inline PyTupleObject **
compat_first_tuple(CompatTuples *tuples, int length)
{
    return &tuples->free_list[length];
}

static inline void
compat_set_current_frame(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    tstate->cframe->current_frame = frame;
}

static inline PyObject *
compat_frame_executable(_PyInterpreterFrame *frame)
{
    return (PyObject *)frame->f_code;
}

/* The instruction at byte offset `offset` is being executed (for line numbers). */
static inline void
compat_set_executing(_PyInterpreterFrame *frame, PyCodeObject *code, int offset)
{
    frame->prev_instr = _PyCode_CODE(code) + offset / 2;
}

static inline void
compat_set_function_version(PyFunctionObject *function, uint32_t version)
{
    function->func_version = version;
}

/* A monitoring callback makes its frame go on at `offset`. */
static inline void
compat_continue_at(_PyInterpreterFrame *frame, PyCodeObject *code, int offset)
{
    frame->prev_instr = _PyCode_CODE(code) + offset / 2;
}

/* _PyEval_EvalFrameDefault is to begin at `offset`. */
static inline void
compat_begin_at(_PyInterpreterFrame *frame, PyCodeObject *code, int offset)
{
    frame->prev_instr = _PyCode_CODE(code) + offset / 2 - 1;
}

static inline int
compat_executing_offset(_PyInterpreterFrame *frame, PyCodeObject *code)
{
    return (int)(frame->prev_instr - _PyCode_CODE(code)) * 2;
}

/* Where a suspended generator's frame goes on. */
static inline int
compat_resumed_at(_PyInterpreterFrame *frame, PyCodeObject *code)
{
    return compat_executing_offset(frame, code) + 2;
}

/* Whether a signal, another thread, the collector or a pending call wants its turn. */
static inline int
compat_breaker_is_set(PyThreadState *tstate)
{
    return _Py_atomic_load_relaxed(&tstate->interp->ceval.eval_breaker) != 0;
}

/* Of the events that tools have on for all code. */
static inline uint64_t
compat_events_version(PyThreadState *tstate)
{
    return tstate->interp->monitoring_version;
}

/* Whether that version is the same, and nothing wants its turn. */
static inline int
compat_is_quiet_since(PyThreadState *tstate, uint64_t version)
{
    return tstate->interp->monitoring_version == version && !compat_breaker_is_set(tstate);
}

/* As if there were something to do: what runs looks up at its next poll. */
static inline void
compat_request(PyThreadState *tstate)
{
    _Py_atomic_store_relaxed(&tstate->interp->ceval.eval_breaker, 1);
}

/* Nobody else is there to want anything. */
static inline void
compat_forget_requests(PyThreadState *tstate)
{
    struct _ceval_state *ceval = &tstate->interp->ceval;
    _Py_atomic_store_relaxed(&ceval->gil_drop_request, 0);
    _Py_atomic_store_relaxed(&ceval->eval_breaker, 0);
}

#define COMPAT_C_RECURSION_LIMIT C_RECURSION_LIMIT
#define COMPAT_COMPARE_SHIFT 4
#define COMPAT_COMPARE_TRUTH 0
#define COMPAT_WRITES_LOCALS 0 /* f_locals is a copy */
#define COMPAT_FUSED_WHEN_MADE 1 /* superinstructions come into code when that is made: they are not in the bytecode itself */
#define COMPAT_TOLD_BEFORE_CALL 0
#define COMPAT_NULL_FIRST 1 /* [NULL, callable, arguments] */

/* Not exported here: releases what a finished frame holds, or hands it to its frame object, and gives its room back. The frame is already
   unlinked from the thread, its `previous` still set. */
static inline void
compat_clear_and_pop(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    PyCodeObject *code = frame->f_code;
    PyFrameObject *object = frame->frame_obj;
    int owned = 0;
    tstate->c_recursion_remaining--;
    if (object != NULL) {
        frame->frame_obj = NULL;
        if (Py_REFCNT(object) > 1) {
            /* Somebody keeps it: it becomes the frame's owner. PyFrame_GetBack makes the caller's frame object. */
            PyObject *exception = PyErr_GetRaisedException();
            PyFrameObject *back = PyFrame_GetBack(object);
            PyErr_SetRaisedException(exception);
            _PyInterpreterFrame *copy = (_PyInterpreterFrame *)object->_f_frame_data;
            memcpy(copy, frame, (size_t)((char *)&frame->localsplus[frame->stacktop] - (char *)frame));
            Py_INCREF(code);
            copy->owner = FRAME_OWNED_BY_FRAME_OBJECT;
            copy->previous = NULL;
            object->f_frame = copy;
            object->f_back = back;
            if (!PyObject_GC_IsTracked((PyObject *)object)) {
                PyObject_GC_Track(object);
            }
            owned = 1;
        }
        Py_DECREF(object);
    }
    if (!owned) {
        for (int i = 0; i < frame->stacktop; i++) {
            Py_XDECREF(frame->localsplus[i]);
        }
        Py_XDECREF(frame->f_locals);
        Py_DECREF(frame->f_funcobj);
    }
    Py_DECREF(code);
    tstate->c_recursion_remaining++;
    PyObject **base = (PyObject **)frame;
    _PyStackChunk *chunk = tstate->datastack_chunk;
    if (base == &chunk->data[0]) {
        PyObjectArenaAllocator arena;
        PyObject_GetArenaAllocator(&arena);
        _PyStackChunk *previous = chunk->previous;
        tstate->datastack_chunk = previous;
        tstate->datastack_top = &previous->data[previous->top];
        tstate->datastack_limit = (PyObject **)((char *)previous + previous->size);
        arena.free(arena.ctx, chunk, chunk->size);
    }
    else {
        tstate->datastack_top = base;
    }
}

#endif
