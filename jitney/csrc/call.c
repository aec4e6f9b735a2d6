/* Calls out of compiled code.

   The interpreter moves a Python function's arguments into its frame: an argument that nobody else has dies as soon as the function lets go
   of it. C's way of calling keeps them until the function has returned. So references that compiled code has for the call alone are
   `taken`: over to the frame, or else, where a C function is called, released after it.

   A Python function that is compiled as a whole is entered directly, with a frame of its own and nothing of the interpreter between. */
#include "runtime.h"
#include "helpers.h"
#include <alloca.h>

/* What a call takes off `c_recursion_remaining`: compiled code has larger C frames than the interpreter. */
enum { C_COST = 3 };

uint64_t call_epoch = 1;

/* _PyFunction_Vectorcall, which is not exported: a function that has another one is called as that wants it. */
static vectorcallfunc ordinary;

/* sys.monitoring.set_local_events, which tells nobody. */
static PyObject *(*set_local_events)(PyObject *, PyObject *const *, Py_ssize_t);

static PyObject *
setting_local_events(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    call_epoch++;
    return set_local_events(module, args, n);
}

static int
watch_local_events(void)
{
    PyObject *monitoring = PySys_GetObject("monitoring");
    PyObject *function = monitoring != NULL ? PyObject_GetAttrString(monitoring, "set_local_events") : NULL;
    PyMethodDef *method = function != NULL && PyCFunction_CheckExact(function) ? ((PyCFunctionObject *)function)->m_ml : NULL;
    Py_XDECREF(function); /* the module has it */
    if (method == NULL || method->ml_flags != METH_FASTCALL) {
        PyErr_SetString(PyExc_ImportError, "sys.monitoring.set_local_events is not as expected in this version of CPython");
        return -1;
    }
    if (set_local_events == NULL) {
        set_local_events = (PyObject * (*)(PyObject *, PyObject *const *, Py_ssize_t))(void (*)(void))method->ml_meth;
        method->ml_meth = (PyCFunction)(void (*)(void))setting_local_events;
    }
    return 0;
}

int
call_setup(void)
{
    if (watch_local_events() < 0) {
        return -1;
    }
    PyObject *code = (PyObject *)PyCode_NewEmpty("", "", 1), *globals = PyDict_New();
    PyObject *function = code != NULL && globals != NULL ? PyFunction_New(code, globals) : NULL;
    if (function != NULL) {
        ordinary = ((PyFunctionObject *)function)->vectorcall;
    }
    Py_XDECREF(code);
    Py_XDECREF(globals);
    Py_XDECREF(function);
    return function == NULL ? -1 : 0;
}

/* ---- references taken ---- */

typedef struct {
    PyObject *callable, **args;
    uint32_t taken;
} Taken;

/* Of the call whose arguments are being put into a frame: nothing else runs meanwhile. */
static Taken *binding;

static inline void
release_taken(Taken *call)
{
    uint32_t taken = call->taken;
    call->taken = 0;
    for (; taken; taken &= taken - 1) {
        int i = __builtin_ctz(taken);
        PyObject *object = i ? call->args[i - 1] : call->callable;
        Py_DECREF(object);
    }
}

/* Stands in for the evaluation of one frame, which has its own references to everything by now. */
static PyObject *
begin_frame(PyThreadState *tstate, _PyInterpreterFrame *frame, int throwing)
{
    Taken *call = binding;
    binding = NULL;
    tstate->interp->eval_frame = NULL;
    release_taken(call);
    return _PyEval_EvalFrameDefault(tstate, frame, throwing);
}

/* Whether calling it does nothing but put the arguments into a frame of a Python function and evaluate that. */
static int
is_python(PyObject *callable)
{
    if (PyMethod_Check(callable)) {
        callable = PyMethod_GET_FUNCTION(callable);
    }
    return PyFunction_Check(callable) && ((PyFunctionObject *)callable)->vectorcall == ordinary;
}

