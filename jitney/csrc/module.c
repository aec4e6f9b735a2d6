/* The module jitney._runtime (README.md says what each name means). */
#include "code.h"

Config config = {
    .loop_threshold = 300, .call_threshold = 300, .exit_threshold = 50, .max_log = 20000, .header_visits = 4,
    .tool_id = 5, .own_tools = 1 << 5, .generation = 1,
};

#pragma weak jitney_layout
#pragma weak jitney_helper_addresses

#ifdef JITNEY_ASSERT
void
jitney_check_failed(const char *what, const char *file, int line)
{
    char message[400];
    PyOS_snprintf(message, sizeof message, "jitney: %s:%d: this does not hold: %s", file, line, what);
    Py_FatalError(message);
}
#endif

static int
check_signals(void *unused)
{
    return PyErr_CheckSignals();
}

/* Recursion that is allowed us beyond the program's: it may have used its own up when something becomes hot. */
enum { ASK_FRAMES = 1000, ASK_C_FRAMES = 200 };

/* Calls one of our Python functions in a thread of the program. A signal that arrives meanwhile is the program's: its handler must not run in
   our code, where what it raises would be lost. CPython handles signals in the main thread only, so no thread is that while we are busy.
   What our code handles is kept apart as a generator's is: mypyc's code puts back the exception handled outermost, which would become that of
   the program's generator that we are called in. */
PyObject *
runtime_ask(PyThreadState *tstate, PyObject *callable, PyObject *arguments, PyObject *keywords)
{
    if (arguments == NULL) { /* there was no memory for them */
        PyErr_Clear();
        return NULL;
    }
    PyObject *exception = PyErr_GetRaisedException();
    int tracing = tstate->tracing;
    tstate->tracing = tracing > 0 ? tracing : 1;
    PyObject *function = Py_NewRef(callable);
    unsigned long main_thread = _PyRuntime.main_thread;
    int is_main = main_thread == PyThread_get_thread_ident();
    if (is_main) {
        _PyRuntime.main_thread = 0;
    }
    tstate->py_recursion_remaining += ASK_FRAMES;
    tstate->c_recursion_remaining += ASK_C_FRAMES;
    _PyErr_StackItem handled = {NULL, tstate->exc_info};
    tstate->exc_info = &handled;
    Uncounted saved;
    jitney_begin_uncounted(&saved);
    PyObject *answer = PyObject_Call(function, arguments, keywords);
    jitney_end_uncounted(&saved);
    tstate->py_recursion_remaining -= ASK_FRAMES;
    tstate->c_recursion_remaining -= ASK_C_FRAMES;
    if (is_main) {
        _PyRuntime.main_thread = main_thread;
        Py_AddPendingCall(check_signals, NULL);
    }
    if (answer == NULL && PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear(); /* the program will hear of it in its own code */
    }
    if (answer == NULL && PyErr_Occurred()) {
        PyErr_WriteUnraisable(function);
    }
    tstate->exc_info = handled.previous_item;
    Py_XDECREF(handled.exc_value);
    Py_DECREF(function);
    tstate->tracing = tracing;
    PyErr_SetRaisedException(exception);
    return answer;
}

static void
set_callable(PyObject **where, PyObject *value)
{
    if (value != NULL) {
        Py_XSETREF(*where, value == Py_None ? NULL : Py_NewRef(value));
    }
}

static PyObject *
configure(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"loop_threshold", "call_threshold", "exit_threshold", "max_log", "header_visits", "tool_id", "on_hot", "accept_code",
                            "on_recorded", "on_hot_exit", "on_invalidated", "disable", "set_local_events", "on_region", "random_state", "clock_step", NULL};
    int tool_id = config.tool_id;
    unsigned int loops = config.loop_threshold, calls = config.call_threshold;
    unsigned long long exits = config.exit_threshold, random_state = config.random_state, clock_step = config.clock_step;
    PyObject *on_hot = NULL, *accept_code = NULL, *on_recorded = NULL, *on_hot_exit = NULL, *on_invalidated = NULL, *disable = NULL, *set_events = NULL, *on_region = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$IIKniiOOOOOOOOKK:configure", names, &loops, &calls, &exits, &config.max_log, &config.header_visits,
                                     &tool_id, &on_hot, &accept_code, &on_recorded, &on_hot_exit, &on_invalidated, &disable, &set_events,
                                     &on_region, &random_state, &clock_step)) {
        return NULL;
    }
    if (tool_id < 0 || tool_id > 7) {
        PyErr_SetString(PyExc_ValueError, "tool_id is out of range");
        return NULL;
    }
    config.loop_threshold = loops;
    config.call_threshold = calls;
    config.exit_threshold = exits;
    config.random_state = random_state;
    config.clock_step = clock_step;
    config.tool_id = tool_id;
    config.own_tools = (uint8_t)(1 << tool_id);
    set_callable(&config.on_hot, on_hot);
    set_callable(&config.accept_code, accept_code);
    set_callable(&config.on_recorded, on_recorded);
    set_callable(&config.on_hot_exit, on_hot_exit);
    set_callable(&config.on_invalidated, on_invalidated);
    set_callable(&config.set_local_events, set_events);
    set_callable(&config.on_region, on_region);
    if (disable != NULL && disable != Py_None) {
        Py_XSETREF(config.disable, Py_NewRef(disable));
    }
    Py_RETURN_NONE;
}

