/* Watchers: a region that relies on a type, a dict or a function is invalidated when that changes, and when something dies whose address is
   in its code: before the memory can come to be something else. */
#include "runtime.h"
#include "helpers.h"

static int type_watcher = -1, dict_watcher = -1, function_watcher = -1, code_watcher = -1;

/* (object, key) -> the regions that watch it: an open-addressing table of small arrays. Without a key, the regions that watch anything of the
   object, or have its variables in registers; with Py_None, those that watch all of a dict; with Py_Ellipsis, those for which it has only to live. Programs may change a variable of a watched namespace in their innermost loop, so
   that looking up whether anybody cares has to be quick. */
typedef struct {
    void *object;  /* NULL: free */
    PyObject *key; /* a string, Py_None or NULL */
    size_t hash;
    Region **regions;
    int n, capacity;
} Slot;

static Slot *table;
static size_t table_size, table_used; /* table_size is a power of two */

/* Of the hashes in the table, so that the many changes that nobody cares for need not look there. */
enum { FILTER_BITS = 1 << 12 };
static uint64_t filter[FILTER_BITS / 64];

/* Changes of variables that nobody cares for, until somebody comes to rely on something: a program may change one all the time. Held, so that
   no other string gets the address. */
enum { SILENT = 8 };
static struct {
    void *dict;
    PyObject *key;
    uint64_t relied; /* what that was then */
} silent[SILENT];
static uint64_t relied; /* how often somebody has come to */

static inline size_t
silent_index(PyObject *key)
{
    return (uintptr_t)key / sizeof(PyASCIIObject) % SILENT;
}

/* The key's hash is known: it is or was in a dict. */
static size_t
hash_of(void *object, PyObject *key)
{
    size_t hash = (size_t)((uintptr_t)object >> 4);
    if (key != NULL && key != Py_None) {
        hash ^= key == Py_Ellipsis ? 1 : (size_t)((PyASCIIObject *)key)->hash;
    }
    return hash * 0x9E3779B97F4A7C15ull >> 20;
}

static inline uint64_t *
filter_word(size_t hash)
{
    return &filter[hash % FILTER_BITS / 64];
}

static inline uint64_t
filter_bit(size_t hash)
{
    return 1ull << hash % 64;
}

static int
same_key(PyObject *a, PyObject *b)
{
    return a == b || (a != NULL && b != NULL && PyUnicode_Check(a) && PyUnicode_Check(b) && PyUnicode_Compare(a, b) == 0);
}

/* The slot, or the free one where it belongs. */
static Slot *
probe(void *object, PyObject *key, size_t hash)
{
    for (size_t i = hash;; i++) {
        Slot *slot = &table[i & (table_size - 1)];
        if (slot->object == NULL || (slot->hash == hash && slot->object == object && same_key(slot->key, key))) {
            return slot;
        }
    }
}

static Slot *
find_slot(void *object, PyObject *key)
{
    size_t hash = hash_of(object, key);
    if (!(*filter_word(hash) & filter_bit(hash))) {
        return NULL;
    }
    Slot *slot = probe(object, key, hash);
    return slot->object == NULL ? NULL : slot;
}

