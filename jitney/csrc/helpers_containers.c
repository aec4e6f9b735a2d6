/* Helpers on exact built-in containers and strings; none runs Python code or looks at a frame. */
#include "helpers.h"

/* Takes new references to the items. */
static PyObject *
jitney_tuple_new(PyObject **items, int64_t count)
{
    PyObject *tuple = MUST(PyTuple_New(count));
    for (int64_t i = 0; i < count; i++) {
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(items[i]));
    }
    return tuple;
}

static PyObject *
jitney_list_new(PyObject **items, int64_t count)
{
    PyObject *list = MUST(PyList_New(count));
    for (int64_t i = 0; i < count; i++) {
        PyList_SET_ITEM(list, i, Py_NewRef(items[i]));
    }
    return list;
}

/* -1: there is no memory, and the interpreter is to say so. */
static int
jitney_list_append(PyObject *list, PyObject *item)
{
    if (PyList_Append(list, item) < 0) {
        PyErr_Clear();
        return -1;
    }
    return 0;
}

static PyObject *
jitney_build_string(PyObject **parts, int64_t count)
{
    if (count == 2) {
        return PyUnicode_Concat(parts[0], parts[1]);
    }
    PyObject *tuple = PyTuple_New(count);
    PyObject *empty = PyUnicode_New(0, 0);
    PyObject *joined = NULL;
    if (tuple != NULL && empty != NULL) {
        for (int64_t i = 0; i < count; i++) {
            PyTuple_SET_ITEM(tuple, i, Py_NewRef(parts[i]));
        }
        joined = PyUnicode_Join(empty, tuple);
    }
    Py_XDECREF(tuple);
    Py_XDECREF(empty);
    return joined;
}

static PyObject *
jitney_build_slice(PyObject *start, PyObject *stop, PyObject *step)
{
    return MUST(PySlice_New(start, stop, step));
}

static PyObject *jitney_list_slice(PyObject *list, int64_t start, int64_t stop) { return PyList_GetSlice(list, start, stop); }

/* Bounds as a slice object would have them; the least i64 stands for None. */
PyObject *
jitney_list_slice_step(PyObject *list, int64_t start, int64_t stop, int64_t step)
{
    Py_ssize_t first = start != INT64_MIN ? start : step > 0 ? 0 : PY_SSIZE_T_MAX;
    Py_ssize_t last = stop != INT64_MIN ? stop : step > 0 ? PY_SSIZE_T_MAX : PY_SSIZE_T_MIN;
    Py_ssize_t count = PySlice_AdjustIndices(PyList_GET_SIZE(list), &first, &last, step);
    PyObject *result = PyList_New(count);
    for (Py_ssize_t i = 0; result != NULL && i < count; i++) {
        PyList_SET_ITEM(result, i, Py_NewRef(PyList_GET_ITEM(list, first + i * step)));
    }
    return result;
}

/* list[start:stop] = other, an exact list or tuple: NULL with no effect where an item's death could be noticed or memory is short. */
static PyObject *
jitney_list_assign_slice(PyObject *list, int64_t start, int64_t stop, PyObject *other)
{
    Py_ssize_t first = start != INT64_MIN ? start : 0, last = stop != INT64_MIN ? stop : PY_SSIZE_T_MAX;
    PySlice_AdjustIndices(PyList_GET_SIZE(list), &first, &last, 1);
    if (last > first && !jitney_die_unnoticed(((PyListObject *)list)->ob_item + first, last - first)) {
        return NULL;
    }
    if (other != list && last - first == Py_SIZE(other)) {
        PyObject **from = PySequence_Fast_ITEMS(other);
        for (Py_ssize_t i = first; i < last; i++) {
            PyObject *old = PyList_GET_ITEM(list, i);
            PyList_SET_ITEM(list, i, Py_NewRef(from[i - first]));
            Py_DECREF(old);
        }
        return Py_None;
    }
    if (PyList_SetSlice(list, first, last, other) < 0) {
        PyErr_Clear();
        return NULL;
    }
    return Py_None;
}

/* list[start:stop] = other[from:to:step] without the list in between; else as list_assign_slice. */
static PyObject *
jitney_list_copy_slice(PyObject *list, int64_t start, int64_t stop, PyObject *other, int64_t from, int64_t to, int64_t step)
{
    enum { LONGEST = 64 };
    Py_ssize_t first = start != INT64_MIN ? start : 0, last = stop != INT64_MIN ? stop : PY_SSIZE_T_MAX;
    PySlice_AdjustIndices(PyList_GET_SIZE(list), &first, &last, 1);
    Py_ssize_t begin = from != INT64_MIN ? from : step > 0 ? 0 : PY_SSIZE_T_MAX;
    Py_ssize_t end = to != INT64_MIN ? to : step > 0 ? PY_SSIZE_T_MAX : PY_SSIZE_T_MIN;
    Py_ssize_t count = PySlice_AdjustIndices(PyList_GET_SIZE(other), &begin, &end, step);
    if (count == last - first && count <= LONGEST) {
        PyObject *items[LONGEST], **target = ((PyListObject *)list)->ob_item + first;
        for (Py_ssize_t i = 0; i < count; i++) {
            items[i] = PyList_GET_ITEM(other, begin + i * step);
        }
        for (Py_ssize_t i = 0; i < count; i++) {
            Py_INCREF(items[i]);
        }
        if (jitney_die_unnoticed(target, count)) {
            for (Py_ssize_t i = 0; i < count; i++) {
                PyObject *old = target[i];
                target[i] = items[i];
                Py_DECREF(old);
            }
            return Py_None;
        }
        for (Py_ssize_t i = 0; i < count; i++) {
            Py_DECREF(items[i]);
        }
        return NULL;
    }
    PyObject *slice = jitney_list_slice_step(other, from, to, step);
    if (slice == NULL) {
        PyErr_Clear();
        return NULL;
    }
    PyObject *result = jitney_list_assign_slice(list, start, stop, slice);
    Py_DECREF(slice);
    return result;
}

