/* From compiled code back to the interpreter: exit records, frames rebuilt and finished. */
#include "runtime.h"
#include <alloca.h>

/* ---- frames ---- */

/* The instruction that the frame is to be seen executing, until it goes on. */
static inline int32_t
stands_at(const Exit *exit, int level)
{
    return level == exit->n_frames - 1 ? exit->stands_at : exit->frames[level].offset;
}

static _PyInterpreterFrame *
make_generator_frame(PyThreadState *tstate, const Exit *exit, const FrameRecord *record, const Made *made)
{
    int nlocalsplus = record->code->co_nlocalsplus;
    PyObject **values = alloca(sizeof(PyObject *) * (size_t)(nlocalsplus + record->n_stack + 1));
    for (int i = 0; i < nlocalsplus; i++) {
        values[i] = i < record->n_locals ? field(made, record->locals[i]) : NULL;
    }
    for (int i = 0; i < record->n_stack; i++) {
        values[nlocalsplus + i] = field(made, record->stack[i]);
    }
    PyObject *function = field(made, record->func), *generator = NULL;
    for (int i = 0; i < exit->n_entries && generator == NULL; i++) { /* slots may have it */
        const Entry *entry = &exit->entries[i];
        if (entry->tag == ENTRY_VIRTUAL && entry->k == VIRTUAL_RUNNING && exit->entries[entry->fields[0]].value == record - exit->frames) {
            generator = Py_NewRef(made->objects[i]);
        }
    }
    return generator_running(tstate, generator ? generator : generator_new(function), function, values, nlocalsplus + record->n_stack);
}

/* Puts the generators that run on the stacks of the loops that run them. */
static void
push_generators(_PyInterpreterFrame *innermost, const Exit *exit)
{
    _PyInterpreterFrame *frame = innermost;
    for (int level = exit->n_frames - 1; level > 0; level--, frame = frame->previous) {
        if (exit->frames[level - 1].action == ACTION_ITERATE) {
            frame->previous->localsplus[frame->previous->stacktop++] = generator_of(frame);
        }
    }
}

/* Makes inlined frames 1.. of the record, linked to each other. NULL with MemoryError, and nothing made. */
static _PyInterpreterFrame *
make_frames(PyThreadState *tstate, _PyInterpreterFrame *outermost, const Exit *exit, const Made *made)
{
    _PyInterpreterFrame *previous = outermost;
    for (int level = 1; level < exit->n_frames; level++) {
        const FrameRecord *record = &exit->frames[level];
        PyCodeObject *code = record->code;
        if (record[-1].action == ACTION_ITERATE) {
            _PyInterpreterFrame *frame = make_generator_frame(tstate, exit, record, made);
            frame->previous = previous;
            compat_set_executing(frame, code, stands_at(exit, level));
            previous = frame;
            continue;
        }
        _PyInterpreterFrame *frame = compat_push_words(tstate, code->co_framesize);
        if (frame == NULL) {
            while (previous != outermost) {
                _PyInterpreterFrame *dying = previous;
                previous = previous->previous;
                compat_clear_and_pop(tstate, dying);
            }
            return NULL;
        }
        _PyFrame_Initialize(frame, (PyFunctionObject *)Py_NewRef(field(made, record->func)), NULL, code, record->n_locals);
        for (int i = 0; i < record->n_locals; i++) {
            frame->localsplus[i] = Py_XNewRef(field(made, record->locals[i]));
        }
        for (int i = 0; i < record->n_stack; i++) {
            frame->localsplus[code->co_nlocalsplus + i] = Py_XNewRef(field(made, record->stack[i]));
        }
        frame->stacktop = code->co_nlocalsplus + record->n_stack;
        frame->previous = previous;
        compat_set_executing(frame, code, stands_at(exit, level));
        previous = frame;
    }
    return previous;
}

/* The instruction that `frame` stands at is done with: BINARY_OP and CALL release their operands in this order, whatever came of them. */
static void
release_operands(_PyInterpreterFrame *frame, int kept)
{
    frame->stacktop -= kept;
    PyObject **operands = frame->localsplus + frame->stacktop;
    for (int i = 0; i < kept; i++) {
        Py_XDECREF(operands[i]);
    }
}

