/* The Region type: machine code with its exit records. */
#include "code.h"
#include <alloca.h>
#include <structmember.h>

/* Steals the reference. */
static void
let_go(PyObject *object, int now)
{
    if (now || dies_quietly(object)) {
        Py_DECREF(object);
    }
    else {
        release_later(object);
    }
}

static void
let_go_of_all(Region *self, int now)
{
    CHECK(!self->valid && self->running == 0);
    PyObject *exception = PyErr_GetRaisedException();
    self->n_pins = self->n_codes = 0;
    if (self->code != NULL) {
        PyObject *code = self->code;
        self->code = NULL;
        self->function = NULL;
        let_go(code, now || Py_IS_TYPE(code, &CodeType));
    }
    for (int32_t i = 0; i < self->n_consts; i++) {
        PyObject *object = self->consts[i];
        int owned = self->ways[i] == OWNED;
        self->consts[i] = Py_NewRef(Py_None);
        self->ways[i] = OWNED;
        if (owned) {
            let_go(object, now);
        }
    }
    PyErr_SetRaisedException(exception);
}

#ifdef JITNEY_ASSERT
void
region_check(const Region *self)
{
    CHECK(self->valid && (self->function != NULL || self->code == NULL));
    for (int32_t i = 0; i < self->n_consts; i++) {
        CHECK(Py_REFCNT(self->consts[i]) > 0 && Py_TYPE(self->consts[i]) != NULL); /* also those that it only borrows */
    }
    for (int32_t i = 0; i < self->n_codes; i++) {
        CHECK(Py_REFCNT(self->codes[i]) > 0 && PyCode_Check(self->codes[i]));
    }
    CHECK(self->globals == NULL || (Py_REFCNT(self->globals) > 0 && PyDict_Check(self->globals)));
}
#endif

void
region_pin(Region *self)
{
    for (int32_t i = 0; i < self->n_pins; i++) {
        Py_INCREF(self->consts[self->pins[i]]);
    }
}

/* Whether the code that it is an object of cannot depend on it in another way than by its name: a function has cells, say. */
static int
may_go(PyObject *object)
{
    return !PyFunction_Check(object) && !PyCode_Check(object) && !PyType_Check(object) && !PyModule_Check(object) && !PyDict_Check(object);
}

/* It goes on for a moment though something that it needs is about to die: that, too, is kept till then. Functions, dicts and code objects can
   still be kept when the watchers tell. What it does not need dies as it would plainly. */
static void
hold_needed(Region *self)
{
    for (int32_t i = 0; i < self->n_pins; i++) {
        self->ways[self->pins[i]] = OWNED;
    }
    self->n_pins = 0;
    char *needed = PyMem_RawCalloc((size_t)self->n_consts + 1, 1);
    int known = needed != NULL && contexts_need(self, needed);
    for (int32_t i = 0; i < self->n_consts; i++) {
        if (self->ways[i] != OWNED) {
            /* the latter: a class without instances, that only guards name */
            if ((known && !needed[i] && may_go(self->consts[i])) || Py_REFCNT(self->consts[i]) == 0) {
                self->consts[i] = Py_None;
            }
            Py_INCREF(self->consts[i]);
            self->ways[i] = OWNED;
        }
    }
    PyMem_RawFree(needed);
}

void
region_invalidate(Region *self)
{
    self->valid = 0;
    call_epoch++;
    if (self->running == 0) {
        let_go_of_all(self, 0);
    }
    else {
        hold_needed(self);
    }
}

void
region_over(Region *self)
{
    CHECK(self->running > 0);
    if (self->running > 1 || (self->valid && self->n_pins == 0)) {
        self->running--;
    }
    else if (!self->valid) {
        self->running = 0;
        let_go_of_all(self, 1);
    }
    else { /* the death of one of them may be the region's end */
        int32_t n = self->n_pins;
        PyObject **pinned = alloca(sizeof(PyObject *) * (size_t)n);
        for (int32_t i = 0; i < n; i++) {
            pinned[i] = self->consts[self->pins[i]];
        }
        self->running = 0;
        for (int32_t i = 0; i < n; i++) {
            Py_DECREF(pinned[i]);
        }
    }
}

void
region_count_guard(Region *self, int64_t guard)
{
    if (guard >= self->n_guards) {
        int64_t n = guard + 16;
        uint64_t *counts = PyMem_Realloc(self->guard_counts, sizeof(uint64_t) * (size_t)n);
        if (counts == NULL) {
            return;
        }
        memset(counts + self->n_guards, 0, sizeof(uint64_t) * (size_t)(n - self->n_guards));
        self->guard_counts = counts;
        self->n_guards = n;
    }
    self->guard_counts[guard]++;
}