static PyObject *
install(PyObject *module, PyObject *args)
{
    PyObject *code;
    int offset;
    Region *region;
    if (!PyArg_ParseTuple(args, "O!iO!:install", &PyCode_Type, &code, &offset, &RegionType, &region)) {
        return NULL;
    }
    CodeInfo *info = code_info_get(code);
    Place *place = info ? code_info_place(info, offset, 1) : NULL;
    if (place == NULL) {
        return NULL;
    }
    PyObject *was_disabled = PyBool_FromLong(place->disabled);
    place->disabled = 0;
    place->windows = place->trial = place->counts_calls = 0;
    if (region->look_at == UINT64_MAX) { /* its trial was broken off */
        region->look_at = region->entries + LOOK_AT;
        region->look_cycles = region->cycles + LOOK_CYCLES;
    }
    call_epoch++;
    Py_XSETREF(place->region, (Region *)Py_NewRef(region));
    return was_disabled;
}

/* Arguments (code, offset): the place, NULL where nothing is known of it. Gives 0 with an exception set for other arguments. */
static int
find_place(PyObject *args, const char *format, Place **place)
{
    PyObject *code;
    int offset;
    if (!PyArg_ParseTuple(args, format, &PyCode_Type, &code, &offset)) {
        return 0;
    }
    CodeInfo *info = code_info_find(code);
    *place = info ? code_info_place(info, offset, 0) : NULL;
    return 1;
}

static PyObject *
rouse(PyObject *module, PyObject *args)
{
    Place *place;
    if (!find_place(args, "O!i:rouse", &place)) {
        return NULL;
    }
    if (place == NULL || !place->disabled) {
        Py_RETURN_FALSE;
    }
    place->disabled = 0;
    place->count = 0;
    place->stamp = 0;
    Py_RETURN_TRUE;
}

static PyObject *
watch_calls(PyObject *module, PyObject *code)
{
    if (!PyCode_Check(code)) {
        PyErr_SetString(PyExc_TypeError, "a code object is needed");
        return NULL;
    }
    CodeInfo *info = code_info_get(code);
    Place *place = info ? code_info_place(info, 0, 1) : NULL;
    if (place == NULL) {
        return NULL;
    }
    place->watched = 1;
    place->disabled = 0;
    place->count = 0;
    place->stamp = 0;
    Py_RETURN_NONE;
}

static PyObject *
count_calls(PyObject *module, PyObject *code)
{
    CodeInfo *info = PyCode_Check(code) ? code_info_find(code) : NULL;
    Place *place = info ? code_info_place(info, 0, 0) : NULL;
    if (place != NULL) {
        place->counts_calls = 1;
        place->count = 0;
    }
    Py_RETURN_NONE;
}

static PyObject *
uninstall(PyObject *module, PyObject *args)
{
    Place *place;
    if (!find_place(args, "O!i:uninstall", &place)) {
        return NULL;
    }
    if (place == NULL || place->region == NULL) {
        Py_RETURN_FALSE;
    }
    Region *region = place->region;
    call_epoch++;
    place->region = NULL;
    place->count = 0;
    place->stamp = 0;
    place->windows = place->trial = 0;
    Py_DECREF(region);
    Py_RETURN_TRUE;
}

static PyObject *
installed(PyObject *module, PyObject *args)
{
    Place *place;
    if (!find_place(args, "O!i:installed", &place)) {
        return NULL;
    }
    return Py_NewRef(place != NULL && place->region != NULL ? (PyObject *)place->region : Py_None);
}

static PyObject *
pace(PyObject *module, PyObject *args)
{
    Place *place;
    if (!find_place(args, "O!i:pace", &place)) {
        return NULL;
    }
    if (place == NULL) {
        return Py_BuildValue("(iii)", 0, 0, 0);
    }
    return Py_BuildValue("(KKK)", (unsigned long long)place->time, (unsigned long long)place->edges, (unsigned long long)place->median);
}

