/* Variables of a frame that others write through its `f_locals` (from CPython 3.13 on, which has no copy of them between) while compiled
   code has them in registers.

   Compiled code leaves at once when what it called returns: the version of monitoring's events, which it looks at, is made to change. What
   was written is put into the frames that are built then. What it overwrote in the outermost frame stays alive until then: compiled code, or
   the C function it called, may have borrowed it from there. */
#include "runtime.h"
#include <frameobject.h>

static JitContext *innermost; /* of all contexts in compiled code, of all threads, in a list */

void
context_begins(JitContext *cx)
{
    cx->outer = innermost;
    cx->inner = NULL;
    if (innermost != NULL) {
        innermost->inner = cx;
    }
    innermost = cx;
}

/* ---- what was written ---- */

typedef struct {
    JitContext *cx;
    int level, slot;
    PyObject *value, *old;
} Written;

static Written *written;
static int n_written;

void
context_ends(JitContext *cx)
{
    if (cx->inner != NULL) {
        cx->inner->outer = cx->outer;
    }
    else {
        innermost = cx->outer;
    }
    if (cx->outer != NULL) {
        cx->outer->inner = cx->inner;
    }
}

void
contexts_after_fork(PyThreadState *tstate)
{
    JitContext *cx = innermost;
    innermost = NULL;
    for (JitContext *inner = NULL, *outer; cx != NULL; cx = outer) {
        outer = cx->outer;
        if (cx->tstate == tstate) {
            cx->outer = NULL;
            cx->inner = inner;
            if (inner != NULL) {
                inner->outer = cx;
            }
            else {
                innermost = cx;
            }
            inner = cx;
        }
    }
}

int
contexts_need(const Region *region, char *needed)
{
    int32_t n = 0;
    for (JitContext *cx = innermost; cx != NULL; cx = cx->outer) {
        if (cx->region != region) {
            continue;
        }
        if (cx->needs < 0 || cx->needs >= region->n_needs) {
            return 0;
        }
        n++;
        const int32_t *need = &region->words[region->needs[cx->needs]];
        for (int32_t i = 1; i <= need[0]; i++) {
            needed[need[i]] = 1;
        }
    }
    return n + region->leaving == region->running; /* else one is about to run or to leave, or its frame is not to be seen yet */
}

void
contexts_leave(void)
{
    PyObject *monitoring = PySys_GetObject("monitoring");
    PyObject *done = MUST(monitoring ? PyObject_CallMethod(monitoring, "restart_events", NULL) : NULL);
    Py_DECREF(done);
}

void
write_back(JitContext *cx, _PyInterpreterFrame *frame, int level)
{
    for (int done = 0; done < n_written;) {
        if (written[done].cx != cx) {
            done++;
            continue;
        }
        Written entry = written[done];
        memmove(&written[done], &written[done + 1], sizeof(Written) * (size_t)(--n_written - done));
        _PyInterpreterFrame *target = frame;
        for (int i = level; i > entry.level; i--) {
            target = target->previous;
        }
        if (entry.level <= level) {
            Py_XSETREF(target->localsplus[entry.slot], Py_XNewRef(entry.value));
        }
        Py_XDECREF(entry.value);
        Py_XDECREF(entry.old);
    }
}

#if COMPAT_WRITES_LOCALS

/* The context whose code the frame belongs to, and at which inlining level; NULL: the interpreter's. */
static JitContext *
context_of(_PyInterpreterFrame *frame, int *level)
{
    *level = 0;
    for (_PyInterpreterFrame *outer = frame; outer != NULL; outer = outer->previous, ++*level) {
        for (JitContext *cx = innermost; cx != NULL; cx = cx->outer) {
            if (cx->frame == outer) {
                int inlined = cx->guard >= 0 ? cx->region->exits[cx->guard].n_frames - 1 : 0;
                return *level <= inlined ? cx : NULL;
            }
        }
    }
    return NULL;
}

typedef struct {
    JitContext *cx;
    _PyInterpreterFrame *frame;
    int level, n;
    PyObject **before;
} Writing;

static int room; /* in `written` */

static int
make_room(int wanted)
{
    if (wanted > room) {
        Written *larger = PyMem_Realloc(written, sizeof(Written) * (size_t)wanted * 2);
        if (larger == NULL) {
            return -1;
        }
        written = larger;
        room = wanted * 2;
    }
    return 0;
}

