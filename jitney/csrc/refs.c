/* Weak references of our own, which the program does not see (`weakref.getweakrefs` knows nothing of them) and which there are for dicts, too:
   to functions, classes, code objects, modules and dicts. What is recorded and compiled refers to the program's objects in this way.

   An object has at most one Ref at a time, so that Refs can be compared by identity. The watchers tell when it dies (watch.c). */
#include "runtime.h"

typedef struct {
    PyObject_HEAD
    PyObject *object; /* borrowed; NULL: dead */
    void *at;         /* what the watchers know it by: a class by its dict */
    PyObject *weak;   /* of a module, which has no watcher */
} Ref;

static PyTypeObject RefType;

/* at -> Ref, borrowed: open addressing. */
static Ref **table;
static size_t table_size, table_used; /* places, those of Refs taken out (TAKEN) included */
static Ref taken;
#define TAKEN (&taken)

static size_t
place_of(void *at)
{
    return (size_t)((uintptr_t)at >> 4) * 0x9E3779B97F4A7C15ull >> 20;
}

static Ref **
probe(void *at)
{
    if (table_size == 0) {
        return NULL;
    }
    for (size_t i = place_of(at);; i++) {
        Ref **place = &table[i & (table_size - 1)];
        if (*place == NULL) {
            return NULL;
        }
        if (*place != TAKEN && (*place)->at == at) {
            return place;
        }
    }
}

static int
make_room(void)
{
    if ((table_used + 1) * 2 <= table_size) {
        return 0;
    }
    size_t old_size = table_size, live = 0;
    for (size_t i = 0; i < old_size; i++) {
        live += table[i] != NULL && table[i] != TAKEN;
    }
    size_t size = 64;
    while (size < (live + 1) * 4) {
        size *= 2;
    }
    Ref **fresh = PyMem_Calloc(size, sizeof(Ref *)), **old = table;
    if (fresh == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    table = fresh;
    table_size = size;
    table_used = live;
    for (size_t i = 0; i < old_size; i++) {
        if (old[i] != NULL && old[i] != TAKEN) {
            size_t j = place_of(old[i]->at);
            while (table[j & (size - 1)] != NULL) {
                j++;
            }
            table[j & (size - 1)] = old[i];
        }
    }
    PyMem_Free(old);
    return 0;
}

static void
put(Ref *ref)
{
    size_t i = place_of(ref->at);
    while (table[i & (table_size - 1)] != NULL && table[i & (table_size - 1)] != TAKEN) {
        i++;
    }
    table_used += table[i & (table_size - 1)] == NULL;
    table[i & (table_size - 1)] = ref;
}

/* What is known by this dies. `type_only`: it is a dict that is being emptied; where it is a class's, that is the class's end. */
void
refs_died(void *at, int type_only)
{
    Ref **place = probe(at);
    if (place == NULL || (type_only && (*place)->object == at)) {
        return;
    }
    Ref *ref = *place;
    *place = TAKEN;
    ref->object = NULL;
    if (ref->weak != NULL) { /* has kept itself */
        Py_CLEAR(ref->weak);
        Py_DECREF(ref);
    }
}

static PyObject *
module_died(PyObject *address, PyObject *weak)
{
    watch_died(PyLong_AsVoidPtr(address));
    Py_RETURN_NONE;
}

static PyMethodDef module_died_def = {"module_died", module_died, METH_O, NULL};

int
is_referable(PyObject *object)
{
    return PyFunction_Check(object) || (PyType_Check(object) && ((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE) || PyCode_Check(object)
        || PyDict_CheckExact(object) || PyModule_Check(object);
}

/* New reference, for an object of one of the kinds. */
PyObject *
ref_of(PyObject *object)
{
    void *at = PyType_Check(object) ? (void *)((PyTypeObject *)object)->tp_dict : object;
    Ref **place = at != NULL ? probe(at) : NULL;
    if (place != NULL) {
        return Py_NewRef(*place);
    }
    if (at == NULL || watch_dies(object) < 0 || make_room() < 0) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_ReferenceError, "a class that is going");
        }
        return NULL;
    }
    Ref *ref = PyObject_New(Ref, &RefType);
    if (ref == NULL) {
        return NULL;
    }
    ref->object = NULL;
    ref->weak = NULL;
    ref->at = at;
    if (PyModule_Check(object)) {
        PyObject *address = PyLong_FromVoidPtr(object);
        PyObject *callback = address != NULL ? PyCFunction_New(&module_died_def, address) : NULL;
        ref->weak = callback != NULL ? PyWeakref_NewRef(object, callback) : NULL;
        Py_XDECREF(address);
        Py_XDECREF(callback);
        if (ref->weak == NULL) {
            Py_DECREF(ref);
            return NULL;
        }
        Py_INCREF(ref);
    }
    ref->object = object;
    put(ref);
    return (PyObject *)ref;
}

