/* What the compile thread needs: it runs no tool's events and never collects the program's garbage. */
#include "runtime.h"
#include "internal/pycore_gc.h"

/* Mutes every tool's events in this thread for good; nothing in it is counted or recorded either. */
static PyObject *
mute_thread(PyObject *module, PyObject *unused)
{
    PyThreadState_GET()->tracing++;
    Py_RETURN_NONE;
}

static int quiet;
static unsigned long quiet_thread;
enum { FAR_BELOW = 1 << 29 };

static void
set_quiet(int wanted)
{
    struct _gc_runtime_state *gc = &PyThreadState_GET()->interp->gc;
    if (wanted == quiet) {
        return;
    }
    quiet = wanted;
    quiet_thread = PyThread_get_thread_ident();
    jitney_compile_apart(wanted);
    for (int i = 0; i < GENERATIONS; i++) {
        int *count = &gc->generations[i].count;
        if (wanted) {
            *count -= FAR_BELOW;
        }
        else if (*count < -FAR_BELOW / 2) { /* else: collected explicitly meanwhile, begun anew from 0 */
            *count += FAR_BELOW;
        }
    }
}

/* The same for what we do in a thread of the program, which also does not count: no automatic collection begins in the middle, where finalizers
   would run unseen by the program's tools, nor comes earlier after it. */
void
jitney_begin_uncounted(Uncounted *saved)
{
    struct _gc_runtime_state *gc = &PyThreadState_GET()->interp->gc;
    for (int i = 0; i < GENERATIONS; i++) {
        saved->counts[i] = gc->generations[i].count;
        gc->generations[i].count -= FAR_BELOW;
    }
    saved->first = jitney_begin_apart();
}

void
jitney_end_uncounted(const Uncounted *saved)
{
    jitney_end_apart(saved->first);
    struct _gc_runtime_state *gc = &PyThreadState_GET()->interp->gc;
    for (int i = 0; i < GENERATIONS; i++) {
        int *count = &gc->generations[i].count, before = saved->counts[i];
        if (*count < -FAR_BELOW / 2) { /* else: collected explicitly meanwhile */
            int now = *count + FAR_BELOW;
            *count = abs(now - before) < FAR_BELOW / 2 ? before : now; /* else: the compile thread has become quiet, or ceased to be */
        }
    }
}

/* While quiet, no automatic collection starts (gc.collect() works as ever): finalizers would run in the thread that allocates,
   and the compile thread allocates a lot. The collector's counters are moved out of reach of its thresholds, and back. */
static PyObject *
quiet_collector(PyObject *module, PyObject *flag)
{
    int wanted = PyObject_IsTrue(flag);
    if (wanted < 0) {
        return NULL;
    }
    set_quiet(wanted);
    Py_RETURN_NONE;
}

/* Calls what releases the GIL for long: the collector, if this thread has it quiet, goes on meanwhile. A collection that
   becomes due in the few allocations around the call finds the counters out of reach again when the evaluation loop gets to it. */
static PyObject *
call_unquiet(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    if (n < 1) {
        PyErr_SetString(PyExc_TypeError, "what is to be called?");
        return NULL;
    }
    int was_quiet = quiet && quiet_thread == PyThread_get_thread_ident();
    if (was_quiet) {
        jitney_hide();
        set_quiet(0);
    }
    PyObject *result = PyObject_Vectorcall(args[0], args + 1, (size_t)n - 1, NULL);
    if (was_quiet) {
        set_quiet(1);
    }
    return result;
}

static int
refers_to(PyObject *object, void *wanted)
{
    return object == wanted;
}

typedef struct {
    PyObject *dict;
    int found;
} Search;

static int
look_for_iterator(PyObject *object, void *arg)
{
    Search *search = arg;
    PyTypeObject *type = Py_TYPE(object);
    if (type == &PyDictIterKey_Type || type == &PyDictIterValue_Type || type == &PyDictIterItem_Type || type == &PyDictRevIterKey_Type
        || type == &PyDictRevIterValue_Type || type == &PyDictRevIterItem_Type) {
        search->found = type->tp_traverse(object, refers_to, search->dict);
    }
    return !search->found; /* 0 ends the visit */
}

/* Whether the program is in the middle of going through a dict: those iterators raise when it grows. Goes through all objects. */
static PyObject *
is_iterated(PyObject *module, PyObject *dict)
{
    Search search = {dict, 0};
    PyUnstable_GC_VisitObjects(look_for_iterator, &search);
    return PyBool_FromLong(search.found);
}

/* The tracked objects made after `marker`, a fresh one itself, as the only thread: the collector is to leave them alone for good, as gc.freeze has
   it do with all objects. The compiler's own code would make every collection longer otherwise. */
static PyObject *
freeze_from(PyObject *module, PyObject *marker)
{
    PyThreadState *tstate = PyThreadState_GET();
    struct _gc_runtime_state *gc = &tstate->interp->gc;
    PyGC_Head *young = &gc->generations[0].head, *permanent = &gc->permanent_generation.head;
    if (!quiet || !PyObject_GC_IsTracked(marker) || tstate->next != NULL || tstate->prev != NULL) {
        Py_RETURN_FALSE;
    }
    PyGC_Head *first = _Py_AS_GC(marker), *last = _PyGCHead_PREV(young);
    for (PyGC_Head *at = first; at != last; at = _PyGCHead_NEXT(at)) {
        if (at == young) {
            Py_RETURN_FALSE; /* collected meanwhile: the marker is in an older generation */
        }
    }
    PyGC_Head *before = _PyGCHead_PREV(first), *end = _PyGCHead_PREV(permanent);
    _PyGCHead_SET_NEXT(before, young);
    _PyGCHead_SET_PREV(young, before);
    _PyGCHead_SET_NEXT(end, first);
    _PyGCHead_SET_PREV(first, end);
    _PyGCHead_SET_NEXT(last, permanent);
    _PyGCHead_SET_PREV(permanent, last);
    Py_RETURN_TRUE;
}

PyMethodDef jitney_background_methods[] = {
    {"mute_thread", mute_thread, METH_NOARGS, "No tool's events, ours included, in this thread from now on."},
    {"quiet_collector", quiet_collector, METH_O, "Whether automatic garbage collection pauses."},
    {"call_unquiet", (PyCFunction)(void (*)(void))call_unquiet, METH_FASTCALL, "call_unquiet(callable, *arguments): the collector is not quiet meanwhile."},
    {"is_iterated", is_iterated, METH_O, "Whether some iterator is on its way through the dict."},
    {"freeze_from", freeze_from, METH_O, "The collector leaves alone what was made after this fresh object; False where it cannot be told."},
    {NULL},
};