/* The place is asked about after so many more back edges at the latest. */
static PyObject *
hasten(PyObject *module, PyObject *args)
{
    PyObject *code;
    int offset, rounds;
    if (!PyArg_ParseTuple(args, "O!ii:hasten", &PyCode_Type, &code, &offset, &rounds)) {
        return NULL;
    }
    CodeInfo *info = code_info_find(code);
    Place *place = info ? code_info_place(info, offset, 0) : NULL;
    if (place != NULL && place->region == NULL && place->count < (int32_t)config.loop_threshold - rounds) {
        place->count = (int32_t)config.loop_threshold - rounds;
    }
    Py_RETURN_NONE;
}

/* Without frame objects, which would be there to be seen. */
static PyObject *
callers(PyObject *module, PyObject *unused)
{
    PyObject *list = PyList_New(0);
    int n = 0;
    for (_PyInterpreterFrame *frame = compat_current_frame(PyThreadState_GET()); list != NULL && frame != NULL && n < 60; frame = frame->previous, n++) {
        PyObject *code = compat_frame_executable(frame);
        if (frame->owner == FRAME_OWNED_BY_CSTACK || !PyCode_Check(code) || !PyFunction_Check(frame->f_funcobj)) {
            continue; /* not one of a program: the interpreter has some for itself */
        }
        PyObject *entry = Py_BuildValue("(Oi)", code, compat_executing_offset(frame, (PyCodeObject *)code));
        if (entry == NULL || PyList_Append(list, entry) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(entry);
    }
    return list;
}

static PyObject *
windows(PyObject *module, PyObject *args)
{
    Place *place;
    if (!find_place(args, "O!i:windows", &place)) {
        return NULL;
    }
    PyObject *list = PyList_New(0);
    for (int i = 0; list != NULL && place != NULL && i < place->n_taken; i++) {
        Window *window = &place->taken[i];
        PyObject *entry = Py_BuildValue("(KKKK)", (unsigned long long)window->plain_time, (unsigned long long)window->plain_rounds,
                                        (unsigned long long)window->time, (unsigned long long)window->rounds);
        if (entry == NULL || PyList_Append(list, entry) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(entry);
    }
    return list;
}

static PyObject *
trial(PyObject *module, PyObject *args)
{
    PyObject *code;
    int offset, windows;
    if (!PyArg_ParseTuple(args, "O!ii:trial", &PyCode_Type, &code, &offset, &windows)) {
        return NULL;
    }
    CodeInfo *info = code_info_find(code);
    Place *place = info ? code_info_place(info, offset, 0) : NULL;
    if (place == NULL || place->region == NULL || windows <= 0) {
        Py_RETURN_FALSE;
    }
    Window *taken = PyMem_Calloc((size_t)windows, sizeof(Window));
    if (taken == NULL) {
        return PyErr_NoMemory();
    }
    PyMem_Free(place->taken);
    place->taken = taken;
    place->n_windows = windows;
    place->n_taken = place->turns = 0;
    place->time = place->edges = 0;
    place->windows = windows;
    place->trial = 0;
    place->next_trial = place->region->entries;
    place->region->look_at = place->region->look_cycles = UINT64_MAX; /* at the end */
    Py_RETURN_TRUE;
}

static PyObject *
entered_from(PyObject *module, PyObject *code)
{
    CodeInfo *info = PyCode_Check(code) ? code_info_find(code) : NULL;
    return PyLong_FromUnsignedLongLong(info ? info->entered : 0);
}

static PyObject *
reset_counters(PyObject *module, PyObject *code)
{
    CodeInfo *info = PyCode_Check(code) ? code_info_find(code) : NULL;
    for (int i = 0; info != NULL && i < info->n_places; i++) {
        info->places[i].count = 0;
        info->places[i].disabled = 0;
    }
    Py_RETURN_NONE;
}

static PyObject *
counters(PyObject *module, PyObject *code)
{
    CodeInfo *info = PyCode_Check(code) ? code_info_find(code) : NULL;
    PyObject *dict = PyDict_New();
    for (int i = 0; dict != NULL && info != NULL && i < info->n_places; i++) {
        PyObject *key = PyLong_FromLong(info->places[i].offset);
        PyObject *value = PyLong_FromLong(info->places[i].disabled ? -1 : (long)info->places[i].count);
        if (key == NULL || value == NULL || PyDict_SetItem(dict, key, value) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return dict;
}

static PyObject *
forget_codes(PyObject *module, PyObject *unused)
{
    config.generation++;
    Py_RETURN_NONE;
}

static PyObject *
recording(PyObject *module, PyObject *unused)
{
    return Py_NewRef(recorder.active ? (PyObject *)recorder.code : Py_None);
}

static PyObject *
stop_recording(PyObject *module, PyObject *unused)
{
    if (recorder.active && !recorder.busy) {
        recorder_end("stopped");
        Py_RETURN_TRUE;
    }
    Py_RETURN_FALSE;
}

/* In the child only this thread is left. */
static PyObject *
after_fork(PyObject *module, PyObject *unused)
{
    PyThreadState *tstate = PyThreadState_GET();
    contexts_after_fork(tstate);
    jitney_count_after_fork();
    if (recorder.active && !recorder.busy && recorder.tstate != tstate) {
        recorder_end("stopped");
    }
    Py_RETURN_NONE;
}

/* call_undisturbed(callable): as the runtime calls the policy. */
static PyObject *
call_undisturbed(PyObject *module, PyObject *callable)
{
    PyObject *arguments = PyTuple_New(0);
    PyObject *answer = runtime_ask(PyThreadState_GET(), callable, arguments, NULL);
    Py_XDECREF(arguments);
    return answer ? answer : Py_NewRef(Py_None);
}

static PyObject *
log_exits(PyObject *module, PyObject *flag)
{
    int on = PyObject_IsTrue(flag);
    if (on < 0) {
        return NULL;
    }
    PyObject *old = config.exit_log ? config.exit_log : PyList_New(0);
    config.exit_log = on ? PyList_New(0) : NULL;
    config.log_exits = on && config.exit_log != NULL;
    return old;
}

static PyObject *
layout(PyObject *module, PyObject *unused)
{
    return jitney_layout ? jitney_layout(module, unused) : PyDict_New();
}

static PyObject *
helpers(PyObject *module, PyObject *unused)
{
    PyObject *dict = jitney_helper_addresses ? jitney_helper_addresses(module, unused) : PyDict_New();
    static const struct { const char *name; void *address; } own[] = {
        {"jitney_push_frames", (void *)jitney_push_frames},
        {"jitney_pop_frames", (void *)jitney_pop_frames},
        {"jitney_drop_framed", (void *)jitney_drop_framed},
    };
    for (size_t i = 0; dict != NULL && i < Py_ARRAY_LENGTH(own); i++) {
        PyObject *address = PyLong_FromVoidPtr(own[i].address);
        if (address == NULL || PyDict_SetItemString(dict, own[i].name, address) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(address);
    }
    return dict;
}

static PyObject *
new_list(PyObject *module, PyObject *unused)
{
    PyObject *list = PyList_New(8); /* what list_extend assumes of an iterator that does not tell (CPython's Objects/listobject.c) */
    if (list != NULL) {
        Py_SET_SIZE(list, 0);
    }
    return list;
}

static PyMethodDef functions[] = {
    {"callbacks", callbacks_dict, METH_NOARGS, "The callables to register: {'jump', 'py_start', 'instruction'}."},
    {"configure", (PyCFunction)(void (*)(void))configure, METH_VARARGS | METH_KEYWORDS, "Sets thresholds and callables."},
    {"install", install, METH_VARARGS, "install(code, offset, region) -> whether the place was disabled (then restart_events(code) is due)."},
    {"rouse", rouse, METH_VARARGS, "rouse(code, offset) -> whether the place was disabled (then restart_events(code) is due): it is counted again."},
    {"count_calls", count_calls, METH_O, "count_calls(code): on_hot is asked about the function when compiled code has called it often."},
    {"uninstall", uninstall, METH_VARARGS, "uninstall(code, offset) -> whether a region was there."},
    {"installed", installed, METH_VARARGS, "installed(code, offset) -> Region or None."},
    {"restart_events", follow_restart_events, METH_O, "restart_events(code): the code object's events come again where they were disabled."},
    {"watch_calls", watch_calls, METH_O, "watch_calls(code): from the next restart of its events on, the function's calls by the interpreter count."},
    {"pace", pace, METH_VARARGS, "pace(code, offset) -> (cycles, how many, their median) from back edge to back edge in the interpreter, of late."},
    {"windows", windows, METH_VARARGS, "windows(code, offset) -> [(cycles, rounds in the interpreter, cycles, rounds with the region), ...] of the latest trial."},
    {"trial", trial, METH_VARARGS, "trial(code, offset, windows) -> whether a region is there: the pace of both is taken in turn; then comes a look."},
    {"keeps_dicts", recorder_keeps_dicts, METH_O, "Whether an instance of the class was recorded that had its attributes in a dict."},
    {"hasten", hasten, METH_VARARGS, "hasten(code, offset, rounds): on_hot is asked after so many more back edges at the latest."},
    {"new_list", new_list, METH_NOARGS, "An empty list with room for as many items as list(generator) begins with."},
    {"callers", callers, METH_NOARGS, "[(code, offset), ...] of this thread's frames, innermost first."},
    {"entered_from", entered_from, METH_O, "How often regions were entered from this code."},
    {"reset_counters", reset_counters, METH_O, "Forgets the counters of a code object."},
    {"counters", counters, METH_O, "{offset: count} of a code object; -1: disabled."},
    {"forget_codes", forget_codes, METH_NOARGS, "accept_code is asked again."},
    {"recording", recording, METH_NOARGS, "The code being recorded, or None."},
    {"stop_recording", stop_recording, METH_NOARGS, "Ends the recording under way ('stopped')."},
    {"watch_type", watch_type, METH_VARARGS, "watch_type(type, region) -> False when the type cannot be watched."},
    {"watch_dict", watch_dict, METH_VARARGS, "watch_dict(dict, key or None, region)."},
    {"forget_with_code", watch_forget_with_code, METH_O, "forget_with_code(dict): what it has under the id of a code object goes with that. One dict."},
    {"watch_namespace", watch_namespace, METH_VARARGS, "watch_namespace(dict, region): whose variables the region has in registers."},
    {"watch_function", watch_function, METH_VARARGS, "watch_function(function, region)."},
    {"after_fork", after_fork, METH_NOARGS, "In a child just forked: what other threads had under way is forgotten."},
    {"call_undisturbed", call_undisturbed, METH_O, "call_undisturbed(callable): no signal handler and no tool meanwhile; what it raises is reported as unraisable."},
    {"log_exits", log_exits, METH_O, "Turns a log of (region, exit, guard) on or off; gives what was logged so far."},
    {"layout", layout, METH_NOARGS, "Offsets and addresses for the lowering."},
    {"helpers", helpers, METH_NOARGS, "Addresses of the C helpers."},
    {NULL},
};

extern PyMethodDef jitney_introspect_methods[], jitney_background_methods[], jitney_process_methods[], jitney_hidden_methods[], jitney_refs_methods[];

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "jitney._runtime", "Jitney's C runtime.", -1, functions};

PyMODINIT_FUNC
PyInit__runtime(void)
{
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError, "jitney works in the main interpreter only");
        return NULL;
    }
    if (code_info_setup() < 0 || refs_setup() < 0 || reserve_setup() < 0 || watch_setup() < 0 || made_setup() < 0 || call_setup() < 0 || frame_locals_setup() < 0 || PyType_Ready(&RegionType) < 0) {
        return NULL;
    }
    PyObject *monitoring = PySys_GetObject("monitoring"); /* borrowed */
    if (monitoring == NULL) {
        PyErr_SetString(PyExc_ImportError, "sys.monitoring is missing");
        return NULL;
    }
    Py_XSETREF(config.disable, PyObject_GetAttrString(monitoring, "DISABLE"));
    Py_XSETREF(config.set_local_events, PyObject_GetAttrString(monitoring, "set_local_events"));
    if (config.disable == NULL || config.set_local_events == NULL) {
        return NULL;
    }
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL) {
        return NULL;
    }
    if (PyModule_AddObjectRef(module, "Region", (PyObject *)&RegionType) < 0 || code_setup(module) < 0 || PyModule_AddIntConstant(module, "EXIT_MAGIC", EXIT_MAGIC) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    if (PyModule_AddFunctions(module, jitney_introspect_methods) < 0 || PyModule_AddFunctions(module, jitney_background_methods) < 0
        || PyModule_AddFunctions(module, jitney_process_methods) < 0 || PyModule_AddFunctions(module, jitney_hidden_methods) < 0
        || PyModule_AddFunctions(module, jitney_refs_methods) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    static const char *const tags[] = {"OBJ_OWNED", "OBJ_BORROWED", "CONST", "INT", "FLOAT", "BOOL", "INT_CONST", "VIRTUAL"};
    PyObject *dict = PyDict_New();
    for (int i = 0; dict != NULL && i < N_ENTRY_TAGS; i++) {
        PyObject *number = PyLong_FromLong(i);
        if (number == NULL || PyDict_SetItemString(dict, tags[i], number) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(number);
    }
    if (dict == NULL || PyModule_AddObject(module, "ENTRY_TAGS", dict) < 0) {
        Py_XDECREF(dict);
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
