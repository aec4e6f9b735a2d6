/* The callables registered for JUMP, PY_START and INSTRUCTION: counters, and the ways to the recorder and into regions. */
#include "runtime.h"

static inline int
small_int(PyObject *number)
{
    return (int)PyUnstable_Long_CompactValue((PyLongObject *)number);
}

/* Whether the event comes from the interpreter. Other implementers of sys.monitoring's events have no frame here, or no code object at all. */
static inline int
is_executing(PyThreadState *tstate, PyObject *code)
{
    _PyInterpreterFrame *frame = compat_current_frame(tstate);
    return frame != NULL && compat_frame_executable(frame) == code;
}

enum { WAITS = 10, RECURSION = 20 /* frames outwards that are looked at */ };

static inline uint32_t
loop_or_call_threshold(int loop)
{
    uint32_t threshold = loop ? config.loop_threshold : config.call_threshold;
    return threshold < 1 << 24 ? threshold : 1 << 24;
}

/* Asks on_hot. Gives the callback's result. */
static PyObject *
became_hot(PyThreadState *tstate, PyObject *code, int offset, int loop)
{
    _PyInterpreterFrame *frame = compat_current_frame(tstate);
    if (recorder.active) {
        recorder_start(frame); /* another thread's: it may be over without anybody having noticed */
        return Py_NewRef(Py_None);
    }
    if (config.on_hot == NULL || !has_usual_builtins(tstate, frame->f_builtins) || compat_tools_active(tstate, (PyCodeObject *)code, config.own_tools)) {
        return Py_NewRef(Py_None); /* while another tool watches, no region would be entered */
    }
    PyObject *arguments = Py_BuildValue("(sOiO)", loop ? "loop" : "function", code, offset, frame->f_globals);
    PyObject *answer = runtime_ask(tstate, config.on_hot, arguments, NULL);
    Py_XDECREF(arguments);
    PyErr_Clear();
    CodeInfo *info = code_info_find(code); /* places may have moved meanwhile */
    Place *place = info ? code_info_place(info, offset, 0) : NULL;
    PyObject *result = Py_None;
    if (place != NULL) {
        place->count = 0;
        place->stamp = 0;
        if (answer != NULL && PyUnicode_Check(answer)) {
            if (PyUnicode_CompareWithASCIIString(answer, "record") == 0) {
                recorder_begin(tstate, frame, (PyCodeObject *)code, offset, NULL, -1);
            }
            else if (PyUnicode_CompareWithASCIIString(answer, "disable") == 0) {
                place->disabled = 1;
                result = config.disable;
            }
            else if (PyUnicode_CompareWithASCIIString(answer, "wait") == 0) {
                place->count = -WAITS * (int32_t)loop_or_call_threshold(loop);
            }
        }
    }
    Py_XDECREF(answer);
    PyErr_Clear();
    return Py_NewRef(result);
}

void
function_became_hot(PyThreadState *tstate, PyFunctionObject *function)
{
    if (config.on_hot == NULL || recorder.active) {
        return;
    }
    PyObject *code = Py_NewRef(function->func_code), *arguments = Py_BuildValue("(sOiO)", "function", code, 0, function->func_globals);
    PyObject *answer = runtime_ask(tstate, config.on_hot, arguments, NULL);
    CodeInfo *info = code_info_find(code);
    Place *place = info ? code_info_place(info, 0, 0) : NULL;
    if (place != NULL && answer != NULL && PyUnicode_Check(answer) && PyUnicode_CompareWithASCIIString(answer, "later") != 0) {
        place->counts_calls = 0;
    }
    Py_XDECREF(arguments);
    Py_XDECREF(answer);
    Py_DECREF(code);
}

Place *
drop_invalid(PyThreadState *tstate, CodeInfo *info, Place *place)
{
    Region *region = place->region;
    int offset = place->offset;
    call_epoch++;
    place->region = NULL;
    place->count = 0;
    if (config.on_invalidated != NULL) {
        PyObject *arguments = PyTuple_Pack(1, region);
        PyObject *answer = runtime_ask(tstate, config.on_invalidated, arguments, NULL);
        Py_XDECREF(arguments);
        Py_XDECREF(answer);
        PyErr_Clear();
    }
    Py_DECREF(region);
    return code_info_place(info, offset, 0);
}

/* What takes longer than this is not one round of the loop. */
static inline uint64_t
pause_of(const Place *place)
{
    uint64_t pause = place->median * 8;
    return pause < PAUSE ? PAUSE : pause < LONG_PAUSE ? pause : LONG_PAUSE;
}

enum { MANY_EDGES = 1 << 13 };

/* How fast the loop goes in the interpreter, to be compared. */
static inline void
take_time(Place *place)
{
    uint64_t now = read_cycles(), passed = now - place->stamp;
    if (place->stamp && passed < LONG_PAUSE) {
        /* "Frugal streaming" (Ma, Muthukrishnan, Sandler 2013), in steps of a sixteenth. */
        uint64_t step = place->median / 16 + 1;
        place->median = place->median == 0 ? passed : passed > place->median ? place->median + step : place->median - step;
    }
    if (place->stamp && passed < pause_of(place)) {
        place->time += passed;
        place->all_time += passed;
        place->all_edges++;
        if (++place->edges == MANY_EDGES) {
            place->time /= 2;
            place->edges /= 2;
        }
    }
    place->stamp = now;
}