static void
ref_dealloc(Ref *self)
{
    if (self->object != NULL) {
        Ref **place = probe(self->at);
        if (place != NULL && *place == self) {
            *place = TAKEN;
        }
    }
    Py_XDECREF(self->weak);
    PyObject_Free(self);
}

static PyObject *
ref_call(Ref *self, PyObject *args, PyObject *kwargs)
{
    return Py_NewRef(self->object != NULL ? self->object : Py_None);
}

static PyTypeObject RefType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "jitney._runtime.Ref",
    .tp_basicsize = sizeof(Ref),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "Called, it gives the object, or None when that is dead.",
    .tp_dealloc = (destructor)ref_dealloc,
    .tp_call = (ternaryfunc)ref_call,
};

/* ---- whole structures ---- */

static PyObject *
map_items(PyObject *items, PyObject *(*change)(PyObject *))
{
    Py_ssize_t n = PySequence_Fast_GET_SIZE(items);
    PyObject *result = PyTuple_CheckExact(items) ? NULL : PyList_New(n);
    if (PyList_CheckExact(items) && result == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(items, i), *other = change(item);
        if (other == NULL) {
            Py_XDECREF(result);
            return NULL;
        }
        if (result == NULL && other != item) {
            result = PyTuple_New(n);
            for (Py_ssize_t j = 0; result != NULL && j < i; j++) {
                PyTuple_SET_ITEM(result, j, Py_NewRef(PyTuple_GET_ITEM(items, j)));
            }
            if (result == NULL) {
                Py_DECREF(other);
                return NULL;
            }
        }
        if (result == NULL) {
            Py_DECREF(other);
        }
        else if (PyList_CheckExact(items)) {
            PyList_SET_ITEM(result, i, other);
        }
        else {
            PyTuple_SET_ITEM(result, i, other);
        }
    }
    return result != NULL ? result : Py_NewRef(items);
}

static PyObject *
loosened(PyObject *thing)
{
    if (PyTuple_CheckExact(thing) || PyList_CheckExact(thing)) {
        return map_items(thing, loosened);
    }
    return is_referable(thing) ? ref_of(thing) : Py_NewRef(thing);
}

static PyObject *
tightened(PyObject *thing)
{
    if (PyTuple_CheckExact(thing) || PyList_CheckExact(thing)) {
        return map_items(thing, tightened);
    }
    if (!Py_IS_TYPE(thing, &RefType)) {
        return Py_NewRef(thing);
    }
    PyObject *object = ((Ref *)thing)->object;
    if (object == NULL) {
        PyErr_SetString(PyExc_ReferenceError, "dead");
        return NULL;
    }
    return Py_NewRef(object);
}

static PyObject *
loosen(PyObject *module, PyObject *thing)
{
    return loosened(thing);
}

static PyObject *
tighten(PyObject *module, PyObject *thing)
{
    return tightened(thing);
}

/* ---- letting go ---- */

static PyObject *waiting; /* a list */
static int scheduled;

static int
release_waiting(void *unused)
{
    scheduled = 0;
    Py_CLEAR(waiting);
    return 0;
}

/* Releases the reference (stolen) where the program's code may run, in its main thread, soon. */
void
release_later(PyObject *object)
{
    PyObject *exception = PyErr_GetRaisedException();
    if (waiting == NULL) {
        waiting = PyList_New(0);
    }
    if (waiting == NULL || PyList_Append(waiting, object) < 0) {
        PyErr_Clear(); /* no memory: it lives on */
    }
    else {
        Py_DECREF(object);
    }
    if (!scheduled) {
        scheduled = Py_AddPendingCall(release_waiting, NULL) == 0; /* else: with the next one */
    }
    PyErr_SetRaisedException(exception);
}

static PyObject *
release(PyObject *module, PyObject *list)
{
    if (!PyList_CheckExact(list)) {
        PyErr_SetString(PyExc_TypeError, "a list is needed");
        return NULL;
    }
    for (Py_ssize_t n = PyList_GET_SIZE(list); n > 0; n = PyList_GET_SIZE(list)) {
        PyObject *object = PyList_GET_ITEM(list, n - 1);
        Py_SET_SIZE(list, n - 1);
        if (dies_quietly(object)) {
            Py_DECREF(object);
        }
        else {
            release_later(object);
        }
    }
    Py_RETURN_NONE;
}

int
refs_setup(void)
{
    return PyType_Ready(&RefType);
}

PyMethodDef jitney_refs_methods[] = {
    {"loosen", loosen, METH_O, "loosen(thing): with a Ref for each function, class, code object, module and dict in (lists of) tuples."},
    {"tighten", tighten, METH_O, "tighten(thing): the other way round. ReferenceError: something of it is dead."},
    {"release", release, METH_O, "release(list): empties it; what dies of that, dies in the program's main thread, soon."},
    {NULL},
};
