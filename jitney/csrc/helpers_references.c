/* Releasing references: which deaths can be seen by the program, and storing floats over old boxes. */
#include "helpers.h"
#define _PY_DATETIME_IMPL  /* the structures alone: no pointer of this file to the C API, which nothing here would use */
#include <datetime.h>

/* Types whose instances refer to nothing that could run code when they die. */
static int
is_leaf_type(PyTypeObject *type)
{
    return type == &PyLong_Type || type == &PyFloat_Type || type == &PyUnicode_Type || type == &PyBytes_Type || type == &PyComplex_Type
        || type == &PyBaseObject_Type || type == &PyRange_Type || type == &PyRangeIter_Type || type == &PyLongRangeIter_Type || type == &PyByteArray_Type;
}

/* tp_dealloc of classes made by `class`. */
static destructor subtype_dealloc;

static int
is_plain_class(PyTypeObject *type)
{
    if (type->tp_dealloc != subtype_dealloc || type->tp_finalize != NULL || type->tp_del != NULL) {
        return 0;
    }
    while (type->tp_dealloc == subtype_dealloc) {
        type = type->tp_base;
    }
    return type == &PyBaseObject_Type || type == &PyTuple_Type || type == &PyList_Type;
}

static int
has_weak_references(PyObject *object)
{
    Py_ssize_t offset = Py_TYPE(object)->tp_weaklistoffset;
    return offset != 0 && *(PyObject **)((char *)object + offset) != NULL;
}

/* TABLE of the standard library's classes made in C, by tp_name, whose instances' death runs no code of theirs: those that refer to nothing,
   those that refer to a time zone or to nothing, and those whose tp_traverse tells of all that they refer to. In alphabetical order. */
static const char *const leaf_classes[] = {"datetime.date", "datetime.timedelta", "decimal.Decimal"};
static const char *const zoned_classes[] = {"datetime.datetime", "datetime.time"};
static const char *const container_classes[] = {
    "collections.deque", "dict_itemiterator", "dict_items", "dict_keyiterator", "dict_keys", "dict_valueiterator",
    "dict_values", "filter", "functools.partial", "itertools.accumulate", "itertools.chain", "itertools.combinations", "itertools.count",
    "itertools.cycle", "itertools.islice", "itertools.pairwise", "itertools.permutations", "itertools.product", "itertools.repeat",
    "itertools.starmap", "itertools.takewhile", "itertools.zip_longest", "map", "operator.attrgetter", "operator.itemgetter",
    "operator.methodcaller", "re.Match", "set_iterator",
};

static int
compare_names(const void *name, const void *entry)
{
    return strcmp(name, *(const char *const *)entry);
}

static int
is_among(const char *name, const char *const *names, size_t count)
{
    return bsearch(name, names, count, sizeof(char *), compare_names) != NULL;
}

enum { UNLISTED, LEAF, ZONED, CONTAINER };

typedef struct {
    PyTypeObject *type;
    destructor dealloc;
    traverseproc traverse;
    int kind;
} Listed;

static Listed *
look_up(Listed *listed, PyTypeObject *type)
{
    *listed = (Listed){type, type->tp_dealloc, type->tp_traverse, UNLISTED};
    if (is_leaf_type(type) || is_among(type->tp_name, leaf_classes, Py_ARRAY_LENGTH(leaf_classes))) {
        listed->kind = LEAF;
    }
    else if (is_among(type->tp_name, zoned_classes, Py_ARRAY_LENGTH(zoned_classes))) {
        listed->kind = ZONED;
    }
    else if (is_among(type->tp_name, container_classes, Py_ARRAY_LENGTH(container_classes))) {
        listed->kind = CONTAINER;
    }
    return listed;
}

/* A class made by `class` may have any name; those made in C that have one of these are the standard library's. Where a class is gone, what
   comes to lie in its place and has the same functions dies the same way. */
static inline int
listed_as(PyTypeObject *type)
{
    static Listed found[64];
    if (type->tp_dealloc == subtype_dealloc || type->tp_finalize != NULL || type->tp_del != NULL) {
        return UNLISTED;
    }
    Listed *listed = &found[((uintptr_t)type >> 5) % Py_ARRAY_LENGTH(found)];
    if (listed->type != type || listed->dealloc != type->tp_dealloc || listed->traverse != type->tp_traverse) {
        listed = look_up(listed, type);
    }
    return listed->kind;
}

static inline int
is_leaf(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (type == &PyLong_Type || type == &PyUnicode_Type) {
        return 1;
    }
    int kind = listed_as(type);
    return kind == LEAF || (kind == ZONED && !_PyDateTime_HAS_TZINFO(object)) || _Py_IsImmortal(object);
}