/* What a class that is called does with the object that its `__new__` made (Objects/typeobject.c, type_call). The operands are the class,
   NULL on either side of it, and the arguments. Returns 0, or -1 with an exception set. */
static int
initialise_new(_PyInterpreterFrame *frame, int kept, PyObject *made)
{
    PyObject **operands = frame->localsplus + frame->stacktop - kept;
    PyTypeObject *cls = (PyTypeObject *)(operands[0] != NULL ? operands[0] : operands[1]);
    if (!PyObject_TypeCheck(made, cls) || Py_TYPE(made)->tp_init == NULL) {
        return 0;
    }
    PyObject *args = PyTuple_New(kept - 2);
    if (args == NULL) {
        return -1;
    }
    for (int i = 2; i < kept; i++) {
        PyTuple_SET_ITEM(args, i - 2, Py_NewRef(operands[i]));
    }
    int result = Py_TYPE(made)->tp_init(made, args, NULL);
    Py_DECREF(args);
    return result;
}

/* The callee of `frame` returned `result` (stolen). Returns 0, or -1 with an exception set. */
static int
take_result(_PyInterpreterFrame *frame, const FrameRecord *record, PyObject *result)
{
    switch (record->action) {
    case ACTION_INIT:
        if (result != Py_None) {
            PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'", Py_TYPE(result)->tp_name);
            Py_DECREF(result);
            return -1;
        }
        return 0;
    case ACTION_DISCARD:
        Py_DECREF(result);
        release_operands(frame, record->kept);
        return 0;
    case ACTION_OPERATOR:
        if (operator_result(frame, record->code, record->offset, &result) < 0) {
            return -1;
        }
        release_operands(frame, record->kept);
        break;
    case ACTION_NEW:
        if (initialise_new(frame, record->kept, result) < 0) {
            Py_DECREF(result);
            return -1;
        }
        release_operands(frame, record->kept);
        break;
    case ACTION_CALLED:
        release_operands(frame, record->kept);
        break;
    case ACTION_PUSH_BOOL: {
        int truth = PyObject_IsTrue(result);
        Py_DECREF(result);
        if (truth < 0) {
            return -1;
        }
        result = Py_NewRef(truth ? Py_True : Py_False);
        break;
    }
    }
    frame->localsplus[frame->stacktop++] = result;
    return 0;
}

/* The iterator of a loop that the frame is in. */
static inline PyObject *
iterator_of(_PyInterpreterFrame *frame)
{
    return frame->localsplus[frame->stacktop - 1];
}

/* Runs the inlined frames from the innermost outwards; the outermost one is left ready for the interpreter, or, with `returned`, run to its
   end, too. Returns 0, or -1 with an exception that the outermost frame does not handle. */
