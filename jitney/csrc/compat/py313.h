/* CPython 3.13. */
#ifndef JITNEY_PY313_H
#define JITNEY_PY313_H

static inline _PyInterpreterFrame *
compat_current_frame(PyThreadState *tstate)
{
    return tstate->current_frame;
}

static inline void
compat_set_current_frame(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    tstate->current_frame = frame;
}

#endif