/* Calls with positional arguments, those that are named, or (`tuple`) those of a tuple. */
static PyObject *
call_taking(Taken *call, int64_t positional, PyObject *names, PyObject *tuple)
{
    PyThreadState *tstate = PyThreadState_GET();
    PyInterpreterState *interp = tstate->interp;
    int watched = call->taken && is_python(call->callable) && interp->eval_frame == NULL;
    if (watched) {
        binding = call;
        interp->eval_frame = begin_frame;
    }
    PyObject *result = tuple != NULL ? PyObject_Call(call->callable, tuple, NULL)
        : PyObject_Vectorcall(call->callable, call->args, (size_t)positional | PY_VECTORCALL_ARGUMENTS_OFFSET, names);
    if (watched && binding == call) { /* no frame was evaluated: the arguments did not fit */
        binding = NULL;
        interp->eval_frame = NULL;
    }
    release_taken(call);
    return result;
}

static inline Taken
taken_of(PyObject *callable, PyObject **args, int64_t *count)
{
    Taken call = {callable, args, (uint32_t)(*count >> 32)};
    *count &= UINT32_MAX;
    return call;
}

PyObject *
jitney_call(PyObject *callable, PyObject **args, int64_t count)
{
    Taken call = taken_of(callable, args, &count);
    return call_taking(&call, count, NULL, NULL);
}

PyObject *
jitney_call_kw(PyObject *callable, PyObject **args, int64_t count)
{
    Taken call = taken_of(callable, args, &count);
    PyObject *names = args[count - 1];
    return call_taking(&call, count - 1 - PyTuple_GET_SIZE(names), names, NULL);
}

PyObject *
jitney_call_ex(PyObject *callable, PyObject **args, int64_t count)
{
    Taken call = taken_of(callable, args, &count);
    return call_taking(&call, count, NULL, args[0]);
}

/* ---- whole functions ---- */

/* Inlined frames that count for the recursion limit though they are not made unless somebody looks. */
static inline int
hidden_frames(const JitContext *cx)
{
    return cx->pending < 0 ? 0 : cx->region->exits[cx->pending].n_frames - 1;
}

/* The function's region, if the call can go there. */
static Region *
region_of(PyThreadState *tstate, PyFunctionObject *function, int64_t count)
{
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    CodeInfo *info = code_info_find((PyObject *)code);
    Place *place = info ? code_info_place(info, 0, 0) : NULL;
    Region *region = place ? place->region : NULL;
    if (region == NULL || !region->called) {
        if (place != NULL && place->counts_calls && ++place->count >= (int32_t)config.call_threshold) {
            place->count = 0;
            function_became_hot(tstate, function);
        }
        return NULL;
    }
    if (!region->valid) {
        drop_invalid(tstate, info, place);
        return NULL;
    }
    return count == code->co_argcount && function->vectorcall == ordinary && function->func_globals == region->globals
        && has_usual_builtins(tstate, function->func_builtins)
        && tstate->interp->eval_frame == NULL && !compat_breaker_is_set(tstate) && region_can_run(tstate, code, region) ? region : NULL;
}

/* A function may be called a few times only, and run for long. */
static inline int
is_timed(const Region *region)
{
    return region->ask_cycles && region->entries <= LOOK_AT;
}