static int
finish_frames(PyThreadState *tstate, _PyInterpreterFrame *frame, const Exit *exit, int start, PyObject **returned)
{
    int level = exit->n_frames - 1, last = returned == NULL ? 1 : 0; /* the last level to be run */
    const FrameRecord *record = &exit->frames[level];
    int raised = exit->kind == EXIT_RAISE, at = record->offset;
    for (;;) {
        PyCodeObject *code = compat_frame_code(frame);
        if (raised) {
            compat_set_current_frame(tstate, frame);
            /* What tools are told: the last unit of the instruction that raised, or where the interpreter has a caller meanwhile. */
            int told = level == exit->n_frames - 1 ? record->return_offset - 2 : at - COMPAT_TOLD_BEFORE_CALL;
            int handler = deliver_exception(tstate, frame, code, at, told);
            if (handler >= 0) {
                at = handler;
                raised = 0;
            }
            else if (level < last) {
                return -1; /* the interpreter adds the traceback entry and clears the stack */
            }
            else {
                CHECK(level == 0 || exit->frames[level - 1].action != ACTION_ITERATE); /* a generator's code handles StopIteration wherever it can raise */
                unwind_frame(tstate, frame, code, told);
                PyObject *exception = PyErr_GetRaisedException();
                _PyInterpreterFrame *dying = frame;
                frame = dying->previous;
                tstate->py_recursion_remaining++;
                compat_set_current_frame(tstate, frame);
                compat_clear_and_pop(tstate, dying);
                PyErr_SetRaisedException(exception);
                if (level == 0) {
                    return -1;
                }
                record = &exit->frames[--level];
                release_operands(frame, record->kept);
                at = record->offset;
                continue;
            }
        }
        if (level < last) {
            if (at > start) {
                compat_continue_at(frame, code, at);
            } /* else: the function's beginning, where the interpreter is anyway */
            return 0;
        }
        _PyInterpreterFrame *caller = frame->previous;
        compat_begin_at(frame, code, at);
        compat_set_current_frame(tstate, caller);
        tstate->py_recursion_remaining++; /* the evaluation counts this frame itself */
        PyObject *result = _PyEval_EvalFrameDefault(tstate, frame, 0);
        if (level == 0) {
            *returned = result;
            return result == NULL ? -1 : 0;
        }
        PyObject *generator = exit->frames[level - 1].action == ACTION_ITERATE ? iterator_of(caller) : NULL;
        frame = caller;
        record = &exit->frames[--level];
        if (generator != NULL) {
            raised = result == NULL;
            at = raised ? record->offset : generator_goes_on(frame, generator, result) ? record->return_offset : record->kept;
        }
        else if (result == NULL || take_result(frame, record, result) < 0) {
            release_operands(frame, record->kept);
            raised = 1;
            at = record->offset;
        }
        else {
            at = record->return_offset;
        }
    }
}

static int
write_name(PyObject *namespace, PyObject *name, PyObject *value)
{
    if (value == NULL) {
        return PyObject_DelItem(namespace, name);
    }
    return PyDict_CheckExact(namespace) ? PyDict_SetItem(namespace, name, value) : PyObject_SetItem(namespace, name, value);
}

/* A value that is borrowed may be what another of the names still names: none dies before all are written. */
static void
write_names(_PyInterpreterFrame *frame, const Exit *exit, const Made *made, PyObject **consts)
{
    PyObject *namespace = frame->f_locals ? frame->f_locals : frame->f_globals;
    for (int i = 0; i < exit->n_names; i++) {
        Py_XINCREF(field(made, exit->names[2 * i + 1]));
    }
    for (int i = 0; i < exit->n_names; i++) {
        PyObject *name = consts[exit->names[2 * i]], *value = field(made, exit->names[2 * i + 1]);
        int error = write_name(namespace, name, value);
        if (error < 0 && PyDict_CheckExact(namespace) && PyErr_ExceptionMatches(PyExc_MemoryError)) {
            reserve_open();
            error = write_name(namespace, name, value);
            reserve_close();
        }
        if (error < 0) {
            PyErr_WriteUnraisable(namespace);
        }
    }
    for (int i = 0; i < exit->n_names; i++) {
        Py_XDECREF(field(made, exit->names[2 * i + 1]));
    }
}

static void
log_exit(JitContext *cx, int64_t number)
{
    PyObject *entry = Py_BuildValue("(OLL)", cx->region, (long long)number, (long long)cx->guard);
    if (entry == NULL || config.exit_log == NULL || PyList_Append(config.exit_log, entry) < 0) {
        PyErr_Clear();
    }
    Py_XDECREF(entry);
}

static void
maybe_record(JitContext *cx, Exit *exit, int64_t number)
{
    PyThreadState *tstate = cx->tstate;
    if (recorder.active || config.on_hot_exit == NULL || !cx->region->valid) {
        return;
    }
    PyObject *arguments = Py_BuildValue("(OL)", cx->region, (long long)number);
    PyObject *answer = runtime_ask(tstate, config.on_hot_exit, arguments, NULL);
    int wanted = answer != NULL && PyObject_IsTrue(answer) > 0;
    exit->ask_at = answer == Py_None ? exit->count + config.exit_threshold : exit->count * 2;
    Py_XDECREF(arguments);
    Py_XDECREF(answer);
    cx->region->stamp = 0;
    if (wanted) {
        PyCodeObject *code = exit->frames[0].code;
        recorder_begin(tstate, cx->frame, code, -1, cx->region, number);
    }
}

