/* What the compile thread needs: it runs no tool's events and never collects the program's garbage. */
#include "runtime.h"

/* Mutes every tool's events in this thread for good; nothing in it is counted or recorded either. */
static PyObject *
mute_thread(PyObject *module, PyObject *unused)
{
    PyThreadState_GET()->tracing++;
    Py_RETURN_NONE;
}

enum { FAR_BELOW = 1 << 29, GENERATIONS = 3 };

/* While quiet, no automatic collection starts (gc.collect() works as ever): finalizers would run in the thread that allocates,
   and the compile thread allocates a lot. The collector's counters are moved out of reach of its thresholds, and back. */
static PyObject *
quiet_collector(PyObject *module, PyObject *flag)
{
    static int quiet;
    struct _gc_runtime_state *gc = &PyThreadState_GET()->interp->gc;
    int wanted = PyObject_IsTrue(flag);
    if (wanted < 0) {
        return NULL;
    }
    if (wanted != quiet) {
        quiet = wanted;
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
    Py_RETURN_NONE;
}

PyMethodDef jitney_background_methods[] = {
    {"mute_thread", mute_thread, METH_NOARGS, "No tool's events, ours included, in this thread from now on."},
    {"quiet_collector", quiet_collector, METH_O, "Whether automatic garbage collection pauses."},
    {NULL},
};