static int
grow(void)
{
    size_t size = 64, old_size = table_size, live = 0;
    for (size_t i = 0; i < old_size; i++) {
        live += table[i].n > 0;
    }
    while (size < (live + 1) * 4) { /* what is watched no more leaves room */
        size *= 2;
    }
    Slot *fresh = PyMem_Calloc(size, sizeof(Slot)), *old = table;
    if (fresh == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    table = fresh;
    table_size = size;
    table_used = 0;
    memset(filter, 0, sizeof(filter));
    for (size_t i = 0; i < old_size; i++) {
        if (old[i].object == NULL) {
            continue;
        }
        if (old[i].n == 0) {
            Py_XDECREF(old[i].key);
            PyMem_Free(old[i].regions);
            continue;
        }
        size_t j = old[i].hash;
        while (table[j & (size - 1)].object != NULL) {
            j++;
        }
        table[j & (size - 1)] = old[i];
        table_used++;
        *filter_word(old[i].hash) |= filter_bit(old[i].hash);
    }
    PyMem_Free(old);
    return 0;
}

static int
add_region(void *object, PyObject *key, Region *region)
{
    if ((table_used + 1) * 2 > table_size && grow() < 0) {
        return -1;
    }
    relied++;
    size_t hash = hash_of(object, key);
    Slot *slot = probe(object, key, hash);
    if (slot->object == NULL) {
        slot->object = object;
        slot->key = Py_XNewRef(key);
        slot->hash = hash;
        table_used++;
        *filter_word(hash) |= filter_bit(hash);
    }
    for (int i = 0; i < slot->n; i++) {
        if (slot->regions[i] == region) {
            return 0;
        }
    }
    if (slot->n == slot->capacity) {
        int capacity = slot->capacity ? slot->capacity * 2 : 2;
        Region **regions = PyMem_Realloc(slot->regions, sizeof(Region *) * capacity);
        if (regions == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        slot->regions = regions;
        slot->capacity = capacity;
    }
    slot->regions[slot->n++] = region;
    return 0;
}

static int
add(void *object, PyObject *key, Region *region)
{
    for (Py_ssize_t i = 0; i < region->n_watches; i++) {
        if (region->watches[i].object == object && region->watches[i].key == key) {
            return 0;
        }
    }
    Watch *watches = PyMem_Realloc(region->watches, sizeof(Watch) * (region->n_watches + 1));
    if (watches == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    region->watches = watches;
    watches[region->n_watches].object = object;
    watches[region->n_watches++].key = Py_XNewRef(key);
    return (key != Py_Ellipsis && add_region(object, NULL, region) < 0) || (key != NULL && add_region(object, key, region) < 0) ? -1 : 0;
}

static void
forget(void *object, PyObject *key, Region *region)
{
    Slot *slot = find_slot(object, key);
    for (int i = 0; slot != NULL && i < slot->n; i++) {
        if (slot->regions[i] == region) {
            slot->regions[i] = slot->regions[--slot->n];
            break;
        }
    }
}

void
watch_forget(Region *region)
{
    for (Py_ssize_t i = 0; i < region->n_watches; i++) {
        Watch *watch = &region->watches[i];
        forget(watch->object, NULL, region);
        if (watch->key != NULL) {
            forget(watch->object, watch->key, region);
            Py_DECREF(watch->key);
        }
    }
    PyMem_Free(region->watches);
    region->watches = NULL;
    region->n_watches = 0;
}

static void
invalidate_all(Slot *slot)
{
    for (int i = 0; slot != NULL && i < slot->n; i++) {
        CHECK(Py_REFCNT(slot->regions[i]) > 0);
        if (slot->regions[i]->valid) {
            region_invalidate(slot->regions[i]);
        }
    }
}

/* An object's death might, in the middle of the change that a watcher tells of. */
int
dies_quietly(PyObject *object)
{
    if (Py_REFCNT(object) > 1 || PyLong_CheckExact(object) || PyFloat_CheckExact(object) || PyUnicode_CheckExact(object) || PyBytes_CheckExact(object)) {
        return 1;
    }
    int quiet = PyTuple_CheckExact(object);
    for (Py_ssize_t i = 0; quiet && i < PyTuple_GET_SIZE(object); i++) {
        quiet = Py_REFCNT(PyTuple_GET_ITEM(object, i)) > 1;
    }
    return quiet;
}

/* `key` NULL: everything of the object; `gone`: the object dies, its address may come to mean another one (a region that runs keeps it). */
static void
changed(void *object, PyObject *key, int gone)
{
    if (key != NULL && PyUnicode_CheckExact(key)) {
        size_t i = silent_index(key);
        if (silent[i].dict == object && silent[i].key == key && silent[i].relied == relied) {
            return;
        }
        uint64_t before = relied;
        invalidate_all(find_slot(object, key));
        invalidate_all(find_slot(object, Py_None));
        silent[i].dict = object; /* what relied on it is not valid any more */
        Py_XSETREF(silent[i].key, Py_NewRef(key));
        silent[i].relied = before;
        return;
    }
    Slot *slot = find_slot(object, NULL); /* a key of another type may be equal to any */
    invalidate_all(slot);
    if (!gone) {
        return;
    }
    if (slot != NULL) {
        slot->n = 0;
    }
    slot = find_slot(object, Py_Ellipsis);
    invalidate_all(slot);
    if (slot != NULL) {
        slot->n = 0;
    }
}

void
watch_died(void *object)
{
    refs_died(object, 0);
    changed(object, NULL, 1);
}

static int
is_relied_on(void *object, PyObject *key)
{
    Slot *slot = find_slot(object, key);
    return slot != NULL && slot->n > 0;
}

/* Whether a function can die without anybody's being told of it: no region relies on it, and nobody else watches functions. */
int
watch_is_silent(PyObject *function)
{
    return !is_relied_on(function, NULL) && !is_relied_on(function, Py_Ellipsis)
        && (PyInterpreterState_Get()->active_func_watchers & ~(function_watcher < 0 ? 0 : 1 << function_watcher)) == 0;
}

static int
type_changed(PyTypeObject *type)
{
    changed(type, NULL, 0);
    return 0;
}

static int
dict_changed(PyDict_WatchEvent event, PyObject *dict, PyObject *key, PyObject *value)
{
    switch (event) {
    case PyDict_EVENT_ADDED:
    case PyDict_EVENT_MODIFIED:
    case PyDict_EVENT_DELETED:
        changed(dict, key, 0);
        break;
    case PyDict_EVENT_CLONED:
    case PyDict_EVENT_CLEARED:
        refs_died(dict, 1);
        changed(dict, NULL, 0);
        break;
    case PyDict_EVENT_DEALLOCATED:
        watch_died(dict);
        break;
    }
    return 0;
}

static int
function_changed(PyFunction_WatchEvent event, PyFunctionObject *function, PyObject *value)
{
    if (event == PyFunction_EVENT_DESTROY) {
        watch_died(function);
    }
    else if (event != PyFunction_EVENT_CREATE) {
        changed(function, NULL, 0);
    }
    return 0;
}

static PyObject *by_code; /* dict: what is known of code objects, by their ids */

PyObject *
watch_forget_with_code(PyObject *module, PyObject *dict)
{
    if (!PyDict_CheckExact(dict)) {
        PyErr_SetString(PyExc_TypeError, "a dict is needed");
        return NULL;
    }
    Py_XSETREF(by_code, Py_NewRef(dict));
    Py_RETURN_NONE;
}

static int
code_changed(PyCodeEvent event, PyCodeObject *code)
{
    if (event != PY_CODE_EVENT_DESTROY) {
        return 0;
    }
    watch_died(code);
    if (by_code != NULL && PyDict_GET_SIZE(by_code)) {
        Uncounted saved;
        jitney_begin_uncounted(&saved); /* what is known of it came uncounted */
        PyObject *exception = PyErr_GetRaisedException(), *key = PyLong_FromVoidPtr(code);
        if (key == NULL || PyDict_DelItem(by_code, key) < 0) {
            PyErr_Clear(); /* it was not there */
        }
        Py_XDECREF(key);
        PyErr_SetRaisedException(exception);
        jitney_end_uncounted(&saved);
    }
    return 0;
}

int
watch_setup(void)
{
    if (type_watcher < 0 && ((type_watcher = PyType_AddWatcher(type_changed)) < 0 || (dict_watcher = PyDict_AddWatcher(dict_changed)) < 0
                             || (function_watcher = PyFunction_AddWatcher(function_changed)) < 0 || (code_watcher = PyCode_AddWatcher(code_changed)) < 0)) {
        return -1;
    }
    return 0;
}

/* Whether a change of the dict may make a region invalid, be missed by one that has variables in registers, or run code of somebody else's.
   That a region needs the dict to live, as a constant, is none of these: nobody's cache is slower for being one. */
int
watch_tells(PyObject *dict)
{
    uint64_t watchers = compat_dict_watchers((PyDictObject *)dict);
    return watchers != 0 && (watchers != 1ull << dict_watcher || is_relied_on(dict, NULL));
}

/* Of an object's attributes some may lie in the object itself: compiled code (as the interpreter of 3.13 does not) stores there without the
   dict's watchers being told. From now on they are all in the dict. */
static int
have_values(PyObject *dict)
{
    int added = PyDict_GET_SIZE(dict) == 0;
    if (added && PyDict_SetItemString(dict, "", Py_None) < 0) {
        return -1;
    }
    PyObject *last = PyObject_CallMethod(dict, "popitem", NULL); /* has the dict make a table of its own */
    if (last == NULL) {
        return -1;
    }
    int result = added ? 0 : PyDict_SetItem(dict, PyTuple_GET_ITEM(last, 0), PyTuple_GET_ITEM(last, 1));
    Py_DECREF(last);
    CHECK(!compat_has_object_values((PyDictObject *)dict));
    return result;
}

/* Has the watchers tell when the object dies. A class does no later than its dict is emptied. */
int
watch_dies(PyObject *object)
{
    if (PyType_Check(object)) {
        object = ((PyTypeObject *)object)->tp_dict;
    }
    return object != NULL && PyDict_Check(object) ? PyDict_Watch(dict_watcher, object) : 0;
}

/* The region is invalidated when the object dies, if it is of those whose death is told. */
int
watch_life(PyObject *object, Region *region)
{
    if (PyModule_Check(object)) {
        PyObject *ref = ref_of(object); /* which lasts as long as the module */
        if (ref == NULL) {
            return -1;
        }
        Py_DECREF(ref);
        return add(object, Py_Ellipsis, region);
    }
    if (PyType_Check(object)) {
        if (!(((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
            return 0;
        }
        return watch_dies(object) < 0 ? -1 : add(((PyTypeObject *)object)->tp_dict, NULL, region);
    }
    if (PyFunction_Check(object) || PyCode_Check(object) || PyDict_CheckExact(object)) {
        return watch_dies(object) < 0 ? -1 : add(object, Py_Ellipsis, region);
    }
    return 0;
}

PyObject *
watch_type(PyObject *module, PyObject *args)
{
    PyTypeObject *type;
    Region *region;
    if (!PyArg_ParseTuple(args, "O!O!:watch_type", &PyType_Type, &type, &RegionType, &region)) {
        return NULL;
    }
    /* The watcher of types is told after the change: what was found in the class may be dead by then. */
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (base->tp_flags & Py_TPFLAGS_HEAPTYPE && (PyDict_Watch(dict_watcher, base->tp_dict) < 0 || add(base->tp_dict, Py_None, region) < 0)) {
            return NULL;
        }
    }
    /* A type without a version tag changes silently. */
    if (!PyUnstable_Type_AssignVersionTag(type)) {
        Py_RETURN_FALSE;
    }
    if (PyType_Watch(type_watcher, (PyObject *)type) < 0 || add(type, NULL, region) < 0) {
        return NULL;
    }
    Py_RETURN_TRUE;
}

/* `key` NULL: those that the region has in registers. */
static int
watch_variables(PyObject *dict, PyObject *key, Region *region)
{
    if (compat_has_object_values((PyDictObject *)dict) && have_values(dict) < 0) {
        return -1;
    }
    return PyDict_Watch(dict_watcher, dict) < 0 ? -1 : add(dict, key, region);
}

PyObject *
watch_dict(PyObject *module, PyObject *args)
{
    PyObject *dict, *key;
    Region *region;
    if (!PyArg_ParseTuple(args, "O!OO!:watch_dict", &PyDict_Type, &dict, &key, &RegionType, &region)) {
        return NULL;
    }
    if (key != Py_None && !PyUnicode_CheckExact(key)) {
        PyErr_SetString(PyExc_TypeError, "a watched key is a string");
        return NULL;
    }
    if (PyObject_Hash(key) == -1 || watch_variables(dict, key, region) < 0) { /* from now on the string has its hash */
        return NULL;
    }
    Py_RETURN_TRUE;
}

/* The region has variables of the namespace in registers: compiled code leaves rather than store into it by another name. */
PyObject *
watch_namespace(PyObject *module, PyObject *args)
{
    PyObject *dict;
    Region *region;
    if (!PyArg_ParseTuple(args, "O!O!:watch_namespace", &PyDict_Type, &dict, &RegionType, &region)) {
        return NULL;
    }
    if (watch_variables(dict, NULL, region) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *
watch_function(PyObject *module, PyObject *args)
{
    PyObject *function;
    Region *region;
    if (!PyArg_ParseTuple(args, "O!O!:watch_function", &PyFunction_Type, &function, &RegionType, &region)) {
        return NULL;
    }
    if (add(function, NULL, region) < 0) {
        return NULL;
    }
    Py_RETURN_TRUE;
}