static int
leave(JitContext *cx, int64_t number, int start, PyObject **returned)
{
    PyThreadState *tstate = cx->tstate;
    Region *region = cx->region;
    _PyInterpreterFrame *outermost = cx->frame;
    if (number < 0 || number >= region->n_exits) {
        Py_FatalError("jitney: compiled code left by an exit that does not exist");
    }
    Exit *exit = &region->exits[number];
    exit->count++;
    if (cx->guard >= 0) {
        region_count_guard(region, cx->guard);
    }
    CHECK((exit->kind == EXIT_RAISE) == (PyErr_Occurred() != NULL));
    PyObject *exception = NULL;
    if (exit->kind == EXIT_RAISE) {
        exception = PyErr_GetRaisedException();
    }
    if (config.log_exits) {
        log_exit(cx, number);
    }

    Made made = {alloca(sizeof(PyObject *) * (size_t)exit->n_entries + 1), alloca((size_t)exit->n_entries + 1)};
    make_entries(cx, exit, &made, 1);
    _PyInterpreterFrame *innermost = make_frames(tstate, outermost, exit, &made);
    if (innermost == NULL) {
        Py_FatalError("jitney: out of memory while leaving compiled code");
    }

    const FrameRecord *record = &exit->frames[0];
    int nlocalsplus = record->code->co_nlocalsplus, old_top = outermost->stacktop;
    PyObject **old = alloca(sizeof(PyObject *) * (size_t)(old_top + record->n_locals + record->n_stack + 1));
    int n_old = 0;
    for (int i = 0; i < record->n_locals; i++) {
        if (record->locals[i] != REF_SYNCED) {
            old[n_old++] = outermost->localsplus[i];
            outermost->localsplus[i] = Py_XNewRef(field(&made, record->locals[i]));
        }
    }
    for (int i = 0; i < record->n_stack; i++) {
        if (record->stack[i] != REF_SYNCED) {
            if (nlocalsplus + i < old_top) {
                old[n_old++] = outermost->localsplus[nlocalsplus + i];
            }
            outermost->localsplus[nlocalsplus + i] = Py_XNewRef(field(&made, record->stack[i]));
        }
    }
    for (int i = nlocalsplus + record->n_stack; i < old_top; i++) {
        old[n_old++] = outermost->localsplus[i];
    }
    outermost->stacktop = nlocalsplus + record->n_stack;
    push_generators(innermost, exit);
    CHECK(record->code == compat_frame_code(outermost) && record->n_stack <= record->code->co_stacksize);
    if (record->offset > start) {
        compat_set_executing(outermost, record->code, stands_at(exit, 0));
    }
    tstate->py_recursion_remaining -= exit->n_frames - 1;
    compat_set_current_frame(tstate, innermost);

    attach_frames(cx, innermost, exit->n_frames - 1);
    write_back(cx, innermost, exit->n_frames - 1);
    if (exit->n_names) {
        write_names(outermost, exit, &made, region->consts);
    }
    region->leaving++;
    for (int i = 0; i < n_old; i++) {
        Py_XDECREF(old[i]);
    }
    Py_CLEAR(cx->dying);
    for (int i = 0; i < exit->n_drops; i++) {
        release_entry(&made, exit->drops[i]);
    }
    release_entries(exit, &made);
    region->leaving--;
    region_over(region);
    if (config.exit_threshold && exit->count >= exit->ask_at) {
        if (exit->ask_at == 0) {
            exit->ask_at = config.exit_threshold;
        }
        if (exit->count >= exit->ask_at) {
            maybe_record(cx, exit, number);
        }
    }
    if (exception != NULL) {
        PyErr_SetRaisedException(exception);
    }
    return finish_frames(tstate, innermost, exit, start, returned);
}