/* Whether the object's own death runs no code and its tp_traverse tells of all that it refers to. */
static int
dies_quietly(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (type == &PyCell_Type || type == &PyListIter_Type || type == &PyTupleIter_Type ||
        type == &PyUnicodeIter_Type || type == &PySlice_Type || type == &PyEnum_Type || type == &PyZip_Type || type == &PyReversed_Type ||
        type == &PyListRevIter_Type || type == &PyRangeIter_Type) {
        return 1;
    }
    if (type == &PyDict_Type) {
        return compat_dict_watchers((PyDictObject *)object) == 0;
    }
    if (type == &PyGen_Type && ((PyGenObject *)object)->gi_frame_state != FRAME_CLEARED) {
        return 0; /* it is closed, which runs its code */
    }
    if (type == &PyFunction_Type && !watch_is_silent(object)) {
        return 0;
    }
    return (is_plain_class(type) || type == &PyFunction_Type || type == &PyGen_Type || type == &PyMethod_Type || type == &PyCFunction_Type || type == &PySet_Type || type == &PyFrozenSet_Type
            || listed_as(type) == CONTAINER)
        && !has_weak_references(object);
}

/* What would die with an object, found by trial. An object with one reference dies with the one that refers to it, and is gone into at once;
   of each other one that is referred to from the dying, how many references go is counted. */
enum { FEW = 16 /* gone through; more have a table */, MAX_REACHED = 400, SLOTS = 1024, MAX_VISITS = 1 << 16, MAX_DEPTH = 40 };

typedef struct {
    PyObject *object;
    Py_ssize_t released;
    int expanded;
} Reached;

typedef struct {
    int count;
    int visits;
    int depth;
    Reached reached[MAX_REACHED];
    uint16_t slots[SLOTS]; /* by address, from FEW objects on: number in `reached` + 1, or 0 */
} Trial;

static uint16_t *
slot_of(Trial *trial, PyObject *object)
{
    uint64_t at = ((uint64_t)(uintptr_t)object >> 4) * 0x9E3779B97F4A7C15u >> 54; /* SLOTS: 10 bits */
    while (trial->slots[at] && trial->reached[trial->slots[at] - 1].object != object) {
        at = (at + 1) % SLOTS;
    }
    return &trial->slots[at];
}

static Reached *
find_reached(Trial *trial, PyObject *object)
{
    if (trial->count > FEW) {
        uint16_t slot = *slot_of(trial, object);
        return slot ? &trial->reached[slot - 1] : NULL;
    }
    for (int i = 0; i < trial->count; i++) {
        if (trial->reached[i].object == object) {
            return &trial->reached[i];
        }
    }
    return NULL;
}

static void
add_reached(Trial *trial, PyObject *object)
{
    trial->reached[trial->count++] = (Reached){object, 1, 0};
    if (trial->count == FEW + 1) {
        memset(trial->slots, 0, sizeof trial->slots);
        for (int i = 0; i < FEW; i++) {
            *slot_of(trial, trial->reached[i].object) = (uint16_t)(i + 1);
        }
    }
    if (trial->count > FEW) {
        *slot_of(trial, object) = (uint16_t)trial->count;
    }
}

static int visit_contents(PyObject *object, Trial *trial);

static int
visit(PyObject *object, void *arg)
{
    Trial *trial = arg;
    if (++trial->visits > MAX_VISITS) {
        return 1;
    }
    if (is_leaf(object)) {
        return 0;
    }
    if (Py_REFCNT(object) == 1 && trial->depth < MAX_DEPTH) {
        trial->depth++;
        int noticed = visit_contents(object, trial);
        trial->depth--;
        return noticed;
    }
    Reached *known = find_reached(trial, object);
    if (known != NULL) {
        known->released++;
        return 0;
    }
    if (trial->count == MAX_REACHED) {
        return 1;
    }
    add_reached(trial, object);
    return 0;
}

static inline int
visit_one(PyObject *object, Trial *trial)
{
    return object != NULL && !is_leaf(object) && visit(object, trial);
}

static int
visit_items(PyObject *const *items, Py_ssize_t count, Trial *trial)
{
    while (--count >= 0) {
        if (visit_one(items[count], trial)) {
            return 1;
        }
    }
    return 0;
}

static int
visit_dict(PyDictObject *dict, Trial *trial)
{
    PyDictKeysObject *keys = dict->ma_keys;
    if (DK_IS_UNICODE(keys)) {
        const PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
        for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
            if (visit_one(entries[i].me_value, trial)) {
                return 1;
            }
        }
        return 0;
    }
    const PyDictKeyEntry *entries = DK_ENTRIES(keys);
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
        if (visit_one(entries[i].me_value, trial) || (entries[i].me_value != NULL && visit_one(entries[i].me_key, trial))) {
            return 1;
        }
    }
    return 0;
}

static int
visit_set(PySetObject *set, Trial *trial)
{
    for (Py_ssize_t i = 0, left = set->used; left > 0 && i <= set->mask; i++) {
        PyObject *key = set->table[i].key;
        if (key != NULL && set->table[i].hash != -1) { /* not a deleted one's stand-in */
            left--;
            if (visit_one(key, trial)) {
                return 1;
            }
        }
    }
    return 0;
}