static int
begin_writing(Writing *writing, PyObject *proxy)
{
    writing->before = NULL;
    if (innermost == NULL) {
        return 0;
    }
    writing->frame = ((PyFrameLocalsProxyObject *)proxy)->frame->f_frame;
    if (writing->frame->owner == FRAME_OWNED_BY_FRAME_OBJECT || (writing->cx = context_of(writing->frame, &writing->level)) == NULL) {
        return 0;
    }
    writing->n = compat_frame_code(writing->frame)->co_nlocalsplus;
    if (make_room(n_written + writing->n) < 0 || (writing->before = PyMem_Calloc((size_t)writing->n + 1, sizeof(PyObject *))) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int i = 0; i < writing->n; i++) {
        writing->before[i] = Py_XNewRef(writing->frame->localsplus[i]);
    }
    return 0;
}

/* There is room, unless another writing has taken it meanwhile. */
static int
note(Writing *writing, int slot)
{
    if (make_room(n_written + 1) < 0) {
        return -1;
    }
    PyObject *value = writing->frame->localsplus[slot];
    written[n_written++] = (Written){writing->cx, writing->level, slot, Py_XNewRef(value), writing->level == 0 ? Py_XNewRef(writing->before[slot]) : NULL};
    return 0;
}

static void
end_writing(Writing *writing)
{
    if (writing->before == NULL) {
        return;
    }
    PyObject *exception = PyErr_GetRaisedException();
    int changed = 0;
    for (int i = 0; i < writing->n; i++) {
        if (writing->frame->localsplus[i] != writing->before[i]) {
            if (note(writing, i) < 0) {
                Py_FatalError("jitney: out of memory while a frame's variables are written");
            }
            changed = 1;
        }
    }
    if (changed) {
        contexts_leave();
    }
    for (int i = 0; i < writing->n; i++) {
        Py_XDECREF(writing->before[i]);
    }
    PyMem_Free(writing->before);
    PyErr_SetRaisedException(exception);
}

/* ---- the proxy's functions that write ---- */

static objobjargproc set_item;
static binaryfunc merge;
static PyCFunction update;
static PyCFunctionFast set_default;

static int
writing_set_item(PyObject *self, PyObject *key, PyObject *value)
{
    Writing writing;
    if (begin_writing(&writing, self) < 0) {
        return -1;
    }
    int result = set_item(self, key, value);
    end_writing(&writing);
    return result;
}

static PyObject *
writing_merge(PyObject *self, PyObject *other)
{
    Writing writing;
    if (begin_writing(&writing, self) < 0) {
        return NULL;
    }
    PyObject *result = merge(self, other);
    end_writing(&writing);
    return result;
}

static PyObject *
writing_update(PyObject *self, PyObject *other)
{
    Writing writing;
    if (begin_writing(&writing, self) < 0) {
        return NULL;
    }
    PyObject *result = update(self, other);
    end_writing(&writing);
    return result;
}

static PyObject *
writing_set_default(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Writing writing;
    if (begin_writing(&writing, self) < 0) {
        return NULL;
    }
    PyObject *result = set_default(self, args, n);
    end_writing(&writing);
    return result;
}

/* The wrapper that the type's dict has for a slot calls what it was made with. */
static void
rewrap(PyTypeObject *type, const char *name, void *function)
{
    PyObject *key = PyUnicode_InternFromString(name), *wrapper = key ? _PyType_Lookup(type, key) : NULL;
    Py_XDECREF(key);
    if (wrapper != NULL && Py_IS_TYPE(wrapper, &PyWrapperDescr_Type)) {
        ((PyWrapperDescrObject *)wrapper)->d_wrapped = function;
    }
}

int
frame_locals_setup(void)
{
    PyTypeObject *type = &PyFrameLocalsProxy_Type;
    if (set_item != NULL) {
        return 0;
    }
    for (PyMethodDef *method = type->tp_methods; method->ml_name != NULL; method++) {
        if (strcmp(method->ml_name, "update") == 0 && method->ml_flags == METH_O) {
            update = method->ml_meth;
            method->ml_meth = writing_update;
        }
        else if (strcmp(method->ml_name, "setdefault") == 0 && method->ml_flags == METH_FASTCALL) {
            set_default = (PyCFunctionFast)(void (*)(void))method->ml_meth;
            method->ml_meth = (PyCFunction)(void (*)(void))writing_set_default;
        }
    }
    set_item = type->tp_as_mapping->mp_ass_subscript;
    type->tp_as_mapping->mp_ass_subscript = writing_set_item;
    merge = type->tp_as_number->nb_inplace_or;
    type->tp_as_number->nb_inplace_or = writing_merge;
    rewrap(type, "__setitem__", (void *)writing_set_item);
    rewrap(type, "__delitem__", (void *)writing_set_item);
    rewrap(type, "__ior__", (void *)writing_merge);
    if (update == NULL || set_default == NULL || set_item == NULL || merge == NULL) {
        PyErr_SetString(PyExc_ImportError, "frames' f_locals are not as expected in this version of CPython");
        return -1;
    }
    return 0;
}

#else

int
frame_locals_setup(void)
{
    return 0;
}

#endif
