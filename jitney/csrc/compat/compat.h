/* Hides what differs between CPython versions: the only place that looks at PY_VERSION_HEX. */
#ifndef JITNEY_COMPAT_H
#define JITNEY_COMPAT_H

#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#endif
#include <Python.h>
#include "internal/pycore_code.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_pystate.h"
#include "internal/pycore_ceval.h"
#include "internal/pycore_object.h"

#if PY_VERSION_HEX >= 0x030D0000 && PY_VERSION_HEX < 0x030E0000
#include "py313.h"
#include "objects313.h"
#elif PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030D0000
#include "py312.h"
#include "objects312.h"
#else
#error "this version of CPython is not supported"
#endif

/* The code of a frame that runs Python code (not of an entry frame on the C stack). */
static inline PyCodeObject *
compat_frame_code(_PyInterpreterFrame *frame)
{
    return (PyCodeObject *)compat_frame_executable(frame);
}

/* The nearest frame of Python code from this one outwards (entry frames on the C stack skipped), or NULL. */
static inline _PyInterpreterFrame *
compat_python_frame(_PyInterpreterFrame *frame)
{
    while (frame != NULL && (frame->owner == FRAME_OWNED_BY_CSTACK || !PyCode_Check(compat_frame_executable(frame)))) {
        frame = frame->previous;
    }
    return frame;
}

/* Room for a frame of `size` words on the thread's data stack, in a new chunk (laid out as pystate.c does) where the
   present one is full. NULL with MemoryError set when there is none. */
static inline _PyInterpreterFrame *
compat_push_words(PyThreadState *tstate, int size)
{
    if (tstate->datastack_top == NULL || tstate->datastack_limit - tstate->datastack_top <= size) {
        PyObjectArenaAllocator arena;
        PyObject_GetArenaAllocator(&arena);
        size_t bytes = 16 * 1024;
        while (bytes < sizeof(PyObject *) * ((size_t)size + 1000)) {
            bytes *= 2;
        }
        _PyStackChunk *chunk = arena.alloc(arena.ctx, bytes);
        if (chunk == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        _PyStackChunk *previous = tstate->datastack_chunk;
        chunk->previous = previous;
        chunk->size = bytes;
        chunk->top = 0;
        if (previous != NULL) {
            previous->top = (size_t)(tstate->datastack_top - &previous->data[0]);
        }
        tstate->datastack_chunk = chunk;
        tstate->datastack_limit = (PyObject **)((char *)chunk + bytes);
        /* The root chunk's first word stays unused, so that no frame is its first and it is never freed. */
        tstate->datastack_top = &chunk->data[previous == NULL];
    }
    _PyInterpreterFrame *frame = (_PyInterpreterFrame *)tstate->datastack_top;
    tstate->datastack_top += size;
    return frame;
}

/* Makes the head of a frame whose slots are set, and which stands where it does. Steals the function. */
static inline void
compat_complete_frame(_PyInterpreterFrame *frame, PyFunctionObject *function, PyCodeObject *code)
{
    int offset = compat_executing_offset(frame, code);
    _PyFrame_Initialize(frame, function, NULL, code, code->co_nlocalsplus);
    compat_set_executing(frame, code, offset);
}

/* compat_clear_and_pop, quicker where nobody asked for the frame's object. */
static inline void
compat_end_frame(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    PyObject **base = (PyObject **)frame;
    if (frame->frame_obj != NULL || frame->f_locals != NULL || base == &tstate->datastack_chunk->data[0]) {
        compat_clear_and_pop(tstate, frame);
        return;
    }
    PyObject *code = compat_frame_executable(frame);
    tstate->c_recursion_remaining--;
    for (int i = 0; i < frame->stacktop; i++) {
        Py_XDECREF(frame->localsplus[i]);
    }
    Py_DECREF(frame->f_funcobj);
    Py_DECREF(code);
    tstate->c_recursion_remaining++;
    tstate->datastack_top = base;
}

/* In a copy of the process, whose only thread has the GIL: its locks may have been held by threads that are not here. */
static inline void
compat_own_gil(PyThreadState *tstate)
{
    struct _gil_runtime_state *gil = tstate->interp->ceval.gil;
    pthread_mutex_init(&gil->mutex, NULL);
    pthread_cond_init(&gil->cond, NULL);
#ifdef FORCE_SWITCHING
    pthread_mutex_init(&gil->switch_mutex, NULL);
    pthread_cond_init(&gil->switch_cond, NULL);
#endif
    compat_forget_requests(tstate);
}

/* Whether one of n >= 8 masks of tools has a tool other than `own` (a mask of tool ids) in it. */
static inline int
compat_any_tool(const uint8_t *tools, int n, uint8_t own)
{
    uint64_t found = 0, word;
    for (int i = 0; i <= n - 8; i += 8) {
        memcpy(&word, tools + i, 8);
        found |= word;
    }
    memcpy(&word, tools + n - 8, 8);
    found |= word;
    return (found & ~(UINT64_C(0x0101010101010101) * own)) != 0;
}

/* Whether a tool other than `own` has events on for this code object alone. */
static inline int
compat_local_tools_active(PyCodeObject *code, uint8_t own)
{
    return code->_co_monitoring != NULL && compat_any_tool(code->_co_monitoring->local_monitors.tools, _PY_MONITORING_LOCAL_EVENTS, own);
}

/* The same, globally or for this code object. */
static inline int
compat_tools_active(PyThreadState *tstate, PyCodeObject *code, uint8_t own)
{
    return compat_any_tool(tstate->interp->monitors.tools, _PY_MONITORING_UNGROUPED_EVENTS, own) || compat_local_tools_active(code, own);
}

#endif
