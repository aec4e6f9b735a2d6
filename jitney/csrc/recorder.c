/* The recorder: a log of the instructions that the interpreter executes, with the types of their operands
   (docs/internals.md, section 2). */
#include "runtime.h"
#include "internal/pycore_dict.h"
#include "opcode.h"

Recorder recorder;

enum { MAX_SAME = 3 /* frames of one function, in recursion */ };

/* ---- what is written down ---- */

static PyObject *dict_types; /* Refs */

/* Whether an instance of the class was seen that had its attributes in a dict. */
PyObject *
recorder_keeps_dicts(PyObject *module, PyObject *type)
{
    if (dict_types == NULL || !PyType_Check(type) || !(((PyTypeObject *)type)->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        Py_RETURN_FALSE;
    }
    PyObject *ref = ref_of(type);
    int known = ref != NULL ? PySet_Contains(dict_types, ref) : -1;
    Py_XDECREF(ref);
    return known < 0 ? NULL : PyBool_FromLong(known);
}

static void
note_layout(PyObject *value, PyTypeObject *type)
{
    if (type->tp_flags & COMPAT_INLINE_VALUES_FLAG && compat_instance_dict(value) != NULL && compat_instance_values(value) == NULL) {
        if (dict_types == NULL) {
            dict_types = PySet_New(NULL);
        }
        PyObject *ref = dict_types != NULL ? ref_of((PyObject *)type) : NULL;
        if (ref == NULL || PySet_Add(dict_types, ref) < 0) {
            PyErr_Clear();
        }
        Py_XDECREF(ref);
    }
}

/* Whether the module has the built-in function under its name. */
static int
is_function_of(PyObject *module, PyObject *function)
{
    PyObject *dict = PyModule_GetDict(module), *name = PyUnicode_InternFromString(((PyCFunctionObject *)function)->m_ml->ml_name);
    int is_it = name != NULL && DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys) && PyDict_GetItemWithError(dict, name) == function;
    Py_XDECREF(name);
    return is_it;
}

static PyObject *
log_form(PyObject *thing)
{
    PyObject *ref = is_referable(thing) ? ref_of(thing) : Py_NewRef(thing);
    if (ref == NULL) { /* a class that is going */
        PyErr_Clear();
        return Py_NewRef(Py_None);
    }
    return ref;
}

static PyObject *
log_pair(PyTypeObject *type, PyObject *thing)
{
    return Py_BuildValue("(NN)", log_form((PyObject *)type), log_form(thing));
}

static PyObject *
log_nested(PyTypeObject *type, PyObject *first, PyObject *second)
{
    return Py_BuildValue("(N(NN))", log_form((PyObject *)type), log_form(first), log_form(second));
}

/* New reference. Never the program's own value: its type, or for what code is made of, the thing itself; what the program may let go of by a
   weak reference. */
