/* The compiler's garbage. A compilation leaves thousands of objects in cycles, and the program's collector is neither to count them in what
   `gc.collect()` returns nor to go through them. So the compiler's objects are taken out of the collector's lists while it works, before other
   threads get to run; when a piece of work is done, what is garbage among them is freed here, and the rest goes into the oldest generation.

   The way to tell garbage is the collector's own: references from within a set of objects are subtracted from their counts, and what is left
   over, with all that can be reached from it, is alive. */
#include "runtime.h"
#include "internal/pycore_gc.h"

static PyGC_Head hidden;
static PyObject *looked_at; /* a list of ours that stands in the young generation behind all that was looked at; NULL: nothing is hidden */
enum { OLDEST = 2 };

static struct _gc_runtime_state *
collector(void)
{
    return &PyThreadState_GET()->interp->gc;
}

static PyObject *
object_of(PyGC_Head *gc)
{
    return (PyObject *)(gc + 1);
}

/* 2: of what lives as long as the program. */
static int
names_us(PyObject *module)
{
    if (module == NULL || !PyUnicode_Check(module) || !PyUnicode_IS_COMPACT_ASCII(module)) {
        return 0;
    }
    const char *name = (const char *)PyUnicode_DATA(module);
    if (strncmp(name, "jitney.live.", 12) == 0 || strncmp(name, "jitney.record.", 14) == 0) {
        return 2;
    }
    return strncmp(name, "jitney.", 7) == 0 || strncmp(name, "llvmlite.", 9) == 0;
}

/* An instance of a class of the compiler's or of llvmlite's, but for those with finalizers, or a function of theirs. */
static int
is_ours(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (PyFunction_Check(object)) {
        return names_us(((PyFunctionObject *)object)->func_module);
    }
    if (PyType_Check(object)) { /* ctypes makes one for each length of an array, which is garbage soon */
        return strcmp(type->tp_name, "_ctypes.PyCArrayType") == 0;
    }
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || type->tp_finalize != NULL || type->tp_dict == NULL) {
        return 0;
    }
    return names_us(PyDict_GetItemWithError(type->tp_dict, &_Py_ID(__module__)));
}

/* ---- out of sight ---- */

static void
move_to(PyGC_Head *gc, PyGC_Head *list)
{
    PyGC_Head *before = _PyGCHead_PREV(gc), *after = _PyGCHead_NEXT(gc);
    _PyGCHead_SET_NEXT(before, after);
    _PyGCHead_SET_PREV(after, before);
    PyGC_Head *last = _PyGCHead_PREV(list);
    _PyGCHead_SET_NEXT(last, gc);
    _PyGCHead_SET_PREV(gc, last);
    _PyGCHead_SET_NEXT(gc, list);
    _PyGCHead_SET_PREV(list, gc);
}

void
jitney_hide(void)
{
    jitney_keep_out_of_reach();
    if (looked_at == NULL || collector()->collecting) {
        return;
    }
    PyGC_Head *young = &collector()->generations[0].head, *mark = _Py_AS_GC(looked_at);
    for (PyGC_Head *at = _PyGCHead_PREV(young), *before; at != young && at != mark; at = before) {
        before = _PyGCHead_PREV(at);
        if (is_ours(object_of(at))) {
            move_to(at, &hidden);
        }
    }
    move_to(mark, young);
}

/* ---- a set of objects, with what is left of their reference counts ---- */

typedef struct {
    PyObject *object;
    Py_ssize_t left;
    int alive;
} Item;

typedef struct {
    Item *items;
    size_t n, room;
    uint32_t *places; /* by address: index in items + 1 */
    size_t mask;
    Item **waiting; /* alive, to be gone through yet */
    size_t n_waiting;
    int failed;
} Set;

static uint32_t *
place_of(Set *set, PyObject *object)
{
    size_t at = ((uintptr_t)object >> 4) * 0x9E3779B97F4A7C15u >> 32;
    while (set->places[at & set->mask] && set->items[set->places[at & set->mask] - 1].object != object) {
        at++;
    }
    return &set->places[at & set->mask];
}

static int
make_room(Set *set)
{
    size_t room = set->room ? set->room * 2 : 1024;
    Item *items = PyMem_RawRealloc(set->items, room * sizeof(Item));
    if (items == NULL) {
        return 0;
    }
    set->items = items;
    uint32_t *places = PyMem_RawCalloc(room * 2, sizeof(uint32_t));
    if (places == NULL) {
        return 0;
    }
    PyMem_RawFree(set->places);
    set->places = places;
    set->room = room;
    set->mask = room * 2 - 1;
    for (size_t i = 0; i < set->n; i++) {
        *place_of(set, items[i].object) = (uint32_t)(i + 1);
    }
    return 1;
}

static void
add(Set *set, PyObject *object)
{
    if (set->failed || (set->n == set->room && !make_room(set))) {
        set->failed = 1;
        return;
    }
    uint32_t *place = place_of(set, object);
    if (*place == 0) {
        set->items[set->n++] = (Item){object, Py_REFCNT(object), 0};
        *place = (uint32_t)set->n;
    }
}

static Item *
item_of(Set *set, PyObject *object)
{
    uint32_t place = *place_of(set, object);
    return place ? &set->items[place - 1] : NULL;
}

