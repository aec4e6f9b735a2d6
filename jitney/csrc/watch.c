/* Watchers: a region that relies on a type, a dict or a function is invalidated when that changes. */
#include "runtime.h"

static int type_watcher = -1, dict_watcher = -1, function_watcher = -1;

/* object -> the regions that watch it: an open-addressing table of small arrays */
typedef struct {
    void *object; /* NULL: free */
    Region **regions;
    int n, capacity;
} Slot;

static Slot *table;
static size_t table_size, table_used; /* table_size is a power of two */

static size_t
hash_of(void *object)
{
    return (size_t)((uintptr_t)object >> 4) * 0x9E3779B97F4A7C15ull >> 20;
}

static Slot *
find_slot(void *object)
{
    if (table_size == 0) {
        return NULL;
    }
    for (size_t i = hash_of(object);; i++) {
        Slot *slot = &table[i & (table_size - 1)];
        if (slot->object == object) {
            return slot;
        }
        if (slot->object == NULL) {
            return NULL;
        }
    }
}

static int
grow(void)
{
    size_t size = table_size ? table_size * 2 : 64, old_size = table_size;
    Slot *fresh = PyMem_Calloc(size, sizeof(Slot)), *old = table;
    if (fresh == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    table = fresh;
    table_size = size;
    table_used = 0;
    for (size_t i = 0; i < old_size; i++) {
        if (old[i].object == NULL) {
            continue;
        }
        if (old[i].n == 0) {
            PyMem_Free(old[i].regions);
            continue;
        }
        size_t j = hash_of(old[i].object);
        while (table[j & (size - 1)].object != NULL) {
            j++;
        }
        table[j & (size - 1)] = old[i];
        table_used++;
    }
    PyMem_Free(old);
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
    Slot *slot = find_slot(object);
    if (slot == NULL) {
        if ((table_used + 1) * 2 > table_size && grow() < 0) {
            return -1;
        }
        size_t i = hash_of(object);
        while (table[i & (table_size - 1)].object != NULL) {
            i++;
        }
        slot = &table[i & (table_size - 1)];
        slot->object = object;
        table_used++;
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
    Watch *watches = PyMem_Realloc(region->watches, sizeof(Watch) * (region->n_watches + 1));
    if (watches == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    region->watches = watches;
    watches[region->n_watches].object = object;
    watches[region->n_watches++].key = Py_XNewRef(key);
    for (int i = 0; i < slot->n; i++) {
        if (slot->regions[i] == region) {
            return 0;
        }
    }
    slot->regions[slot->n++] = region;
    return 0;
}

void
watch_forget(Region *region)
{
    for (Py_ssize_t i = 0; i < region->n_watches; i++) {
        Slot *slot = find_slot(region->watches[i].object);
        for (int j = 0; slot != NULL && j < slot->n; j++) {
            if (slot->regions[j] == region) {
                slot->regions[j] = slot->regions[--slot->n];
                break;
            }
        }
    }
    for (Py_ssize_t i = 0; i < region->n_watches; i++) {
        Py_XDECREF(region->watches[i].key);
    }
    PyMem_Free(region->watches);
    region->watches = NULL;
    region->n_watches = 0;
}

static int
same_key(PyObject *a, PyObject *b)
{
    return a == b || (PyUnicode_CheckExact(a) && PyUnicode_CheckExact(b) && PyUnicode_Compare(a, b) == 0);
}

/* `key` NULL: everything of the object; `gone`: the object dies, its address may come to mean another one. */
static void
changed(void *object, PyObject *key, int gone)
{
    Slot *slot = find_slot(object);
    for (int i = 0; slot != NULL && i < slot->n; i++) {
        Region *region = slot->regions[i];
        for (Py_ssize_t j = 0; region->valid && j < region->n_watches; j++) {
            Watch *watch = &region->watches[j];
            if (watch->object == object && (key == NULL || watch->key == NULL || same_key(watch->key, key))) {
                region_invalidate(region);
            }
        }
    }
    if (gone && slot != NULL) {
        slot->n = 0;
    }
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
        changed(dict, NULL, 0);
        break;
    case PyDict_EVENT_DEALLOCATED:
        changed(dict, NULL, 1);
        break;
    }
    return 0;
}

static int
function_changed(PyFunction_WatchEvent event, PyFunctionObject *function, PyObject *value)
{
    if (event != PyFunction_EVENT_CREATE) {
        changed(function, NULL, event == PyFunction_EVENT_DESTROY);
    }
    return 0;
}

int
watch_setup(void)
{
    if (type_watcher < 0 && ((type_watcher = PyType_AddWatcher(type_changed)) < 0 || (dict_watcher = PyDict_AddWatcher(dict_changed)) < 0
                             || (function_watcher = PyFunction_AddWatcher(function_changed)) < 0)) {
        return -1;
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
    /* A type without a version tag changes silently. */
    if (!PyUnstable_Type_AssignVersionTag(type)) {
        Py_RETURN_FALSE;
    }
    if (PyType_Watch(type_watcher, (PyObject *)type) < 0 || add(type, NULL, region) < 0) {
        return NULL;
    }
    /* Dying types give no event: the region keeps the type alive. */
    if (PyList_Append(region->types, (PyObject *)type) < 0) {
        return NULL;
    }
    Py_RETURN_TRUE;
}

PyObject *
watch_dict(PyObject *module, PyObject *args)
{
    PyObject *dict, *key;
    Region *region;
    if (!PyArg_ParseTuple(args, "O!OO!:watch_dict", &PyDict_Type, &dict, &key, &RegionType, &region)) {
        return NULL;
    }
    if (PyDict_Watch(dict_watcher, dict) < 0 || add(dict, key == Py_None ? NULL : key, region) < 0) {
        return NULL;
    }
    Py_RETURN_TRUE;
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