/* The turns of a window begin and end in this order: the interpreter's, the region's. Calls of a function by compiled code go on meanwhile,
   and count as much as in the region's turn. */
static inline void
begin_plain_turn(Place *place, Region *region)
{
    if (place->n_taken < place->n_windows) {
        place->taken[place->n_taken].plain_time = place->all_time;
        place->taken[place->n_taken].plain_rounds = place->all_edges + region->ticks;
    }
}

static inline void
end_plain_turn(Place *place, Region *region)
{
    if (place->n_taken < place->n_windows) {
        Window *window = &place->taken[place->n_taken];
        window->plain_time = place->all_time - window->plain_time;
        window->plain_rounds = place->all_edges + region->ticks - window->plain_rounds;
        window->time = region->pace_time;
        window->rounds = region->pace_entries + region->pace_ticks;
    }
}

static inline void
end_turn(Place *place, Region *region)
{
    if (place->n_taken < place->n_windows) {
        Window *window = &place->taken[place->n_taken++];
        window->time = region->pace_time - window->time;
        window->rounds = region->pace_entries + region->pace_ticks - window->rounds;
    }
}

/* Whether it is the interpreter's turn, though there is a region. */
static inline int
on_trial(Place *place)
{
    Region *region = place->region;
    if (place->trial <= 0) {
        if (region->entries < place->next_trial && (read_cycles() < place->trial_end || region->pace_entries <= place->next_paces)) {
            return 0;
        }
        if (place->turns) {
            end_turn(place, region);
        }
        place->turns = 1;
        if (place->trial < 0) { /* that was the last one */
            place->trial = 0;
            region->look_at = region->entries;
            return 0;
        }
        place->windows--;
        place->trial = WINDOW;
        place->stamp = 0;
        place->trial_end = read_cycles() + WINDOW_CYCLES;
        begin_plain_turn(place, region);
    }
    take_time(place);
    if (--place->trial == 0 || place->stamp > place->trial_end) {
        end_plain_turn(place, region);
        place->trial = place->windows == 0 ? -1 : 0;
        region->stamp = 0;
        region->pause = pause_of(place);
        place->next_trial = region->entries + WINDOW;
        place->next_paces = region->pace_entries;
        place->trial_end = place->stamp + WINDOW_CYCLES;
    }
    return 1;
}

/* The region cannot be entered now: is it because it was made for other globals? Asks on_hot at once, and then now and then. */
static PyObject *
other_namespace(PyThreadState *tstate, _PyInterpreterFrame *frame, PyObject *code, Place *place)
{
    if (region_has_namespace(frame, (PyCodeObject *)code, place->region) || (place->count > 0 && ++place->count < (int32_t)config.loop_threshold)) {
        return Py_NewRef(Py_None);
    }
    int offset = place->offset;
    PyObject *result = became_hot(tstate, code, offset, offset != 0);
    CodeInfo *info = code_info_find(code); /* places may have moved meanwhile */
    place = info ? code_info_place(info, offset, 0) : NULL;
    if (place != NULL && place->region != NULL && !region_has_namespace(frame, (PyCodeObject *)code, place->region)) {
        place->count = 1;
    }
    return result;
}

static PyObject *
on_jump(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    PyThreadState *tstate = PyThreadState_GET();
    if (!is_executing(tstate, args[0])) {
        return Py_NewRef(Py_None);
    }
    int from = small_int(args[1]), to = small_int(args[2]);
    if (to > from) {
        return Py_NewRef(config.disable);
    }
    if (recorder.active && recorder.tstate == tstate) {
        recorder_jump(compat_current_frame(tstate), to);
        if (recorder.active) {
            return Py_NewRef(Py_None); /* neither counted nor entered while it is recorded */
        }
    }
    PyObject *code = args[0];
    CodeInfo *info = code_info_get(code);
    Place *place = info ? code_info_place(info, to, 1) : NULL;
    if (place == NULL) {
        PyErr_Clear();
        return Py_NewRef(Py_None);
    }
    if (place->region != NULL && !place->region->valid) {
        place = drop_invalid(tstate, info, place);
        if (place == NULL) {
            return Py_NewRef(Py_None);
        }
    }
    if (place->region != NULL) {
        if ((place->windows | place->trial) && on_trial(place)) {
            return Py_NewRef(Py_None);
        }
        _PyInterpreterFrame *frame = compat_current_frame(tstate);
        if (!region_can_enter(tstate, frame, (PyCodeObject *)code, place->region)) {
            return other_namespace(tstate, frame, code, place);
        }
        info->entered++;
        return region_enter(tstate, frame, (PyCodeObject *)code, place->region, -1) < 0 ? NULL : Py_NewRef(Py_None);
    }
    if (place->disabled) {
        return Py_NewRef(config.disable);
    }
    take_time(place);
    if (++place->count < (int32_t)config.loop_threshold) {
        return Py_NewRef(Py_None);
    }
    return became_hot(tstate, code, to, 1);
}