int
region_leave(JitContext *cx, int64_t number, int start)
{
    return leave(cx, number, start, NULL);
}

/* Whether the frame's end needs nothing that only the interpreter does. */
static inline int
ends_plainly(JitContext *cx, const Exit *exit)
{
    return exit->kind == EXIT_RETURN && !config.log_exits && cx->frame->frame_obj == NULL /* which goes on showing the variables */
        && !compat_tools_active(cx->tstate, exit->frames[0].code, config.own_tools);
}

PyObject *
plain_result(const JitContext *cx, const Exit *exit)
{
    if (exit->constant != NULL) {
        return Py_NewRef(exit->constant);
    }
    const Entry *entry = &exit->entries[exit->frames[0].stack[0]];
    switch (entry->tag) {
    case ENTRY_OBJ_OWNED:
    case ENTRY_OBJ_BORROWED:
        return Py_NewRef((PyObject *)cx->values[entry->k]);
    case ENTRY_CONST:
        return Py_NewRef(cx->region->consts[entry->k]);
    case ENTRY_INT:
        return MUST(PyLong_FromLongLong((int64_t)cx->values[entry->k]));
    case ENTRY_INT_CONST:
        return MUST(PyLong_FromLongLong(entry->value));
    case ENTRY_FLOAT: {
        double value;
        memcpy(&value, &cx->values[entry->k], sizeof value);
        return MUST(PyFloat_FromDouble(value));
    }
    default:
        return Py_NewRef(cx->values[entry->k] & 1 ? Py_True : Py_False);
    }
}

/* What the slots held is dead and harmless where it is not current; numbers and constants need not be stored to be released. */
static void
plain_slots(JitContext *cx, const Exit *exit)
{
    const FrameRecord *record = &exit->frames[0];
    for (int i = 0; i < record->n_locals; i++) {
        int32_t ref = record->locals[i];
        if (ref != REF_SYNCED) {
            const Entry *entry = ref < 0 ? NULL : &exit->entries[ref];
            int is_object = entry != NULL && (entry->tag == ENTRY_OBJ_OWNED || entry->tag == ENTRY_OBJ_BORROWED);
            Py_XSETREF(cx->frame->localsplus[i], is_object ? Py_NewRef((PyObject *)cx->values[entry->k]) : NULL);
        }
    }
}

PyObject *
region_return(JitContext *cx, int64_t number)
{
    Exit *exit = &cx->region->exits[number];
    PyObject *result = NULL;
    if (number < 0 || number >= cx->region->n_exits || !ends_plainly(cx, exit)) {
        uint64_t before = read_cycles();
        leave(cx, number, -1, &result);
        exit->cycles += read_cycles() - before; /* the context's region is held */
        return result;
    }
    exit->count++;
    CHECK(!PyErr_Occurred());
    PyThreadState *tstate = cx->tstate;
    _PyInterpreterFrame *frame = cx->frame;
    const FrameRecord *record = &exit->frames[0];
    Made made = {NULL, NULL};
    if (exit->plain) {
        result = plain_result(cx, exit);
        plain_slots(cx, exit);
    }
    else {
        made = (Made){alloca(sizeof(PyObject *) * (size_t)exit->n_entries + 1), alloca((size_t)exit->n_entries + 1)};
        make_entries(cx, exit, &made, 1);
        result = Py_NewRef(exit->constant != NULL ? exit->constant : field(&made, record->stack[0]));
        for (int i = 0; i < record->n_locals; i++) {
            if (record->locals[i] != REF_SYNCED) {
                Py_XSETREF(frame->localsplus[i], Py_XNewRef(field(&made, record->locals[i])));
            }
        }
    }
    compat_set_executing(frame, record->code, record->offset);
    cx->region->leaving++;
    Py_CLEAR(cx->dying);
    for (int i = 0; !exit->plain && i < exit->n_drops; i++) {
        release_entry(&made, exit->drops[i]);
    }
    for (int i = 0; i < exit->n_entries; i++) {
        if (!exit->plain) {
            release_entry(&made, i);
        }
        else if (exit->entries[i].tag == ENTRY_OBJ_OWNED) {
            Py_DECREF((PyObject *)cx->values[exit->entries[i].k]);
        }
    }
    cx->region->leaving--;
    region_over(cx->region);
    compat_set_current_frame(tstate, frame->previous);
    tstate->py_recursion_remaining++;
    compat_end_frame(tstate, frame);
    return result;
}

