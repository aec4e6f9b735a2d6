/* CPython 3.12. */
#ifndef JITNEY_PY312_H
#define JITNEY_PY312_H

static inline _PyInterpreterFrame *
compat_current_frame(PyThreadState *tstate)
{
    return tstate->cframe->current_frame;
}

static inline void
compat_set_current_frame(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    tstate->cframe->current_frame = frame;
}

#endif