static PyObject *
jitney_str_slice(PyObject *text, int64_t start, int64_t stop)
{
    return PyUnicode_Substring(text, start, stop < start ? start : stop);
}

static PyObject *
jitney_str_get(PyObject *text, int64_t index)
{
    return MUST(PyUnicode_FromOrdinal((int)PyUnicode_READ_CHAR(text, index)));
}

static int64_t
jitney_str_ord(PyObject *text, int64_t index)
{
    return PyUnicode_READ_CHAR(text, index);
}

static int
jitney_str_eq(PyObject *a, PyObject *b)
{
    if (a == b) {
        return 1;
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(a);
    int kind = PyUnicode_KIND(a);
    return length == PyUnicode_GET_LENGTH(b) && kind == (int)PyUnicode_KIND(b) &&
           memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), (size_t)(length * kind)) == 0;
}

/* The item at a valid index, taken out of the list. */
static PyObject *
take(PyListObject *list, Py_ssize_t index)
{
    Py_ssize_t rest = Py_SIZE(list) - 1;
    PyObject *item = list->ob_item[index];
    if (rest < list->allocated >> 1 || rest == 0) { /* the list gets a smaller block */
        Py_INCREF(item);
        if (PyList_SetSlice((PyObject *)list, index, index + 1, NULL) == 0) {
            return item;
        }
        PyErr_Clear(); /* no memory: it keeps the larger one */
        Py_DECREF(item);
    }
    memmove(&list->ob_item[index], &list->ob_item[index + 1], (size_t)(rest - index) * sizeof(PyObject *));
    Py_SET_SIZE(list, rest);
    return item;
}

static PyObject *
jitney_list_pop(PyObject *list)
{
    Py_ssize_t size = Py_SIZE(list);
    return size == 0 ? NULL : take((PyListObject *)list, size - 1);
}

static PyObject *
jitney_list_pop_at(PyObject *list, int64_t index)
{
    Py_ssize_t size = Py_SIZE(list);
    if (index < 0) {
        index += size;
    }
    return index < 0 || index >= size ? NULL : take((PyListObject *)list, index);
}

static int jitney_list_insert(PyObject *list, int64_t index, PyObject *item) { return PyList_Insert(list, index, item); }
static PyObject *jitney_list_concat(PyObject *a, PyObject *b) { return PySequence_Concat(a, b); }
static PyObject *jitney_list_repeat(PyObject *a, int64_t count) { return PySequence_Repeat(a, count); }

/* What it replaced (the reference is handed over), or None. */
static PyObject *
jitney_attr_init(PyObject *object, int64_t index, PyObject *value)
{
    PyDictValues *values = compat_inline_values(object);
    PyObject *old = values->values[index];
    values->values[index] = Py_NewRef(value);
    if (old == NULL) {
        _PyDictValues_AddToInsertionOrder(values, index);
        old = Py_NewRef(Py_None);
    }
    return old;
}

/* The same for a __slots__ member. */
static PyObject *
jitney_slot_init(PyObject *object, int64_t offset, PyObject *value)
{
    PyObject **place = (PyObject **)((char *)object + offset), *old = *place;
    *place = Py_NewRef(value);
    return old == NULL ? Py_NewRef(Py_None) : old;
}

static int64_t jitney_dict_len(PyObject *dict) { return PyDict_GET_SIZE(dict); }
static int64_t jitney_set_len(PyObject *set) { return PySet_GET_SIZE(set); }

const JitneyHelper jitney_container_helpers[] = {
    HELPER(tuple_new), HELPER(list_new), HELPER(list_append), HELPER(build_string), HELPER(build_slice), HELPER(list_slice), HELPER(list_slice_step), HELPER(list_assign_slice), HELPER(list_copy_slice), HELPER(str_slice),
    HELPER(str_get), HELPER(str_ord), HELPER(str_eq), HELPER(list_pop), HELPER(list_pop_at), HELPER(list_insert), HELPER(list_concat),
    HELPER(list_repeat), HELPER(attr_init), HELPER(slot_init), HELPER(dict_len),
    HELPER(set_len), HELPERS_END,
};