/* ---- frames for a call out of compiled code ---- */

/* The number of the exit whose frames are in place is kept in cx->guard, which compiled code writes only when it leaves. */
int
jitney_push_frames(JitContext *cx, int64_t number)
{
    PyThreadState *tstate = cx->tstate;
    jitney_link(cx);
    CHECK(number >= 0 && number < cx->region->n_exits && cx->guard == -1 && compat_current_frame(tstate) == cx->frame);
    const Exit *exit = &cx->region->exits[number];
    const FrameRecord *record = &exit->frames[0];
    _PyInterpreterFrame *outermost = cx->frame;
    PyObject *exception = tstate->current_exception ? PyErr_GetRaisedException() : NULL;
    Made made = {alloca(sizeof(PyObject *) * (size_t)exit->n_entries + 1), alloca((size_t)exit->n_entries + 1)};
    make_entries(cx, exit, &made, 0);
    _PyInterpreterFrame *innermost = make_frames(tstate, outermost, exit, &made);
    if (innermost == NULL) {
        release_entries(exit, &made);
        Py_XDECREF(exception);
        return -1;
    }
    for (int i = 0; i < record->n_locals; i++) {
        if (record->locals[i] != REF_SYNCED) {
            Py_XSETREF(outermost->localsplus[i], Py_XNewRef(field(&made, record->locals[i])));
        }
    }
    compat_set_executing(outermost, record->code, stands_at(exit, 0));
    tstate->py_recursion_remaining -= exit->n_frames - 1;
    compat_set_current_frame(tstate, innermost);
    cx->guard = number;
    attach_frames(cx, innermost, exit->n_frames - 1);
    release_entries(exit, &made);
    if (exception != NULL) {
        PyErr_SetRaisedException(exception);
    }
    return 0;
}

void
jitney_pop_frames(JitContext *cx)
{
    PyThreadState *tstate = cx->tstate;
    CHECK(cx->guard >= 0 && cx->guard < cx->region->n_exits);
    const FrameRecord *record = &cx->region->exits[cx->guard].frames[0];
    _PyInterpreterFrame *outermost = cx->frame, *frame = compat_current_frame(tstate);
    PyObject *exception = tstate->current_exception ? PyErr_GetRaisedException() : NULL;
    int level = cx->region->exits[cx->guard].n_frames - 1, kept = 0;
    while (frame != outermost) {
        _PyInterpreterFrame *caller = frame->previous;
        kept |= keep_frame(cx, frame, level--);
        compat_set_current_frame(tstate, caller);
        tstate->py_recursion_remaining++;
        compat_clear_and_pop(tstate, frame);
        frame = caller;
    }
    /* The slots go back to being stale: they must not keep anything alive. */
    for (int i = 0; i < record->n_locals; i++) {
        if (record->locals[i] != REF_SYNCED) {
            Py_CLEAR(outermost->localsplus[i]);
        }
    }
    cx->guard = -1;
    if (kept) {
        contexts_leave();
    }
    if (exception != NULL) {
        PyErr_SetRaisedException(exception);
    }
}

int
jitney_drop_framed(JitContext *cx, int64_t exit, PyObject *dying)
{
    PyObject *exception = PyErr_GetRaisedException();
    int result = jitney_push_frames(cx, exit);
    if (result < 0) {
        PyErr_Clear();
    }
    Py_DECREF(dying);
    if (result == 0) {
        jitney_pop_frames(cx);
    }
    PyErr_SetRaisedException(exception);
    return result;
}