static PyObject *
region_get_guards(Region *self, void *unused)
{
    PyObject *dict = PyDict_New();
    for (int64_t i = 0; dict != NULL && i < self->n_guards; i++) {
        if (self->guard_counts[i] == 0) {
            continue;
        }
        PyObject *key = PyLong_FromLongLong(i), *count = PyLong_FromUnsignedLongLong(self->guard_counts[i]);
        if (key == NULL || count == NULL || PyDict_SetItem(dict, key, count) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(key);
        Py_XDECREF(count);
    }
    return dict;
}

static PyObject *
region_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"address", "blob", "consts", "buf_size", "inline_depth", "names", "code", NULL};
    unsigned long long address;
    PyObject *blob, *consts, *debug_names = Py_None, *code = NULL;
    int buf_size, inline_depth = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "KOOi|iOO:Region", names, &address, &blob, &consts, &buf_size, &inline_depth, &debug_names, &code)) {
        return NULL;
    }
    if (buf_size < 0 || buf_size > 1 << 16) {
        PyErr_SetString(PyExc_ValueError, "buf_size is out of range");
        return NULL;
    }
    Region *self = (Region *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->valid = 1;
    self->look_at = LOOK_AT;
    self->look_cycles = LOOK_CYCLES;
    self->pause = PAUSE;
    self->function = (JitneyCode)(uintptr_t)address;
    self->code = Py_XNewRef(code);
    self->buf_size = buf_size;
    self->inline_depth = inline_depth;
    self->names = Py_NewRef(debug_names);
    self->data = Py_NewRef(Py_None);
    PyObject *tuple = PySequence_Tuple(consts);
    Py_ssize_t n = tuple != NULL ? PyTuple_GET_SIZE(tuple) : 0;
    self->consts = PyMem_Calloc((size_t)n + 1, sizeof(PyObject *));
    self->ways = PyMem_Calloc((size_t)n + 1, 1);
    self->pins = PyMem_Calloc((size_t)n + 1, sizeof(int32_t));
    if (tuple == NULL || self->consts == NULL || self->ways == NULL || self->pins == NULL) {
        if (tuple != NULL) {
            PyErr_NoMemory();
        }
        Py_XDECREF(tuple);
        Py_DECREF(self);
        return NULL;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        self->consts[i] = Py_NewRef(PyTuple_GET_ITEM(tuple, i));
    }
    self->n_consts = (int32_t)n;
    Py_DECREF(tuple);
    if (region_decode(self, blob) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static int
find_pins(Region *self)
{
    char *used = PyMem_Calloc((size_t)self->n_consts + 1, 1);
    if (used == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int32_t i = 0; i < self->n_exits; i++) {
        for (int32_t j = 0; j < self->exits[i].n_entries; j++) {
            if (self->exits[i].entries[j].tag == ENTRY_CONST) {
                used[self->exits[i].entries[j].k] = 1;
            }
        }
    }
    self->n_pins = 0;
    for (int32_t i = 0; i < self->n_consts; i++) {
        if (used[i] && self->ways[i] == PINNED) {
            self->pins[self->n_pins++] = i;
        }
    }
    PyMem_Free(used);
    return 0;
}

/* borrow(ways, globals, codes): it does not keep these alive from now on, but becomes invalid before one dies. */
static PyObject *
region_borrow(Region *self, PyObject *args)
{
    PyObject *ways, *globals, *codes;
    if (!PyArg_ParseTuple(args, "SO!O!:borrow", &ways, &PyDict_Type, &globals, &PyTuple_Type, &codes)) {
        return NULL;
    }
    Py_ssize_t n_codes = PyTuple_GET_SIZE(codes);
    if (PyBytes_GET_SIZE(ways) != self->n_consts || self->running || !self->valid || self->codes != NULL) {
        PyErr_SetString(PyExc_ValueError, "a way for each constant is needed, before the region is installed");
        return NULL;
    }
    self->codes = PyMem_Calloc((size_t)n_codes + 1, sizeof(PyObject *));
    if (self->codes == NULL) {
        return PyErr_NoMemory();
    }
    for (Py_ssize_t i = 0; i < n_codes; i++) {
        if (watch_life(PyTuple_GET_ITEM(codes, i), self) < 0) {
            return NULL;
        }
        self->codes[i] = PyTuple_GET_ITEM(codes, i);
    }
    self->n_codes = (int32_t)n_codes;
    if (watch_life(globals, self) < 0) {
        return NULL;
    }
    self->globals = globals;
    for (int32_t i = 0; i < self->n_consts; i++) {
        int way = PyBytes_AS_STRING(ways)[i];
        if (way != OWNED && !(way & UNWATCHED) && watch_life(self->consts[i], self) < 0) {
            return NULL;
        }
    }
    for (int32_t i = 0; i < self->n_consts; i++) {
        self->ways[i] = (uint8_t)(PyBytes_AS_STRING(ways)[i] & ~UNWATCHED);
        if (self->ways[i] != OWNED) {
            Py_DECREF(self->consts[i]); /* not the last one: the caller has them */
        }
    }
    if (find_pins(self) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
region_get_consts(Region *self, void *unused)
{
    PyObject *tuple = PyTuple_New(self->n_consts);
    for (int32_t i = 0; tuple != NULL && i < self->n_consts; i++) {
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(self->consts[i]));
    }
    return tuple;
}

static int
region_traverse(Region *self, visitproc visit, void *arg)
{
    for (int32_t i = 0; i < self->n_consts; i++) {
        if (self->ways[i] == OWNED) {
            Py_VISIT(self->consts[i]);
        }
    }
    Py_VISIT(self->names);
    Py_VISIT(self->data);
    Py_VISIT(self->code);
    return 0;
}

static int
region_clear(Region *self)
{
    /* consts stay: exit records point into them, and a region that is being collected may still be watched. */
    Py_CLEAR(self->names);
    Py_CLEAR(self->data);
    return 0;
}

static void
region_dealloc(Region *self)
{
    CHECK(self->running == 0);
    PyObject_GC_UnTrack(self);
    if (self->weakrefs != NULL) {
        PyObject_ClearWeakRefs((PyObject *)self);
    }
    watch_forget(self);
    for (int32_t i = 0; i < self->n_exits; i++) {
        PyMem_Free(self->exits[i].entries);
        PyMem_Free(self->exits[i].frames);
    }
    PyMem_Free(self->exits);
    PyMem_Free(self->words);
    region_clear(self);
    for (int32_t i = 0; i < self->n_consts; i++) {
        if (self->ways[i] == OWNED) {
            Py_CLEAR(self->consts[i]);
        }
    }
    PyMem_Free(self->consts);
    PyMem_Free(self->ways);
    PyMem_Free(self->pins);
    PyMem_Free(self->codes);
    PyMem_Free(self->guard_counts);
    Py_CLEAR(self->code);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *
region_do_invalidate(Region *self, PyObject *unused)
{
    region_invalidate(self);
    Py_RETURN_NONE;
}

static PyObject *
region_get_exits(Region *self, void *unused)
{
    PyObject *list = PyList_New(self->n_exits);
    for (int32_t i = 0; list != NULL && i < self->n_exits; i++) {
        PyObject *count = PyLong_FromUnsignedLongLong(self->exits[i].count);
        if (count == NULL) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, i, count);
    }
    return list;
}

static PyObject *
region_get_after(Region *self, void *unused)
{
    PyObject *list = PyList_New(self->n_exits);
    for (int32_t i = 0; list != NULL && i < self->n_exits; i++) {
        PyObject *cycles = PyLong_FromUnsignedLongLong(self->exits[i].cycles);
        if (cycles == NULL) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, i, cycles);
    }
    return list;
}

static PyObject *
region_begin_trial(Region *self, PyObject *windows)
{
    long n = PyLong_AsLong(windows);
    if (n < 1 || n > MAX_TRIED) {
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "from 1 to %d windows", MAX_TRIED);
    }
    self->trial_windows = self->n_tried = (int32_t)n;
    self->trial_left = TRIED_CALLS;
    self->trial_cycles = WINDOW_CYCLES;
    self->trial_plain = 0;
    memset(self->tried, 0, sizeof self->tried);
    Py_RETURN_NONE;
}

static PyObject *
region_get_tried(Region *self, void *unused)
{
    PyObject *list = PyList_New(0);
    for (int i = 0; list != NULL && self->trial_windows == 0 && i + 1 < self->n_tried; i += 2) {
        PyObject *pair = Py_BuildValue("(KKKK)", self->tried[i].cycles, self->tried[i].calls, self->tried[i + 1].cycles, self->tried[i + 1].calls);
        if (pair == NULL || PyList_Append(list, pair) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(pair);
    }
    return list;
}

static PyObject *
region_get_valid(Region *self, void *unused)
{
    return PyBool_FromLong(self->valid != 0);
}

static PyObject *
region_get_running(Region *self, void *unused)
{
    return PyBool_FromLong(self->running != 0);
}

static PyObject *
region_get_cycles(Region *self, void *unused)
{
    return PyLong_FromUnsignedLongLong(self->cycles + (self->active > 0 ? read_cycles() - self->entered_at : 0));
}

static PyObject *
region_get_pace(Region *self, void *unused)
{
    return Py_BuildValue("(KKK)", (unsigned long long)self->pace_time, (unsigned long long)self->pace_entries, (unsigned long long)self->pace_ticks);
}

static PyObject *
region_get_valid_address(Region *self, void *unused)
{
    return PyLong_FromVoidPtr(&self->valid);
}

static PyObject *
region_get_address(Region *self, void *unused)
{
    return PyLong_FromVoidPtr((void *)(uintptr_t)self->function);
}

static PyMethodDef methods[] = {
    {"borrow", (PyCFunction)region_borrow, METH_VARARGS,
     "borrow(ways, globals, codes): the constants that it does not keep alive (0: owned, 1: borrowed, 2: held while it runs; 4 more: something that is watched keeps it), the globals that frames "
     "must have to enter (module-level code: also as locals), the code objects that it was made of: no tool may watch one of them."},
    {"begin_trial", (PyCFunction)region_begin_trial, METH_O, "begin_trial(windows): compiled and plain calls of the function take turns, timed; on_region is told \"tried\"."},
    {"invalidate", (PyCFunction)region_do_invalidate, METH_NOARGS, "Makes the region be left and never entered again."},
    {NULL},
};

static PyGetSetDef getset[] = {
    {"consts", (getter)region_get_consts, NULL, "its constants; of a region that is invalid and no longer runs, None for each"},
    {"valid", (getter)region_get_valid, NULL, "whether it may be entered"},
    {"valid_address", (getter)region_get_valid_address, NULL, "address of an int64 that is 1 while the region is valid, else 0"},
    {"address", (getter)region_get_address, NULL, "address of the machine code"},
    {"tried", (getter)region_get_tried, NULL, "[(cycles, calls compiled, cycles, calls plain), ...] of the latest trial's windows, when it is over"},
    {"running", (getter)region_get_running, NULL, "whether its code is being executed, or what it was left with is not in place yet"},
    {"pace", (getter)region_get_pace, NULL, "from entry to entry: (cycles, how many, back edges taken in its code)"},
    {"cycles", (getter)region_get_cycles, NULL, "processor cycles spent in its code, the entry under way included"},
    {"guards", (getter)region_get_guards, NULL, "guard number -> how often it failed"},
    {"after", (getter)region_get_after, NULL, "by exit: cycles that called functions took in the interpreter after leaving there"},
    {"exits", (getter)region_get_exits, NULL, "how often each exit was taken"},
    {NULL},
};

static PyMemberDef members[] = {
    {"entries", T_ULONGLONG, offsetof(Region, entries), READONLY, "how often it was entered"},
    {"ticks", T_ULONGLONG, offsetof(Region, ticks), READONLY, "how many back edges to the header were taken"},
    {"look_at", T_ULONGLONG, offsetof(Region, look_at), 0, "number of entries at which on_region is told to look"},
    {"ask_cycles", T_ULONGLONG, offsetof(Region, ask_cycles), 0, "on_region is told \"busy\" once `cycles` gets there; 0: never"},
    {"buf_size", T_INT, offsetof(Region, buf_size), READONLY},
    {"inline_depth", T_INT, offsetof(Region, inline_depth), READONLY},
    {"names", T_OBJECT, offsetof(Region, names), READONLY},
    {"called", T_BOOL, offsetof(Region, called), 0, "a whole function, entered where compiled code calls it"},
    {"entered", T_BOOL, offsetof(Region, entered), 0, "entered also where the interpreter calls it"},
    {"data", T_OBJECT, offsetof(Region, data), 0, "the owner's: anything to be kept as long as the region"},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Region, weakrefs), READONLY},
    {NULL},
};

PyTypeObject RegionType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "jitney._runtime.Region",
    .tp_basicsize = sizeof(Region),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Region(address, blob, consts, buf_size, inline_depth=0, names=None, code=None): machine code with its exit records.",
    .tp_new = region_new,
    .tp_dealloc = (destructor)region_dealloc,
    .tp_traverse = (traverseproc)region_traverse,
    .tp_clear = (inquiry)region_clear,
    .tp_weaklistoffset = offsetof(Region, weakrefs),
    .tp_methods = methods,
    .tp_getset = getset,
    .tp_members = members,
};
