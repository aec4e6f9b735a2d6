/* The values of exit records: objects that compiled code did without are made. */
#include "runtime.h"
#include "helpers.h"
#include <alloca.h>
#include "internal/pycore_list.h"
#include "internal/pycore_range.h"
#include "internal/pycore_tuple.h"

/* How the private iterators begin; so in both versions. */
typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *sequence;
} SequenceIterator; /* list_iterator, list_reverseiterator, tuple_iterator, str_ascii_iterator */

typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *iterator;
} Enumerate;

typedef struct {
    PyObject_HEAD
    Py_ssize_t size;
    PyObject *iterators;
} Zip;

static PyObject *empty_list, *empty_str;

/* ---- entries ---- */

const int virtual_fields[N_VIRTUALS] = {-1, -1, 3, 3, 2, 2, 2, -1, 2, 3, 2, 2, 1, 3, 4, -1, -1, 2, 6};

int
is_number_field(int kind, int i)
{
    switch (kind) {
    case VIRTUAL_RANGE:
    case VIRTUAL_RANGE_ITER:
    case VIRTUAL_RANGE_ITER_DOWN:
        return 1;
    case VIRTUAL_LIST_SLICE:
        return i > 0;
    case VIRTUAL_GENERATOR:
        return i == 2;
    case VIRTUAL_LIST_ITER:
    case VIRTUAL_TUPLE_ITER:
    case VIRTUAL_REVERSED_LIST:
    case VIRTUAL_STR_ITER:
    case VIRTUAL_ENUMERATE:
        return i == 1;
    case VIRTUAL_RUNNING:
        return i == 0;
    default:
        return 0;
    }
}

static int64_t
raw_field(JitContext *cx, const Exit *exit, const Made *made, int32_t ref)
{
    if (ref < 0) {
        return 0;
    }
    const Entry *entry = &exit->entries[ref];
    switch (entry->tag) {
    case ENTRY_INT:
    case ENTRY_BOOL:
        return (int64_t)cx->values[entry->k];
    case ENTRY_INT_CONST:
        return entry->value;
    default:
        return PyLong_AsLongLong(made->objects[ref]);
    }
}

static PyObject *
sequence_iterator(PyObject *iterator, PyObject *sequence, Py_ssize_t index)
{
    SequenceIterator *it = (SequenceIterator *)iterator;
    it->index = index;
    if (sequence == NULL) { /* exhausted: 3.13's list iterators go by the index */
        it->index = -1;
        Py_CLEAR(it->sequence);
    }
    return iterator;
}

static PyObject *
make_virtual(JitContext *cx, const Exit *exit, const Entry *entry, const Made *made)
{
    const int32_t *f = entry->fields;
    switch (entry->k) {
    case VIRTUAL_TUPLE: {
        PyObject *tuple = MUST(PyTuple_New(entry->n));
        for (int i = 0; i < entry->n; i++) {
            PyTuple_SET_ITEM(tuple, i, Py_XNewRef(field(made, f[i])));
        }
        return tuple;
    }
    case VIRTUAL_LIST: {
        PyObject *list = MUST(PyList_New(entry->n));
        for (int i = 0; i < entry->n; i++) {
            PyList_SET_ITEM(list, i, Py_XNewRef(field(made, f[i])));
        }
        return list;
    }
    case VIRTUAL_RANGE:
        return MUST(PyObject_CallFunction((PyObject *)&PyRange_Type, "LLL", (long long)raw_field(cx, exit, made, f[0]),
                                                (long long)raw_field(cx, exit, made, f[1]), (long long)raw_field(cx, exit, made, f[2])));
    case VIRTUAL_RANGE_ITER:
    case VIRTUAL_RANGE_ITER_DOWN: {
        _PyRangeIterObject *it = (_PyRangeIterObject *)MUST(PyObject_New(_PyRangeIterObject, &PyRangeIter_Type));
        long current = (long)raw_field(cx, exit, made, f[0]), stop = (long)raw_field(cx, exit, made, f[1]), step = (long)raw_field(cx, exit, made, f[2]);
        long distance = step > 0 ? stop - current : current - stop, stride = step > 0 ? step : -step;
        it->start = current;
        it->len = distance > 0 ? (distance - 1) / stride + 1 : 0;
        it->step = step;
        return (PyObject *)it;
    }
    case VIRTUAL_LIST_SLICE: {
        return MUST(jitney_list_slice_step(field(made, f[0]), raw_field(cx, exit, made, f[1]), raw_field(cx, exit, made, f[2]), raw_field(cx, exit, made, f[3])));
    }
    case VIRTUAL_LIST_ITER: {
        PyObject *list = field(made, f[0]);
        return sequence_iterator(MUST(PyObject_GetIter(list ? list : empty_list)), list, (Py_ssize_t)raw_field(cx, exit, made, f[1]));
    }
    case VIRTUAL_TUPLE_ITER: {
        PyObject *tuple = field(made, f[0]), *empty = tuple ? NULL : PyTuple_New(0) /* the one that there is */;
        PyObject *it = sequence_iterator(MUST(PyObject_GetIter(tuple ? tuple : empty)), tuple, (Py_ssize_t)raw_field(cx, exit, made, f[1]));
        Py_XDECREF(empty);
        return it;
    }
    case VIRTUAL_REVERSED_LIST: {
        PyObject *list = field(made, f[0]);
        PyObject *it = MUST(PyObject_CallMethod(list ? list : empty_list, "__reversed__", NULL));
        return sequence_iterator(it, list, (Py_ssize_t)raw_field(cx, exit, made, f[1]));
    }
    case VIRTUAL_STR_ITER: {
        PyObject *str = field(made, f[0]);
        return sequence_iterator(MUST(PyObject_GetIter(str ? str : empty_str)), str, (Py_ssize_t)raw_field(cx, exit, made, f[1]));
    }
    case VIRTUAL_ENUMERATE: {
        PyObject *object = MUST(PyObject_CallOneArg((PyObject *)&PyEnum_Type, empty_list));
        Enumerate *enumerate = (Enumerate *)object;
        enumerate->index = (Py_ssize_t)raw_field(cx, exit, made, f[1]);
        Py_SETREF(enumerate->iterator, Py_XNewRef(field(made, f[0])));
        return object;
    }
    case VIRTUAL_ZIP: {
        PyObject *arguments = MUST(PyTuple_New(entry->n)), *iterators = MUST(PyTuple_New(entry->n));
        for (int i = 0; i < entry->n; i++) {
            PyTuple_SET_ITEM(arguments, i, Py_NewRef(empty_list));
            PyTuple_SET_ITEM(iterators, i, Py_XNewRef(field(made, f[i])));
        }
        PyObject *object = MUST(PyObject_CallObject((PyObject *)&PyZip_Type, arguments));
        Py_DECREF(arguments);
        Py_SETREF(((Zip *)object)->iterators, iterators);
        return object;
    }
    case VIRTUAL_METHOD:
        return MUST(PyMethod_New(field(made, f[0]), field(made, f[1])));
    case VIRTUAL_SLICE:
        return MUST(PySlice_New(field(made, f[0]), field(made, f[1]), field(made, f[2])));
    case VIRTUAL_DICT: {
        PyObject *dict = MUST(PyDict_New());
        for (int i = 0; i + 1 < entry->n; i += 2) {
            MUST(PyDict_SetItem(dict, field(made, f[i]), field(made, f[i + 1])) < 0 ? NULL : dict);
        }
        return dict;
    }
    case VIRTUAL_GENERATOR: { /* code, globals, where it goes on, function, slots and stack */
        PyObject **values = alloca(sizeof(PyObject *) * (size_t)entry->n);
        for (int i = 4; i < entry->n; i++) {
            values[i - 4] = field(made, f[i]);
        }
        int offset = (int)raw_field(cx, exit, made, f[2]);
        return offset < 0 ? generator_new(field(made, f[3])) : generator_suspended(field(made, f[3]), offset, values, entry->n - 4);
    }
    case VIRTUAL_RUNNING: /* `make_frames` has it run */
        return generator_new(field(made, f[1]));
    case VIRTUAL_FUNCTION: { /* code, globals, and what SET_FUNCTION_ATTRIBUTE sets */
        static const int flags[] = {1, 2, 4, 8};
        PyObject *function = MUST(jitney_make_function(field(made, f[0]), field(made, f[1])));
        for (int i = 0; i < 4; i++) {
            if (f[i + 2] >= 0) {
                jitney_set_function_attribute(function, field(made, f[i + 2]), flags[i]);
            }
        }
        return function;
    }
    case VIRTUAL_CELL:
        return MUST(PyCell_New(field(made, f[0])));
    default:
        Py_UNREACHABLE(); /* decoding checked */
    }
}

