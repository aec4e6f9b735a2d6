/* CPython 3.13: the accessors that compat.h promises. */
#ifndef JITNEY_PY313_H
#define JITNEY_PY313_H

static inline _PyInterpreterFrame *
compat_current_frame(PyThreadState *tstate)
{
    return tstate->current_frame;
}

/* How many blocks pymalloc counts that are not in its pools. */
static inline Py_ssize_t *
compat_raw_blocks(PyInterpreterState *interp)
{
    return &interp->obmalloc->mgmt.raw_allocated_blocks;
}

/* Dead tuples, by length, to be used again. */
typedef struct _Py_tuple_freelist CompatTuples;

static inline CompatTuples *
compat_tuples(PyInterpreterState *interp)
{
    return &interp->object_state.freelists.tuples;
}

static inline PyTupleObject **
compat_first_tuple(CompatTuples *tuples, int length)
{
    return &tuples->items[length];
}

static inline void
compat_set_current_frame(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    tstate->current_frame = frame;
}

static inline PyObject *
compat_frame_executable(_PyInterpreterFrame *frame)
{
    return (PyObject *)frame->f_executable;
}

/* The instruction at byte offset `offset` is being executed (for line numbers). */
static inline void
compat_set_executing(_PyInterpreterFrame *frame, PyCodeObject *code, int offset)
{
    frame->instr_ptr = _PyCode_CODE(code) + offset / 2;
}

static inline void
compat_set_function_version(PyFunctionObject *function, uint32_t version)
{
    _PyFunction_SetVersion(function, version);
}

/* A monitoring callback makes its frame go on at `offset`. */
static inline void
compat_continue_at(_PyInterpreterFrame *frame, PyCodeObject *code, int offset)
{
    frame->instr_ptr = _PyCode_CODE(code) + offset / 2;
}

/* _PyEval_EvalFrameDefault is to begin at `offset`. */
static inline void
compat_begin_at(_PyInterpreterFrame *frame, PyCodeObject *code, int offset)
{
    frame->instr_ptr = _PyCode_CODE(code) + offset / 2;
}

static inline int
compat_executing_offset(_PyInterpreterFrame *frame, PyCodeObject *code)
{
    return (int)(frame->instr_ptr - _PyCode_CODE(code)) * 2;
}

/* Where a suspended generator's frame goes on. */
static inline int
compat_resumed_at(_PyInterpreterFrame *frame, PyCodeObject *code)
{
    return compat_executing_offset(frame, code);
}

/* Whether a signal, another thread, the collector or a pending call wants its turn. */
static inline int
compat_breaker_is_set(PyThreadState *tstate)
{
    return (_Py_atomic_load_uintptr_relaxed(&tstate->eval_breaker) & _PY_EVAL_EVENTS_MASK) != 0;
}

/* Of the events that tools have on for all code; a thread's own. */
static inline uint64_t
compat_events_version(PyThreadState *tstate)
{
    return _Py_atomic_load_uintptr_relaxed(&tstate->eval_breaker) & ~(uintptr_t)_PY_EVAL_EVENTS_MASK;
}

/* Whether that version is the same, and nothing wants its turn. */
static inline int
compat_is_quiet_since(PyThreadState *tstate, uint64_t version)
{
    return _Py_atomic_load_uintptr_relaxed(&tstate->eval_breaker) == version;
}

/* As if there were a call pending: what runs looks up at its next poll. */
static inline void
compat_request(PyThreadState *tstate)
{
    _Py_set_eval_breaker_bit(tstate, _PY_CALLS_TO_DO_BIT);
}

/* Nobody else is there to want anything. */
static inline void
compat_forget_requests(PyThreadState *tstate)
{
    _Py_unset_eval_breaker_bit(tstate, _PY_EVAL_EVENTS_MASK);
}

#define COMPAT_C_RECURSION_LIMIT Py_C_RECURSION_LIMIT
#define COMPAT_COMPARE_SHIFT 5
#define COMPAT_COMPARE_TRUTH 16 /* flag in the argument: the result is made a bool */
#define COMPAT_WRITES_LOCALS 1 /* f_locals writes to the frame itself */
#define COMPAT_FUSED_WHEN_MADE 0 /* superinstructions come into code when that is made: they are not in the bytecode itself */
#define COMPAT_TOLD_BEFORE_CALL 2 /* bytes: exceptions that come out of a callee are reported for the unit before the call */
#define COMPAT_NULL_FIRST 0 /* [callable, NULL, arguments] */

PyAPI_FUNC(void) _PyEval_FrameClearAndPop(PyThreadState *tstate, _PyInterpreterFrame *frame);

/* Releases what a finished frame holds, or hands it to its frame object, and gives its room back. The frame is already
   unlinked from the thread, its `previous` still set. */
static inline void
compat_clear_and_pop(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    _PyEval_FrameClearAndPop(tstate, frame);
}

#endif