/* Whether the function may call itself: it looks its own name up. */
static int
names_itself(PyCodeObject *code)
{
    for (Py_ssize_t i = PyTuple_GET_SIZE(code->co_names); --i >= 0;) {
        if (PyTuple_GET_ITEM(code->co_names, i) == code->co_name) { /* both are interned */
            return 1;
        }
    }
    return 0;
}

/* Whether the function is running already. */
static int
is_recursive(_PyInterpreterFrame *frame)
{
    PyObject *executable = compat_frame_executable(frame);
    for (int i = 0; i < RECURSION && (frame = frame->previous) != NULL; i++) {
        if (compat_frame_executable(frame) == executable) {
            return 1;
        }
    }
    return 0;
}

static PyObject *
on_py_start(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    PyThreadState *tstate = PyThreadState_GET();
    PyObject *code = args[0];
    if (!is_executing(tstate, code)) {
        return Py_NewRef(Py_None);
    }
    if (recorder.active && recorder.tstate == tstate) {
        recorder_start(compat_current_frame(tstate));
    }
    CodeInfo *info = code_info_find(code);
    Place *place = info ? code_info_place(info, 0, 0) : NULL;
    if (place == NULL) {
        if (!names_itself((PyCodeObject *)code)) {
            jitney_fuse((PyCodeObject *)code);
            return Py_NewRef(config.disable); /* where a loop or another compiled function calls it, it is compiled without this */
        }
        info = code_info_get(code);
        place = info ? code_info_place(info, 0, 1) : NULL;
    }
    if (place == NULL) {
        PyErr_Clear();
        return Py_NewRef(Py_None);
    }
    if (recorder.active && recorder.tstate == tstate && (place->region == NULL || !place->region->entered || place->watched)) {
        return Py_NewRef(Py_None); /* neither counted nor entered while it is recorded; but recursion could go on for long */
    }
    if (place->region != NULL && !place->region->valid) {
        place = drop_invalid(tstate, info, place);
        if (place == NULL) {
            return Py_NewRef(Py_None);
        }
    }
    if (place->region != NULL && place->region->called && !place->region->entered) {
        return Py_NewRef(config.disable); /* only compiled code enters it */
    }
    if (place->region != NULL && place->region->trial_plain && place->region->trial_depth > 0) {
        return Py_NewRef(Py_None); /* it is the interpreter's turn, in a call by compiled code */
    }
    if (place->region != NULL) {
        if ((place->windows | place->trial) && on_trial(place)) {
            return Py_NewRef(Py_None);
        }
        _PyInterpreterFrame *frame = compat_current_frame(tstate);
        if (!region_can_enter(tstate, frame, (PyCodeObject *)code, place->region)) {
            return other_namespace(tstate, frame, code, place);
        }
        info->entered++;
        return region_enter(tstate, frame, (PyCodeObject *)code, place->region, small_int(args[1])) < 0 ? NULL : Py_NewRef(Py_None);
    }
    if (place->disabled) {
        return Py_NewRef(config.disable);
    }
    if (place->watched) {
        take_time(place);
    }
    if (++place->count < (int32_t)config.call_threshold) {
        return Py_NewRef(Py_None);
    }
    if (!place->watched && !is_recursive(compat_current_frame(tstate))) {
        place->disabled = 1;
        return Py_NewRef(config.disable);
    }
    return became_hot(tstate, code, 0, 0);
}

static PyObject *
on_instruction(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    PyThreadState *tstate = PyThreadState_GET();
    if (recorder.active && recorder.tstate == tstate && !recorder.busy) {
        Uncounted saved;
        jitney_begin_uncounted(&saved);
        recorder_instruction(tstate, args[0], small_int(args[1]));
        jitney_end_uncounted(&saved);
    }
    return Py_NewRef(Py_None);
}

static PyMethodDef jump_def = {"jump", (PyCFunction)(void (*)(void))on_jump, METH_FASTCALL, NULL};
static PyMethodDef start_def = {"py_start", (PyCFunction)(void (*)(void))on_py_start, METH_FASTCALL, NULL};
static PyMethodDef instruction_def = {"instruction", (PyCFunction)(void (*)(void))on_instruction, METH_FASTCALL, NULL};

PyObject *
callbacks_dict(PyObject *module, PyObject *unused)
{
    PyObject *jump = PyCFunction_New(&jump_def, NULL), *start = PyCFunction_New(&start_def, NULL);
    PyObject *instruction = PyCFunction_New(&instruction_def, NULL);
    if (jump == NULL || start == NULL || instruction == NULL) {
        return NULL;
    }
    return Py_BuildValue("{sNsNsN}", "jump", jump, "py_start", start, "instruction", instruction);
}