/* With `hand_over` the references of OBJ_OWNED entries become ours. */
void
make_entries(JitContext *cx, const Exit *exit, Made *made, int hand_over)
{
    for (int i = 0; i < exit->n_entries; i++) {
        const Entry *entry = &exit->entries[i];
        PyObject *object = NULL;
        int owned = 1;
        switch (entry->tag) {
        case ENTRY_OBJ_OWNED:
            object = (PyObject *)cx->values[entry->k];
            owned = hand_over;
            break;
        case ENTRY_OBJ_BORROWED:
            object = (PyObject *)cx->values[entry->k];
            owned = 0;
            break;
        case ENTRY_CONST:
            object = cx->region->consts[entry->k];
            owned = 0;
            break;
        case ENTRY_INT:
            object = entry->as_object ? MUST(PyLong_FromLongLong((int64_t)cx->values[entry->k])) : NULL;
            break;
        case ENTRY_INT_CONST:
            object = entry->as_object ? MUST(PyLong_FromLongLong(entry->value)) : NULL;
            break;
        case ENTRY_FLOAT: {
            double number;
            memcpy(&number, &cx->values[entry->k], sizeof number);
            object = MUST(PyFloat_FromDouble(number));
            break;
        }
        case ENTRY_BOOL:
            object = cx->values[entry->k] & 1 ? Py_True : Py_False;
            owned = 0;
            break;
        case ENTRY_VIRTUAL:
            if ((entry->k != VIRTUAL_GENERATOR && entry->k != VIRTUAL_RUNNING) || hand_over) { /* else: on a stack, where nobody sees whether it is; its end might run code */
                object = make_virtual(cx, exit, entry, made);
            }
            break;
        }
        CHECK(object == NULL || (Py_REFCNT(object) > 0 && Py_TYPE(object) != NULL));
        made->objects[i] = object;
        made->owned[i] = (uint8_t)owned;
    }
}

void
release_entry(Made *made, int32_t ref)
{
    if (ref >= 0 && made->owned[ref]) {
        made->owned[ref] = 0;
        Py_XDECREF(made->objects[ref]);
    }
}

void
release_entries(const Exit *exit, Made *made)
{
    for (int i = 0; i < exit->n_entries; i++) {
        release_entry(made, i);
    }
}

/* For machine code. */
void
jitney_set_index(PyObject *iterator, int64_t index)
{
    ((SequenceIterator *)iterator)->index = (Py_ssize_t)index;
}

int
made_setup(void)
{
    if (empty_list == NULL) {
        empty_list = PyList_New(0);
        empty_str = PyUnicode_FromString("");
    }
    return empty_list == NULL || empty_str == NULL ? -1 : 0;
}