static PyObject *
describe(PyObject *value)
{
    if (value == NULL) {
        return Py_NewRef(Py_None);
    }
    PyTypeObject *type = Py_TYPE(value);
    if (introspect_is_strange(type)) {
        return Py_NewRef(&RegionType); /* which no value of the program's is of */
    }
    if (type == &PyLong_Type) {
        if (!PyUnstable_Long_IsCompact((PyLongObject *)value)) {
            int overflow;
            PyLong_AsLongLongAndOverflow(value, &overflow);
            if (overflow) {
                return PyUnicode_InternFromString("bigint");
            }
        }
        return Py_NewRef(type);
    }
    if (type == &PyFunction_Type && ((PyCodeObject *)((PyFunctionObject *)value)->func_code)->co_nfreevars) {
        /* A closure (or what becomes one) may hold anything: it is not to be kept alive. (type, (code, globals)) */
        return log_nested(type, ((PyFunctionObject *)value)->func_code, ((PyFunctionObject *)value)->func_globals);
    }
    if (PyType_Check(value) && introspect_is_strange((PyTypeObject *)value)) {
        return log_form((PyObject *)type);
    }
    if (PyType_Check(value) || type == &PyModule_Type || type == &PyFunction_Type || type == &PyMethodDescr_Type || type == &PyWrapperDescr_Type
        || type == &PyClassMethodDescr_Type) {
        return log_pair(type, value);
    }
    if (PyCFunction_Check(value)) {
        PyObject *self = PyCFunction_GET_SELF(value);
        if (self != NULL && PyType_Check(self) && ((PyTypeObject *)self)->tp_flags & Py_TPFLAGS_HEAPTYPE) {
            return Py_NewRef(type); /* another one each time that it is looked up, and it would keep the class alive */
        }
        if (self != NULL && PyModule_Check(self) && !is_function_of(self, value)) {
            return Py_NewRef(type); /* the program may let go of it */
        }
        if (self == NULL || PyModule_Check(self) || PyType_Check(self)) {
            return log_pair(type, value);
        }
        if (introspect_is_strange(Py_TYPE(self))) {
            return Py_NewRef(type);
        }
        /* A builtin bound to a value: (type, (method descriptor, type(self))). */
        PyObject *name = PyUnicode_InternFromString(((PyCFunctionObject *)value)->m_ml->ml_name);
        PyObject *descriptor = name ? _PyType_Lookup(Py_TYPE(self), name) : NULL;
        Py_XDECREF(name);
        return descriptor ? log_nested(type, descriptor, (PyObject *)Py_TYPE(self)) : Py_NewRef(type);
    }
    if (type == &PyMethod_Type) {
        PyObject *function = PyMethod_GET_FUNCTION(value);
        if ((PyFunction_Check(function) || PyCFunction_Check(function)) && !introspect_is_strange(Py_TYPE(PyMethod_GET_SELF(value)))) {
            return log_nested(type, function, (PyObject *)Py_TYPE(PyMethod_GET_SELF(value)));
        }
    }
    if (type->tp_name != NULL && strcmp(type->tp_name, "array.array") == 0) {
        PyObject *typecode = PyObject_GetAttrString(value, "typecode");
        PyObject *pair = typecode ? log_pair(type, typecode) : NULL;
        Py_XDECREF(typecode);
        return pair;
    }
    note_layout(value, type);
    return log_form((PyObject *)type);
}

/* Whether an attribute that is going to be stored has its place in the object and nothing in it. */
static int
is_unset(PyObject *owner, PyObject *name)
{
    PyTypeObject *type = owner != NULL ? Py_TYPE(owner) : &PyBaseObject_Type;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return 0;
    }
    PyObject *descriptor = _PyType_Lookup(type, name);
    Py_ssize_t place = descriptor != NULL ? introspect_slot_offset(descriptor) : -1;
    if (place >= 0) {
        return *(PyObject **)((char *)owner + place) == NULL;
    }
    PyDictValues *values = compat_instance_values(owner);
    if (values == NULL) {
        return 0;
    }
    place = introspect_inline_index(type, name);
    return place < 0 || values->values[place] == NULL;
}

static void
append(int depth, PyObject *code, int offset, PyObject *operands)
{
    int flags = 0;
    if (offset >= 0 && recorder.header_passed && depth == 0) {
        flags = 1;
        recorder.header_passed = 0;
    }
    PyObject *entry = operands ? Py_BuildValue("(iNiNi)", depth, log_form(code), offset, operands, flags) : NULL;
    if (entry == NULL || PyList_Append(recorder.log, entry) < 0) {
        PyErr_Clear();
        recorder.failed = 1;
    }
    Py_XDECREF(entry);
}

static void
log_locals(_PyInterpreterFrame *frame, PyCodeObject *code)
{
    int n = frame->stacktop > code->co_nlocalsplus ? frame->stacktop : code->co_nlocalsplus;
    PyObject *operands = PyTuple_New(n);
    for (int i = 0; operands != NULL && i < n; i++) {
        PyObject *entry = describe(frame->localsplus[i]);
        if (entry != NULL && PyTuple_CheckExact(entry)) { /* which class or function it is does not matter here: it is not kept alive */
            Py_SETREF(entry, Py_NewRef(PyTuple_GET_ITEM(entry, 0)));
        }
        if (entry == NULL) {
            Py_CLEAR(operands);
            break;
        }
        PyTuple_SET_ITEM(operands, i, entry);
    }
    append(0, (PyObject *)code, -1, operands);
}

