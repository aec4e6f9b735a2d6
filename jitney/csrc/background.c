/* What the compile thread needs: it runs no tool's events and never collects the program's garbage. */
#include "runtime.h"
#include "internal/pycore_gc.h"

static uint64_t muted_thread; /* the compile thread, as the interpreter numbers them; 0: there was none yet */

/* Mutes every tool's events in this thread for good; nothing in it is counted or recorded either. */
static PyObject *
mute_thread(PyObject *module, PyObject *unused)
{
    PyThreadState *tstate = PyThreadState_GET();
    tstate->tracing++;
    muted_thread = PyThreadState_GetID(tstate);
    Py_RETURN_NONE;
}

/* No automatic collection is to begin while something of ours runs, in whatever thread: its counters are out of reach of its thresholds as long as
   there is anything that wants them to be. One shift for all, however many they are: it has room for the program's counts on either side. */
static int reasons;
enum { FAR_BELOW = 1 << 29 };

static int
is_out_of_reach(int count)
{
    return count < -FAR_BELOW / 2;
}

/* Again, where an explicit collection meanwhile has them begin from 0. */
void
jitney_keep_out_of_reach(void)
{
    struct _gc_runtime_state *gc = &PyThreadState_GET()->interp->gc;
    for (int i = 0; i < GENERATIONS && reasons > 0; i++) {
        int *count = &gc->generations[i].count;
        if (!is_out_of_reach(*count)) {
            *count -= FAR_BELOW;
        }
    }
}

static void
begin_out_of_reach(void)
{
    reasons++;
    jitney_keep_out_of_reach();
}

static void
end_out_of_reach(void)
{
    if (reasons == 0 || --reasons > 0) { /* 0: a finalizer forked, and this is the child */
        return;
    }
    struct _gc_runtime_state *gc = &PyThreadState_GET()->interp->gc;
    for (int i = 0; i < GENERATIONS; i++) {
        int *count = &gc->generations[i].count;
        if (is_out_of_reach(*count)) { /* else: collected explicitly meanwhile */
            *count += FAR_BELOW;
        }
    }
    /* The collections that would have been are not made up for at the next object that is made, wherever that is (the program may be about to ask
       what gc.collect() finds), but the ones after them come as they would have come. */
    int *young = &gc->generations[0].count, threshold = gc->generations[0].threshold;
    if (gc->enabled && threshold > 0 && *young > threshold) {
        gc->generations[1].count += *young / (threshold + 1);
        *young %= threshold + 1;
    }
}

static int quiet;
static unsigned long quiet_thread;

static void
set_quiet(int wanted)
{
    if (wanted == quiet) {
        return;
    }
    quiet = wanted;
    quiet_thread = PyThread_get_thread_ident();
    jitney_compile_apart(wanted);
    (wanted ? begin_out_of_reach : end_out_of_reach)();
}

/* The same for what we do in a thread of the program, which also does not count: no automatic collection begins in the middle, where finalizers
   would run unseen by the program's tools, nor comes earlier after it. */
void
jitney_begin_uncounted(Uncounted *saved)
{
    begin_out_of_reach();
    struct _gc_runtime_state *gc = &PyThreadState_GET()->interp->gc;
    for (int i = 0; i < GENERATIONS; i++) {
        saved->counts[i] = gc->generations[i].count;
    }
    saved->first = jitney_begin_apart();
}

void
jitney_end_uncounted(const Uncounted *saved)
{
    jitney_end_apart(saved->first);
    struct _gc_runtime_state *gc = &PyThreadState_GET()->interp->gc;
    for (int i = 0; i < GENERATIONS; i++) {
        int *count = &gc->generations[i].count;
        if (is_out_of_reach(*count)) { /* else: collected explicitly meanwhile */
            *count = saved->counts[i];
        }
    }
    end_out_of_reach();
}

/* In a child just forked: what other threads had under way never ends. */
void
jitney_count_after_fork(void)
{
    if (reasons > 0 && !quiet) {
        reasons = 1;
        end_out_of_reach();
    }
}

/* While quiet, no automatic collection starts (gc.collect() works as ever): finalizers would run in the thread that allocates,
   and the compile thread allocates a lot. */
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

/* The collector leaves alone for good what was made since `marker`, as gc.freeze has it do with all objects; but not where a collection that the
   program asked for meanwhile took the marker into another generation. */
static void
freeze_after(PyObject *marker)
{
    struct _gc_runtime_state *gc = &PyThreadState_GET()->interp->gc;
    PyGC_Head *young = &gc->generations[0].head, *permanent = &gc->permanent_generation.head;
    PyGC_Head *first = _Py_AS_GC(marker), *last = _PyGCHead_PREV(young);
    for (PyGC_Head *at = last; at != first; at = _PyGCHead_PREV(at)) {
        if (at == young) {
            return;
        }
    }
    PyGC_Head *before = _PyGCHead_PREV(first), *end = _PyGCHead_PREV(permanent);
    _PyGCHead_SET_NEXT(before, young);
    _PyGCHead_SET_PREV(young, before);
    _PyGCHead_SET_NEXT(end, first);
    _PyGCHead_SET_PREV(first, end);
    _PyGCHead_SET_NEXT(last, permanent);
    _PyGCHead_SET_PREV(permanent, last);
}

/* Whether the other threads, if any, are ours. */
static int
is_programs_only_thread(void)
{
    PyThreadState *tstate = PyThreadState_GET();
    for (PyThreadState *other = PyInterpreterState_ThreadHead(tstate->interp); other != NULL; other = PyThreadState_Next(other)) {
        if (other != tstate && PyThreadState_GetID(other) != muted_thread) {
            return 0;
        }
    }
    return 1;
}

/* Calls what imports modules of ours, and has the collector leave alone what it makes: the compiler's own code would make every collection longer
   otherwise, and the classes that decorators make and drop would be found. Where other threads of the program's are, nothing is frozen. */
static PyObject *
call_frozen(PyObject *module, PyObject *callable)
{
    PyInterpreterState *interp = PyThreadState_GET()->interp;
    int may = reasons > 0 && is_programs_only_thread();
    uint64_t threads = interp->threads.next_unique_id;
    PyObject *marker = PyList_New(0), *result = marker == NULL ? NULL : PyObject_CallNoArgs(callable);
    if (result != NULL && may && threads == interp->threads.next_unique_id) {
        freeze_after(marker);
    }
    Py_XDECREF(marker);
    return result;
}

PyMethodDef jitney_background_methods[] = {
    {"mute_thread", mute_thread, METH_NOARGS, "No tool's events, ours included, in this thread from now on."},
    {"quiet_collector", quiet_collector, METH_O, "Whether automatic garbage collection pauses."},
    {"call_unquiet", (PyCFunction)(void (*)(void))call_unquiet, METH_FASTCALL, "call_unquiet(callable, *arguments): the collector is not quiet meanwhile."},
    {"is_iterated", is_iterated, METH_O, "Whether some iterator is on its way through the dict."},
    {"call_frozen", call_frozen, METH_O, "Calls it while the collector is quiet, and has it leave alone for good what that made."},
    {NULL},
};
