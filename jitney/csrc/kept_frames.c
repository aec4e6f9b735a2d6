/* Frame objects that others keep of inlined frames, which exist only while compiled code calls out (`jitney_push_frames`). One that outlives
   that, or has something set on it, would be that of a frame that has ended. So compiled code leaves when the call returns, and the frame
   that is built then, or for a call before that, gets the object back: what it shows is true again, and there is no second one. */
#include "runtime.h"
#include <frameobject.h>

typedef struct {
    JitContext *cx;
    int level;
    PyFrameObject *object;
} Kept;

static Kept *kept;
static int n_kept, room;

/* Whether the frame has what the next one in its place must have, too. */
static int
is_wanted(_PyInterpreterFrame *frame)
{
    PyFrameObject *object = frame->frame_obj;
    if (frame->f_locals != NULL) {
        return 1; /* 3.12: the dict that locals() gives each time */
    }
    if (object == NULL) {
        return 0;
    }
#if COMPAT_WRITES_LOCALS
    if (object->f_extra_locals != NULL) {
        return 1;
    }
#endif
    return Py_REFCNT(object) > 1 || object->f_trace != NULL || !object->f_trace_lines || object->f_trace_opcodes;
}

int
keep_frame(JitContext *cx, _PyInterpreterFrame *frame, int level)
{
    if (!is_wanted(frame)) {
        return 0;
    }
    if (n_kept == room) {
        Kept *larger = PyMem_Realloc(kept, sizeof(Kept) * (size_t)(room * 2 + 8));
        if (larger == NULL) {
            return 0;
        }
        kept = larger;
        room = room * 2 + 8;
    }
    PyFrameObject *object = PyThreadState_GetFrame(cx->tstate);
    if (object == NULL || object->f_frame != frame) {
        PyErr_Clear();
        Py_XDECREF(object);
        return 0;
    }
    kept[n_kept++] = (Kept){cx, level, object};
    return 1;
}

/* The object goes back to showing a frame that runs; what it has of its own, from the time it was let go of, is released. */
static void
attach(PyFrameObject *object, _PyInterpreterFrame *frame)
{
    _PyInterpreterFrame *copy = object->f_frame;
    PyObject *function = copy->f_funcobj;
    PyCodeObject *code = compat_frame_code(copy);
    int n = copy->stacktop;
    PyObject_GC_UnTrack(object);
    frame->f_locals = copy->f_locals;
    object->f_frame = frame;
    frame->frame_obj = object;
    Py_CLEAR(object->f_back);
    for (int i = 0; i < n; i++) {
        Py_CLEAR(copy->localsplus[i]);
    }
    Py_DECREF(function);
    Py_DECREF(code);
}

void
attach_frames(JitContext *cx, _PyInterpreterFrame *innermost, int level)
{
    for (int done = 0; done < n_kept;) {
        if (kept[done].cx != cx) {
            done++;
            continue;
        }
        Kept entry = kept[done];
        memmove(&kept[done], &kept[done + 1], sizeof(Kept) * (size_t)(--n_kept - done));
        _PyInterpreterFrame *frame = entry.level <= level ? innermost : NULL;
        for (int i = level; i > entry.level; i--) {
            frame = frame->previous;
        }
        if (frame != NULL && frame->frame_obj == NULL && entry.object->f_frame->owner == FRAME_OWNED_BY_FRAME_OBJECT
            && compat_frame_code(entry.object->f_frame) == compat_frame_code(frame)) {
            attach(entry.object, frame);
        }
        else {
            Py_DECREF(entry.object);
        }
    }
}