/* tp_traverse of one that dies; without a call for each item of the commonest. */
static int
visit_contents(PyObject *object, Trial *trial)
{
    if (PyTuple_CheckExact(object)) {
        return visit_items(((PyTupleObject *)object)->ob_item, Py_SIZE(object), trial);
    }
    if (PyList_CheckExact(object)) {
        return visit_items(((PyListObject *)object)->ob_item, Py_SIZE(object), trial);
    }
    if (listed_as(Py_TYPE(object)) == ZONED) {
        return visit(strcmp(Py_TYPE(object)->tp_name, "datetime.time") ? ((PyDateTime_DateTime *)object)->tzinfo : ((PyDateTime_Time *)object)->tzinfo,
                     trial);
    }
    if (!dies_quietly(object) || Py_TYPE(object)->tp_traverse == NULL) {
        return 1;
    }
    if (PyDict_CheckExact(object) && ((PyDictObject *)object)->ma_values == NULL) {
        return visit_dict((PyDictObject *)object, trial);
    }
    if (PyAnySet_CheckExact(object)) {
        return visit_set((PySetObject *)object, trial);
    }
    return Py_TYPE(object)->tp_traverse(object, visit, trial);
}

/* Whether what the trial has reached so far can be released without running Python code. */
static int
releases_quietly(Trial *trial)
{
    for (int changed = 1; changed;) {
        changed = 0;
        for (int i = 0; i < trial->count; i++) {
            Reached *one = &trial->reached[i];
            if (one->expanded || Py_REFCNT(one->object) > one->released) {
                continue;
            }
            if (visit_contents(one->object, trial)) {
                return 0;
            }
            trial->reached[i].expanded = 1;
            changed = 1;
        }
    }
    return 1;
}

static __attribute__((noinline)) int /* the trial is large: its place on the stack costs time */
is_quiet_by_trial(PyObject *object)
{
    Trial trial;
    trial.count = trial.visits = trial.depth = 0;
    return visit(object, &trial) == 0 && releases_quietly(&trial);
}

static int
has_leaves_only(PyObject *tuple)
{
    for (Py_ssize_t i = Py_SIZE(tuple); --i >= 0;) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);
        if (item != NULL && !is_leaf(item)) {
            return 0;
        }
    }
    return 1;
}

/* Whether releasing one reference to the object runs no Python code. */
static inline int
is_quiet(PyObject *object)
{
    return Py_REFCNT(object) > 1 || is_leaf(object) || (PyTuple_CheckExact(object) && has_leaves_only(object))
        || is_quiet_by_trial(object);
}

int
jitney_die_unnoticed(PyObject *const *objects, Py_ssize_t count)
{
    Trial trial;
    trial.count = -1; /* none needed so far */
    trial.visits = trial.depth = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (Py_REFCNT(objects[i]) > count || is_leaf(objects[i])) {
            continue;
        }
        trial.count = trial.count < 0 ? 0 : trial.count;
        if (visit(objects[i], &trial)) {
            return 0;
        }
    }
    return trial.count < 0 || releases_quietly(&trial);
}

/* Releases the last reference to an object whose death runs no code. */
static void
jitney_dealloc(PyObject *object)
{
    Py_DECREF(object);
}

/* Releases a reference where nothing can be noticed of it and says so; else does nothing. */
int
jitney_drop_quiet(PyObject *object)
{
    if (!is_quiet(object)) {
        return 0;
    }
    Py_DECREF(object);
    return 1;
}

/* Stores a new box for `value` over *place. 0, with no effect, where that is NULL or where releasing it could run code
   (or would release further objects: machine code relies on this touching the old object only). */
static int
jitney_store_float(PyObject **place, PyObject *old, double value)
{
    if (old == NULL || !(is_leaf(old) || Py_REFCNT(old) > 1)) {
        return 0;
    }
    *place = MUST(PyFloat_FromDouble(value));
    Py_DECREF(old);
    return 1;
}

/* The functions of lower/shared.py, for code that is made quickly. */
static void
jitney_release(PyObject *object)
{
    Py_DECREF(object);
}

static int
jitney_release_quietly(PyObject *object)
{
    if (Py_REFCNT(object) == 1 && !is_quiet(object)) {
        return 0;
    }
    Py_DECREF(object);
    return 1;
}

/* NULL and no exception is a normal answer of some helpers. */
static int
jitney_error_occurred(void)
{
    return PyErr_Occurred() != NULL;
}

int
jitney_setup_references(void)
{
    PyObject *type = PyObject_CallFunction((PyObject *)&PyType_Type, "s(){}", "plain");
    if (type == NULL) {
        return -1;
    }
    subtype_dealloc = ((PyTypeObject *)type)->tp_dealloc;
    Py_DECREF(type);
    return 0;
}

const JitneyHelper jitney_reference_helpers[] = {
    HELPER(dealloc), {"dealloc_leaf", (void *)jitney_dealloc}, {"dealloc_any", (void *)jitney_dealloc}, HELPER(drop_quiet), HELPER(store_float), HELPER(error_occurred), HELPER(release), HELPER(release_quietly),
    HELPER(link), HELPER(push_frames), HELPER(pop_frames), HELPER(drop_framed), HELPERS_END,
};