/* What the compiler's objects are connected by. The program's containers are among these only if nothing but dead objects of the compiler's refers to
   them; a module's variables are not, so that the program's heap is not gone through. */
static int
connects(PyObject *object)
{
    if (PyDict_Check(object) && !(Py_TYPE(object)->tp_flags & Py_TPFLAGS_HEAPTYPE)) { /* 3.12 has another kind for the types of ctypes */
        return PyDict_GetItemWithError(object, &_Py_ID(__name__)) == NULL;
    }
    return PyList_CheckExact(object) || PyTuple_CheckExact(object) || PyAnySet_CheckExact(object) || PyCell_Check(object) || PyMethod_Check(object) ||
           Py_IS_TYPE(object, &PyGetSetDescr_Type);
}

static int
visit_add(PyObject *object, void *set)
{
    if (PyObject_IS_GC(object) && !_Py_IsImmortal(object) && (connects(object) || is_ours(object) == 1)) {
        add(set, object); /* ours too: a collection may have come first, which took it for the program's */
    }
    return 0;
}

static int
visit_subtract(PyObject *object, void *set)
{
    Item *item = item_of(set, object);
    if (item != NULL) {
        item->left--;
    }
    return 0;
}

static void
revive(Set *set, Item *item)
{
    if (item != NULL && !item->alive) {
        item->alive = 1;
        set->waiting[set->n_waiting++] = item;
    }
}

static int
visit_revive(PyObject *object, void *set)
{
    revive(set, item_of(set, object));
    return 0;
}

static int
find_alive(Set *set)
{
    set->waiting = PyMem_RawMalloc(set->n * sizeof(Item *));
    if (set->waiting == NULL) {
        return 0;
    }
    for (size_t i = 0; i < set->n; i++) {
        if (set->items[i].left > 0) {
            revive(set, &set->items[i]);
        }
    }
    while (set->n_waiting > 0) {
        PyObject *object = set->waiting[--set->n_waiting]->object;
        Py_TYPE(object)->tp_traverse(object, visit_revive, set);
    }
    PyMem_RawFree(set->waiting);
    return 1;
}

static void
clear_garbage(Set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        if (!set->items[i].alive) {
            Py_INCREF(set->items[i].object);
        }
    }
    for (size_t i = 0; i < set->n; i++) {
        if (set->items[i].alive) {
            continue; /* it may be gone: something outside of the set kept it, which the garbage kept */
        }
        inquiry clear = Py_TYPE(set->items[i].object)->tp_clear;
        if (clear != NULL) {
            clear(set->items[i].object);
        }
    }
    for (size_t i = 0; i < set->n; i++) {
        if (!set->items[i].alive) {
            Py_DECREF(set->items[i].object);
        }
    }
}

static void
free_garbage(void)
{
    Set set = {0};
    for (PyGC_Head *at = _PyGCHead_NEXT(&hidden); at != &hidden; at = _PyGCHead_NEXT(at)) {
        add(&set, object_of(at));
    }
    for (size_t i = 0; i < set.n && !set.failed; i++) {
        Py_TYPE(set.items[i].object)->tp_traverse(set.items[i].object, visit_add, &set);
    }
    if (!set.failed && set.n) {
        for (size_t i = 0; i < set.n; i++) {
            Py_TYPE(set.items[i].object)->tp_traverse(set.items[i].object, visit_subtract, &set);
        }
        if (find_alive(&set)) {
            clear_garbage(&set);
        }
    }
    PyMem_RawFree(set.items);
    PyMem_RawFree(set.places);
}

/* ---- for Python ---- */

static PyObject *
begin_hiding(PyObject *module, PyObject *unused)
{
    if (looked_at == NULL) {
        looked_at = PyList_New(0);
        if (looked_at == NULL) {
            return NULL;
        }
        _PyGCHead_SET_NEXT(&hidden, &hidden);
        _PyGCHead_SET_PREV(&hidden, &hidden);
    }
    Py_RETURN_NONE;
}

static PyObject *
end_hiding(PyObject *module, PyObject *unused)
{
    jitney_hide();
    if (looked_at != NULL && !collector()->collecting) {
        free_garbage();
        PyGC_Head *oldest = &collector()->generations[OLDEST].head;
        while (_PyGCHead_NEXT(&hidden) != &hidden) {
            move_to(_PyGCHead_NEXT(&hidden), oldest);
        }
        Py_CLEAR(looked_at);
    }
    Py_RETURN_NONE;
}

static PyObject *
call_hidden(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    if (n < 1) {
        PyErr_SetString(PyExc_TypeError, "what is to be called?");
        return NULL;
    }
    jitney_hide();
    int was_apart = jitney_give_way();
    PyObject *result = PyObject_Vectorcall(args[0], args + 1, (size_t)n - 1, NULL);
    if (was_apart) {
        jitney_compile_apart(1);
    }
    return result;
}

PyMethodDef jitney_hidden_methods[] = {
    {"begin_hiding", begin_hiding, METH_NOARGS, "What the compiler makes from now on is out of the collector's sight."},
    {"end_hiding", end_hiding, METH_NOARGS, "Until now. Frees what is garbage of it."},
    {"call_hidden", (PyCFunction)(void (*)(void))call_hidden, METH_FASTCALL, "call_hidden(callable, *arguments): what gives way to other threads."},
    {NULL},
};