static PyObject *
call_region(PyThreadState *tstate, Region *region, PyFunctionObject *function, Taken *call, int64_t count)
{
    PyObject *callable = call->callable, **args = call->args;
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    _PyInterpreterFrame *frame = compat_push_words(tstate, code->co_framesize), *caller = compat_current_frame(tstate);
    if (frame == NULL) {
        release_taken(call);
        return NULL;
    }
    _PyFrame_Initialize(frame, (PyFunctionObject *)(call->taken & 1 ? callable : Py_NewRef(callable)), NULL, code, (int)count);
    for (int64_t i = 0; i < count; i++) {
        frame->localsplus[i] = call->taken >> (i + 1) & 1 ? args[i] : Py_NewRef(args[i]);
    }
    frame->previous = caller;
    JitContext *cx = alloca(sizeof(JitContext) + sizeof(uint64_t) * (size_t)region->buf_size);
    context_init(cx, tstate, frame, region);
    tstate->py_recursion_remaining--;
    tstate->c_recursion_remaining -= C_COST;
    compat_set_current_frame(tstate, frame);
    region->ticks += region->entered; /* a trial compares with the interpreter's calls, of which these are some */
    int timed = is_timed(region);
    uint64_t before = timed ? read_cycles() : 0;
    context_begins(cx);
    int64_t exit = region->function(cx, frame->localsplus);
    context_ends(cx);
    CHECK(compat_current_frame(tstate) == frame && region->running > 0);
    if (timed) {
        region->cycles += read_cycles() - before;
    }
    PyObject *result = region_return(cx, exit);
    tstate->c_recursion_remaining += C_COST;
    if (timed && region->cycles >= region->ask_cycles) {
        region->ask_cycles = 0;
        region_tell(tstate, region, "busy");
    }
    if (region->entries >= region->look_at) {
        region->look_at *= 2;
        region_tell(tstate, region, "look");
    }
    Py_DECREF(region);
    return result;
}

/* ---- frames that nobody sees ---- */

/* A compiled function that compiled code calls has its frame's slots, on the thread's data stack, and no more of the frame: neither its head nor a
   place in the thread's list of frames. Whatever lets somebody look at frames, in the function or in what it calls in turn, links it first
   (jitney_link), after the frames of its callers, which say where theirs are: `pending`. Most functions are over before that.

   So an inlined frame of a caller may come to lie above the slots of what is called, and the stack is not cut back below it (`floor`) until the
   caller takes it away. */

/* The frames of the context can be seen from now on, the inlined ones with it that there are while it calls. -1: there is no memory for these. */
static int
show(JitContext *cx)
{
    jitney_link(cx);
    if (cx->pending < 0 || cx->guard >= 0) {
        return 0;
    }
    int hidden = hidden_frames(cx);
    cx->tstate->py_recursion_remaining += hidden; /* jitney_push_frames counts them */
    if (jitney_push_frames(cx, cx->pending) < 0) {
        cx->tstate->py_recursion_remaining -= hidden;
        return -1;
    }
    cx->floor = cx->tstate->datastack_top;
    return 0;
}

/* What a context called is over: cuts the stack back to where it began, at `top`, when the context's floor was `floor`. */
static inline void
cut_back(JitContext *cx, PyObject **top, PyObject **floor)
{
    cx->tstate->datastack_top = cx->floor != floor ? cx->floor : top;
}

void
jitney_link(JitContext *cx)
{
    if (cx->linked) {
        return;
    }
    PyThreadState *tstate = cx->tstate;
    _PyInterpreterFrame *frame = cx->frame;
    PyFunctionObject *function = (PyFunctionObject *)Py_NewRef(cx->function);
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    if (show(cx->caller) < 0) {
        Py_FatalError("jitney: out of memory while the frames of compiled code are made");
    }
    cx->floor = cx->caller->floor;
    compat_complete_frame(frame, function, code);
    frame->previous = compat_current_frame(tstate);
    compat_set_current_frame(tstate, frame);
    cx->linked = 1;
    context_begins(cx);
}

/* Whether the release of the context's hold on its region runs no code (region_over). */
static inline int
is_over_quietly(const Region *region)
{
    return region->running > 1 || (region->valid && region->n_pins == 0);
}

static inline PyObject *
brief_result(const JitContext *cx, const Exit *exit)
{
    if (exit->constant != NULL) {
        return Py_NewRef(exit->constant);
    }
    const Entry *entry = &exit->entries[exit->frames[0].stack[0]];
    return entry->tag == ENTRY_OBJ_OWNED ? (PyObject *)cx->values[entry->k] : plain_result(cx, exit);
}