/* ---- beginning and ending ---- */

int
recorder_begin(PyThreadState *tstate, _PyInterpreterFrame *frame, PyCodeObject *code, int offset, Region *region, int64_t exit)
{
    if (recorder.active) {
        return 0;
    }
    if (region != NULL) { /* a hot exit: the place that the region is installed at */
        offset = -1;
        CodeInfo *info = code_info_find((PyObject *)code);
        for (int i = 0; info != NULL && i < info->n_places; i++) {
            if (info->places[i].region == region) {
                offset = info->places[i].offset;
            }
        }
        if (offset < 0) {
            return 0;
        }
    }
    recorder.log = PyList_New(0);
    recorder.codes = PyList_New(0);
    if (recorder.log == NULL || recorder.codes == NULL) {
        PyErr_Clear();
        Py_CLEAR(recorder.log);
        Py_CLEAR(recorder.codes);
        return 0;
    }
    recorder.active = 1;
    recorder.tstate = tstate;
    recorder.frame = frame;
    recorder.code = (PyCodeObject *)Py_NewRef(code);
    recorder.offset = offset;
    recorder.visits = 0;
    recorder.seen = recorder.skipped = recorder.walked = 0;
    repeats_reset();
    recorder.header_passed = recorder.failed = 0;
    recorder.region = (Region *)Py_XNewRef(region);
    recorder.exit = exit;
    recorder.busy = 1;
    int tracing = tstate->tracing;
    tstate->tracing = tracing > 0 ? tracing : 1;
    int followed = follow_code(tstate, (PyObject *)code);
    if (followed && region != NULL) {
        for (_PyInterpreterFrame *inner = compat_current_frame(tstate); inner != NULL && inner != frame; inner = inner->previous) {
            if (inner->owner != FRAME_OWNED_BY_CSTACK) {
                follow_code(tstate, (PyObject *)compat_frame_code(inner));
            }
        }
    }
    tstate->tracing = tracing;
    recorder.busy = 0;
    if (!followed) {
        recorder_end("refused");
        return 0;
    }
    const FrameRecord *first = region != NULL && exit >= 0 && exit < region->n_exits ? &region->exits[exit].frames[0] : NULL;
    if (first == NULL || (region->exits[exit].n_frames == 1 && first->offset == offset)) { /* at the header, be it that entering failed */
        log_locals(frame, code);
        recorder.header_passed = 1;
    }
    return 1;
}

void
recorder_end(const char *why)
{
    PyThreadState *tstate = PyThreadState_GET();
    recorder.busy = 1;
    PyObject *log = recorder.log, *codes = recorder.codes, *code = (PyObject *)recorder.code, *region = (PyObject *)recorder.region;
    recorder.log = recorder.codes = NULL;
    recorder.code = NULL;
    recorder.region = NULL;
    Uncounted saved;
    jitney_begin_uncounted(&saved); /* the log goes as it came */
    int tracing = tstate->tracing;
    tstate->tracing = tracing > 0 ? tracing : 1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(codes); i++) {
        PyObject *code = PyObject_CallNoArgs(PyList_GET_ITEM(codes, i));
        if (code != NULL && code != Py_None) {
            follow_set_events(code, 0);
        }
        Py_XDECREF(code);
    }
    recorder.active = 0;
    recorder.busy = 0;
    if (config.on_recorded != NULL) {
        PyObject *arguments = Py_BuildValue("(OiOs)", code, recorder.offset, log, why);
        PyObject *keywords = region ? Py_BuildValue("{s(OL)}", "exit", region, (long long)recorder.exit) : NULL;
        PyObject *answer = region == NULL || keywords != NULL ? runtime_ask(tstate, config.on_recorded, arguments, keywords) : NULL;
        PyErr_Clear();
        Py_XDECREF(arguments);
        Py_XDECREF(keywords);
        Py_XDECREF(answer);
    }
    tstate->tracing = tracing;
    Py_DECREF(log);
    Py_DECREF(codes);
    jitney_end_uncounted(&saved);
    Py_DECREF(code);
    Py_XDECREF(region);
}

