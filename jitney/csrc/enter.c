/* From the interpreter into compiled code. */
#include "runtime.h"
#include <alloca.h>

/* Compiled code has the contents of the module `builtins` built in; whoever gives `exec` a `__builtins__` has others. */
int
has_usual_builtins(PyThreadState *tstate, PyObject *builtins)
{
    return builtins == tstate->interp->builtins;
}

/* Compiled code has one namespace's variables built in; module-level code keeps its own variables there. */
int
region_has_namespace(_PyInterpreterFrame *frame, PyCodeObject *code, Region *region)
{
    return region->globals == NULL
        || (frame->f_globals == region->globals && (code->co_flags & CO_NEWLOCALS || frame->f_locals == region->globals));
}

/* Whether a tool watches one of the code objects inlined. */
static int
is_watched(Region *region)
{
    for (int32_t i = region->n_codes; --i >= 0;) {
        if (compat_local_tools_active((PyCodeObject *)region->codes[i], config.own_tools)) {
            return 1;
        }
    }
    return 0;
}

int
region_can_run(PyThreadState *tstate, PyCodeObject *code, Region *region)
{
    return region->valid && !compat_tools_active(tstate, code, config.own_tools) && !is_watched(region) && region_has_room(tstate, region);
}

int
region_can_enter(PyThreadState *tstate, _PyInterpreterFrame *frame, PyCodeObject *code, Region *region)
{
    return region_can_run(tstate, code, region)
        && (frame->owner == FRAME_OWNED_BY_THREAD || frame->owner == FRAME_OWNED_BY_GENERATOR) && compat_frame_code(frame) == code && region_has_namespace(frame, code, region)
        && has_usual_builtins(tstate, frame->f_builtins);
}

void
region_tell(PyThreadState *tstate, Region *region, const char *what)
{
    if (config.on_region == NULL) {
        return;
    }
    PyObject *exception = PyErr_GetRaisedException();
    PyObject *arguments = Py_BuildValue("(Os)", region, what);
    Py_XDECREF(runtime_ask(tstate, config.on_region, arguments, NULL));
    Py_XDECREF(arguments);
    PyErr_SetRaisedException(exception);
}

int
region_enter(PyThreadState *tstate, _PyInterpreterFrame *frame, PyCodeObject *code, Region *region, int start)
{
    JitContext *cx = alloca(sizeof(JitContext) + sizeof(uint64_t) * (size_t)region->buf_size);
    context_init(cx, tstate, frame, region);
    /* While a callback runs, every tool is muted, us included: not so for what compiled code calls. */
    int tracing = tstate->tracing, what = tstate->what_event;
    tstate->tracing = 0;
    tstate->what_event = -1;
    uint64_t before = read_cycles();
    if (region->stamp && before - region->left_at < region->pause) {
        region->pace_time += before - region->stamp;
        region->pace_ticks += region->ticks - region->stamp_ticks;
        region->pace_entries++;
    }
    region->stamp = before;
    region->stamp_ticks = region->ticks;
    region->entered_at = before;
    region->active++;
    context_begins(cx);
    int64_t exit = region->function(cx, frame->localsplus);
    context_ends(cx);
    CHECK(compat_current_frame(tstate) == frame && region->running > 0);
    region->left_at = read_cycles();
    region->cycles += region->left_at - before;
    region->active--;
    int result = region_leave(cx, exit, start);
    tstate->tracing = tracing;
    tstate->what_event = what;
    if (region->cycles >= region->ask_cycles && region->ask_cycles) {
        region->ask_cycles = 0;
        region_tell(tstate, region, "busy");
    }
    if (region->entries >= region->look_at || (region->cycles >= region->look_cycles && region->entries >= LOOK_ENTRIES)) {
        region->look_at = region->entries < LOOK_AT ? LOOK_AT : region->entries * 2;
        region->look_cycles = (region->cycles < LOOK_CYCLES ? LOOK_CYCLES : region->cycles) * 2;
        region_tell(tstate, region, "look");
    }
    Py_DECREF(region);
    return result;
}