/* Calls the region; there is room for its frame. */
static inline PyObject *
call_unseen(JitContext *caller, Region *region, PyFunctionObject *function, PyCodeObject *code, const Taken *call, int64_t count)
{
    PyThreadState *tstate = caller->tstate;
    PyObject **top = tstate->datastack_top, **floor = caller->floor;
    _PyInterpreterFrame *frame = (_PyInterpreterFrame *)top;
    int n_slots = code->co_nlocalsplus;
    tstate->datastack_top += code->co_framesize;
    for (int64_t i = 0; i < count; i++) {
        frame->localsplus[i] = call->taken >> (i + 1) & 1 ? call->args[i] : Py_NewRef(call->args[i]);
    }
    for (int i = (int)count; i < n_slots; i++) {
        frame->localsplus[i] = NULL;
    }
    compat_set_executing(frame, code, 0);
    JitContext *cx = alloca(sizeof(JitContext) + sizeof(uint64_t) * (size_t)region->buf_size);
    context_init(cx, tstate, frame, region);
    cx->linked = 0;
    cx->caller = caller;
    cx->floor = floor;
    cx->function = (PyObject *)function;
    tstate->py_recursion_remaining--;
    tstate->c_recursion_remaining -= C_COST;
    region->ticks += region->entered; /* a trial compares with the interpreter's calls, of which these are some */
    int64_t number = region->function(cx, frame->localsplus);
    Exit *exit = &region->exits[number];
    PyObject *result;
    if (cx->linked || !exit->brief || cx->dying != NULL || !is_over_quietly(region) || config.log_exits) {
        jitney_link(cx);
        context_ends(cx);
        CHECK(compat_current_frame(tstate) == frame && region->running > 0);
        result = region_return(cx, number);
    }
    else {
        exit->count++;
        CHECK(!PyErr_Occurred() && exit->kind == EXIT_RETURN);
        result = brief_result(cx, exit);
        region->running--;
        tstate->py_recursion_remaining++;
        for (int i = 0; i < n_slots; i++) {
            PyObject *object = frame->localsplus[i];
            if (object == NULL) {
                continue;
            }
            if (Py_REFCNT(object) > 1) {
                Py_DECREF(object);
            }
            else if (!jitney_drop_quiet(object)) { /* its death may look at the callers; the function's own frame is gone by then */
                if (show(caller) < 0) {
                    PyErr_Clear();
                }
                Py_DECREF(object);
            }
        }
    }
    cut_back(caller, top, floor);
    tstate->c_recursion_remaining += C_COST;
    Py_DECREF(region);
    return result;
}

/* What was found of the function that is called at one place. It holds while the epoch is the same: until a region is put into its place or
   taken away, or a tool asks for events of one code object; and the version of monitoring's events. */
typedef struct {
    uint64_t epoch, version;
    PyObject *code;
    Region *region; /* borrowed from its place */
} CallHint;

/* Whether a call of it belongs to a trial. Within one that does, all go the same way. */
static inline int
is_tried(const Region *region)
{
    return region->trial_windows > 0 && (region->trial_depth == 0 || region->trial_plain);
}

/* What may change with nobody being told. */
static inline int
can_call_unseen(PyThreadState *tstate, Region *region, PyFunctionObject *function, PyCodeObject *code)
{
    return function->func_globals == region->globals && function->vectorcall == ordinary && function->func_builtins == tstate->interp->builtins
        && tstate->interp->eval_frame == NULL && region->entries + 1 < region->look_at
        && tstate->datastack_limit - tstate->datastack_top > code->co_framesize && region_has_room(tstate, region);
}

/* A region whose calls need nothing done that is not done in call_unseen; noted in the hint. */
static Region *
find_settled(PyThreadState *tstate, PyFunctionObject *function, int64_t count, CallHint *hint)
{
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    CodeInfo *info = code_info_find((PyObject *)code);
    Region *region = info != NULL ? code_info_start(info) : NULL;
    if (region == NULL || !region->valid || !region->called || is_timed(region) || count != code->co_argcount
        || compat_breaker_is_set(tstate) || !region_can_run(tstate, code, region) || !can_call_unseen(tstate, region, function, code)) {
        return NULL;
    }
    *hint = (CallHint){call_epoch, compat_events_version(tstate), (PyObject *)code, region};
    return region;
}