/* ---- events ---- */

enum { SEEN_BY_LOGGED = 5, ENOUGH = 5000, LONG_ABSENCE = 5000, FAR = 1 << 20 /* frames walked through in one recording */ };

/* Depth of `frame` below the recording frame; -1: frames of code that is not followed lie in between, or recursion is deeper than what
   is inlined; -2: the recording frame is gone. */
static int
depth_of(_PyInterpreterFrame *frame)
{
    int depth = 0, foreign = 0, same = 0;
    PyObject *executable = compat_frame_executable(frame);
    for (; frame != NULL; frame = frame->previous) {
        if (frame->owner == FRAME_OWNED_BY_CSTACK) {
            continue;
        }
        same += compat_frame_executable(frame) == executable;
        if (frame == recorder.frame) {
            return compat_frame_executable(frame) != (PyObject *)recorder.code ? -2
                : foreign || depth > MAX_DEPTH || same > MAX_SAME ? -1 : depth;
        }
        if (!foreign) {
            CodeInfo *info = code_info_find(compat_frame_executable(frame));
            foreign = info == NULL || info->depths == NULL || info->depths == Py_None || info->generation != config.generation;
        }
        depth++;
        recorder.walked++;
    }
    return -2;
}

void
recorder_jump(_PyInterpreterFrame *current, int target)
{
    if (current == recorder.frame && compat_frame_executable(current) == (PyObject *)recorder.code) {
        if (target == recorder.offset && recorder.offset > 0) {
            log_locals(current, recorder.code);
            recorder.header_passed = 1;
            if (++recorder.visits >= config.header_visits || (recorder.visits > 1 && recorder.seen > ENOUGH)) {
                recorder_end("closed");
            }
        }
    }
    else if (depth_of(current) == -2) {
        recorder_end("left");
    }
}

void
recorder_start(_PyInterpreterFrame *current)
{
    if (recorder.busy) {
        return; /* its thread is in the middle of beginning, or of an instruction, and waits for an answer from Python */
    }
    if (recorder.tstate != PyThreadState_GET()) {
        /* Another thread's: it may have died. A living one is not held up for ever either. */
        static unsigned waited;
        if (++waited % 1000 == 0) {
            recorder_end("left");
        }
        return;
    }
    if (current == recorder.frame || depth_of(current) == -2) {
        recorder_end("left");
    }
}