/* The interpreter calls it, or the region with a frame that can be seen. */
static PyObject *
call_seen(JitContext *cx, Region *region, PyFunctionObject *function, Taken *call, int64_t count)
{
    if (show(cx) < 0) {
        release_taken(call);
        return NULL;
    }
    return region == NULL ? call_taking(call, count, NULL, NULL) : call_region(cx->tstate, region, function, call, count);
}

/* In a trial, compiled and plain calls take turns. `settled`: as a compiled one would go. */
static PyObject *
call_tried(JitContext *cx, Region *region, int settled, PyFunctionObject *function, Taken *call, int64_t count)
{
    int plain = region->trial_plain, outermost = region->trial_depth == 0;
    Py_INCREF(region);
    region->trial_depth++;
    uint64_t before = read_cycles();
    PyObject *result = settled && !plain ? call_unseen(cx, region, function, (PyCodeObject *)function->func_code, call, count)
        : call_seen(cx, plain ? NULL : region, function, call, count);
    uint64_t passed = read_cycles() - before;
    region->trial_depth--;
    if (outermost && region->trial_windows > 0) {
        int window = region->n_tried - region->trial_windows;
        if (passed < LONG_PAUSE) {
            region->tried[window].cycles += passed;
            region->tried[window].calls++;
        }
        if (--region->trial_left <= 0 || region->tried[window].cycles > region->trial_cycles) {
            region->trial_left = TRIED_CALLS / 2 + (int32_t)((before >> 5) % TRIED_CALLS); /* no multiple of what the program repeats */
            region->trial_cycles = WINDOW_CYCLES / 4 + (before >> 5) % WINDOW_CYCLES;
            region->trial_plain = !plain;
            if (--region->trial_windows == 0) {
                region->trial_plain = 0;
                PyObject *exception = PyErr_GetRaisedException();
                region_tell(cx->tstate, region, "tried");
                PyErr_SetRaisedException(exception);
            }
        }
    }
    Py_DECREF(region);
    return result;
}

/* `frames`: the exit whose frames are to be seen meanwhile, -1: the context's own is all there is. `memory`: of the place, zeros at first. */
PyObject *
jitney_call_function(PyObject *callable, PyObject **args, int64_t count, JitContext *cx, int64_t frames, void *memory)
{
    PyThreadState *tstate = cx->tstate;
    Taken call = taken_of(callable, args, &count);
    PyFunctionObject *function = (PyFunctionObject *)callable;
    CallHint *hint = memory;
    CHECK(cx->guard == -1);
    cx->pending = frames;
    PyObject **top = tstate->datastack_top, **floor = cx->floor;
    int hidden = hidden_frames(cx);
    tstate->py_recursion_remaining -= hidden;
    Region *region = NULL;
    if (PyFunction_Check(callable) && !(call.taken & 1)) {
        if (hint->epoch != call_epoch || function->func_code != hint->code || !compat_is_quiet_since(tstate, hint->version)) {
            region = find_settled(tstate, function, count, hint);
        }
        else if (can_call_unseen(tstate, hint->region, function, (PyCodeObject *)hint->code)) {
            region = hint->region;
        }
    }
    int settled = region != NULL;
    if (!settled && PyFunction_Check(callable)) {
        region = region_of(tstate, function, count);
    }
    PyObject *result = region != NULL && is_tried(region) ? call_tried(cx, region, settled, function, &call, count)
        : settled ? call_unseen(cx, region, function, (PyCodeObject *)function->func_code, &call, count) : call_seen(cx, region, function, &call, count);
    if (cx->guard >= 0) {
        jitney_pop_frames(cx);
        cx->floor = cx->caller != NULL ? cx->caller->floor : NULL;
        cut_back(cx, top, floor);
    }
    else {
        tstate->py_recursion_remaining += hidden;
    }
    cx->pending = -1;
    return result;
}