void
recorder_instruction(PyThreadState *tstate, PyObject *code, int offset)
{
    _PyInterpreterFrame *frame = compat_current_frame(tstate);
    int depth = depth_of(frame);
    if (depth == -2) {
        recorder_end("left");
        return;
    }
    if (compat_tools_active(tstate, (PyCodeObject *)code, config.own_tools)) {
        recorder_end("stopped"); /* turned on meanwhile: what a tool sees depends on what the interpreter specialises, which our events prevent */
        return;
    }
    if (depth == -1 && ((++recorder.skipped > LONG_ABSENCE && recorder.offset == 0) || recorder.walked > FAR)) {
        recorder_end(recorder.offset > 0 ? "too long" : "closed"); /* a recursive function: it was seen well enough */
        return;
    }
    CodeInfo *info = code_info_find(code);
    if (depth < 0 || info == NULL || info->bytecode == NULL || info->depths == NULL || info->depths == Py_None) {
        return;
    }
    const unsigned char *bytes = (const unsigned char *)PyBytes_AS_STRING(info->bytecode);
    Py_ssize_t size = PyBytes_GET_SIZE(info->bytecode);
    if (offset >= size || offset / 2 >= PyBytes_GET_SIZE(info->depths)) {
        return;
    }
    /* Caches are zeros here: what stands before is a prefix, then, if it looks like one. */
    if (offset >= 2 && bytes[offset - 2] == EXTENDED_ARG) {
        return; /* logged with its first prefix */
    }
    int at = offset, arg = bytes[at + 1], opcode = bytes[at];
    while (opcode == EXTENDED_ARG && at + 3 < size) {
        at += 2;
        opcode = bytes[at];
        arg = (int)((unsigned)arg << 8 | bytes[at + 1]);
    }
#ifdef KW_NAMES
    /* 3.12: KW_NAMES and the CALL that follows count as one instruction. */
    if (opcode == CALL) {
        if (offset >= 2 && bytes[offset - 2] == KW_NAMES) {
            return;
        }
    }
    if (opcode == KW_NAMES) {
        at += 2;
        opcode = bytes[at];
        arg = bytes[at + 1];
        while (opcode == EXTENDED_ARG && at + 3 < size) {
            at += 2;
            opcode = bytes[at];
            arg = (int)((unsigned)arg << 8 | bytes[at + 1]);
        }
    }
#endif
    PyCodeObject *co = (PyCodeObject *)code;
    int height = ((unsigned char *)PyBytes_AS_STRING(info->depths))[offset / 2];
    if (height == 255) {
        height = 0;
    }
    PyObject **top = frame->localsplus + co->co_nlocalsplus + height;
    int callable = -1; /* words from the top down to the first of the callable's two slots */
    switch (opcode) {
    case CALL:
        callable = arg + 2;
        break;
#ifdef CALL_KW
    case CALL_KW:
        callable = arg + 3;
        break;
#endif
    case CALL_FUNCTION_EX:
        callable = (arg & 1) + 3;
        break;
    }
    PyObject *entries[5] = {NULL};
    int n = 0;
    if (callable > 0 && callable <= height) {
        PyObject *first = top[-callable], *second = top[-callable + 1];
        entries[n++] = describe(first);
        entries[n++] = describe(second);
        PyObject *function = COMPAT_NULL_FIRST && first == NULL ? second : first;
        PyObject *argument = function == first && second != NULL ? second : callable > 2 ? top[-callable + 2] : NULL;
        recorder.busy = 1;
        follow_callable(tstate, function, opcode == CALL ? argument : NULL);
        follow_generator(tstate, opcode == CALL ? top[-1] : NULL);
        recorder.busy = 0;
    }
    else {
        recorder.busy = 1;
        follow_instruction(tstate, co, opcode, arg, top, height);
        recorder.busy = 0;
    }
    if (!recorder.active) {
        return;
    }
    int unset = opcode == STORE_ATTR && height > 0 && is_unset(top[-1], PyTuple_GET_ITEM(co->co_names, arg));
    for (int i = 1; i <= 3 && i <= height; i++) {
        entries[n++] = i == 3 && opcode == STORE_ATTR ? Py_NewRef(Py_None) : describe(top[-i]);
    }
    if (unset && n >= 2) { /* in the place of an operand that it does not have */
        Py_XDECREF(entries[2]);
        entries[2] = PyUnicode_InternFromString("unset");
        n = 3;
    }
    PyObject *operands = PyTuple_New(n);
    for (int i = 0; i < n; i++) {
        if (operands != NULL && entries[i] != NULL) {
            PyTuple_SET_ITEM(operands, i, entries[i]);
        }
        else {
            Py_XDECREF(entries[i]);
            Py_CLEAR(operands);
        }
    }
    PyErr_Clear();
    repeats_step(frame, depth, offset);
    append(depth, code, offset, operands);
    if (recorder.failed) { /* no memory: a log with gaps would tell of ways that there are not */
        PyList_SetSlice(recorder.log, 0, PyList_GET_SIZE(recorder.log), NULL);
        recorder_end("stopped");
        PyErr_Clear();
        return;
    }
    if (PyList_GET_SIZE(recorder.log) >= config.max_log || ++recorder.seen >= SEEN_BY_LOGGED * config.max_log) {
        recorder_end("too long");
        return;
    }
    if (depth == 0) {
        switch (opcode) {
        case RETURN_VALUE:
        case RETURN_CONST:
            recorder_end(recorder.offset == 0 ? "closed" : "left");
            break;
        case YIELD_VALUE:
        case RETURN_GENERATOR:
            recorder_end("left");
            break;
        }
    }
}
