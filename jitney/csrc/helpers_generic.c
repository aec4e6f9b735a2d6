/* The generic instructions: what the interpreter does with boxed operands. May run anything. */
#include "helpers.h"

static PyObject *jitney_compare_lt(PyObject *a, PyObject *b) { return PyObject_RichCompare(a, b, Py_LT); }
static PyObject *jitney_compare_le(PyObject *a, PyObject *b) { return PyObject_RichCompare(a, b, Py_LE); }
static PyObject *jitney_compare_eq(PyObject *a, PyObject *b) { return PyObject_RichCompare(a, b, Py_EQ); }
static PyObject *jitney_compare_ne(PyObject *a, PyObject *b) { return PyObject_RichCompare(a, b, Py_NE); }
static PyObject *jitney_compare_gt(PyObject *a, PyObject *b) { return PyObject_RichCompare(a, b, Py_GT); }
static PyObject *jitney_compare_ge(PyObject *a, PyObject *b) { return PyObject_RichCompare(a, b, Py_GE); }

static int jitney_is_true(PyObject *a) { return PyObject_IsTrue(a); }
static int jitney_contains(PyObject *container, PyObject *item) { return PySequence_Contains(container, item); }
static PyObject *jitney_get_item(PyObject *a, PyObject *b) { return PyObject_GetItem(a, b); }
static int jitney_set_item(PyObject *a, PyObject *key, PyObject *value) { return PyObject_SetItem(a, key, value); }
static int jitney_del_item(PyObject *a, PyObject *key) { return PyObject_DelItem(a, key); }
static PyObject *jitney_get_attr(PyObject *a, PyObject *name) { return PyObject_GetAttr(a, name); }
static int jitney_set_attr(PyObject *a, PyObject *name, PyObject *value) { return PyObject_SetAttr(a, name, value); }
static PyObject *jitney_get_iter(PyObject *a) { return PyObject_GetIter(a); }
static int jitney_is_instance(PyObject *a, PyObject *cls) { return PyObject_IsInstance(a, cls); }

/* NULL without an exception: exhausted. */
static PyObject *
jitney_iter_next(PyObject *iterator)
{
    PyObject *item = Py_TYPE(iterator)->tp_iternext(iterator);
    if (item == NULL && PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_StopIteration)) {
        PyErr_Clear();
    }
    return item;
}

/* Iterators of built-in containers, behind the header: how many words they consist of, and which of these is the reference that they let
   go of at their end (Objects/dictobject.c, setobject.c, listobject.c, tupleobject.c). */
typedef struct {
    PyObject_HEAD
    uintptr_t words[5];
} Iterator;

typedef struct {
    uint8_t words, container;
} IteratorShape;

static IteratorShape
shape_of(PyTypeObject *type)
{
    if (type == &PyDictIterKey_Type || type == &PyDictIterItem_Type || type == &PyDictIterValue_Type || type == &PyDictRevIterKey_Type ||
        type == &PyDictRevIterValue_Type || type == &PyDictRevIterItem_Type) {
        return (IteratorShape){5, 0};
    }
    if (type == &PySetIter_Type) {
        return (IteratorShape){4, 0};
    }
    if (type == &PyListIter_Type || type == &PyTupleIter_Type || type == &PyListRevIter_Type) {
        return (IteratorShape){2, 1};
    }
    return (IteratorShape){0, 0};
}

#define UNSURE ((PyObject *)1)

/* NULL: exhausted. UNSURE, with no effect: the interpreter is to do it, since there is an exception to be raised, or what the iterator went
   through is about to die, and that runs code. */
static PyObject *
jitney_iter_next_plain(PyObject *object)
{
    Iterator *iterator = (Iterator *)object;
    IteratorShape shape = shape_of(Py_TYPE(object));
    uintptr_t before[5];
    for (int i = 0; i < shape.words; i++) {
        before[i] = iterator->words[i];
    }
    PyObject *container = shape.words ? Py_XNewRef((PyObject *)before[shape.container]) : NULL;
    PyObject *item = Py_TYPE(object)->tp_iternext(object);
    if (item != NULL) {
        Py_XDECREF(container);
        return item;
    }
    int failed = PyErr_Occurred() != NULL;
    PyErr_Clear();
    int let_go = container != NULL && iterator->words[shape.container] == 0;
    if (!failed && container == NULL) {
        return NULL;
    }
    if (!failed && (!let_go || Py_REFCNT(container) > 1)) {
        Py_DECREF(container);
        return NULL;
    }
    if (!failed && jitney_drop_quiet(container)) {
        return NULL;
    }
    for (int i = 0; i < shape.words; i++) {
        iterator->words[i] = before[i];
    }
    if (!let_go) {
        Py_XDECREF(container);
    }
    return UNSURE;
}

/* The word before `args` is free for the callee's use. */
static PyObject *jitney_list_to_tuple(PyObject *list) { return PyList_AsTuple(list); }

/* MAKE_FUNCTION, without what the flags of 3.12 add to it. */
PyObject *
jitney_make_function(PyObject *code, PyObject *globals)
{
    PyObject *function = PyFunction_New(code, globals);
    if (function != NULL) {
        compat_set_function_version((PyFunctionObject *)function, ((PyCodeObject *)code)->co_version);
    }
    return function;
}

/* SET_FUNCTION_ATTRIBUTE of a function just made, whose attribute is not set. */
void
jitney_set_function_attribute(PyObject *object, PyObject *value, int64_t which)
{
    PyFunctionObject *function = (PyFunctionObject *)object;
    PyObject **place = which == 8 ? &function->func_closure : which == 4 ? &function->func_annotations
        : which == 2 ? &function->func_kwdefaults : &function->func_defaults;
    Py_XSETREF(*place, Py_NewRef(value));
}

static PyObject *
jitney_build_map(PyObject **items, int64_t count)
{
    PyObject *dict = PyDict_New();
    for (int64_t i = 0; dict != NULL && i < count; i += 2) {
        if (PyDict_SetItem(dict, items[i], items[i + 1]) < 0) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

static PyObject *
jitney_build_set(PyObject **items, int64_t count)
{
    PyObject *set = PySet_New(NULL);
    for (int64_t i = 0; set != NULL && i < count; i++) {
        if (PySet_Add(set, items[i]) < 0) {
            Py_CLEAR(set);
        }
    }
    return set;
}

static PyObject *
jitney_format_simple(PyObject *value)
{
    return PyUnicode_CheckExact(value) ? Py_NewRef(value) : PyObject_Format(value, NULL);
}

static PyObject *
jitney_format_with_spec(PyObject *value, PyObject *spec)
{
    return PyObject_Format(value, spec);
}

static PyObject *
jitney_convert_value(PyObject *value, int64_t how)
{
    return how == 1 ? PyObject_Str(value) : how == 2 ? PyObject_Repr(value) : PyObject_ASCII(value);
}

static int
jitney_list_extend(PyObject *list, PyObject *iterable)
{
    if (Py_TYPE(iterable)->tp_iter == NULL && !PySequence_Check(iterable)) {
        PyErr_Format(PyExc_TypeError, "Value after * must be an iterable, not %.200s", Py_TYPE(iterable)->tp_name);
        return -1;
    }
    Py_ssize_t end = PyList_GET_SIZE(list);
    if (PyList_CheckExact(iterable) || PyTuple_CheckExact(iterable)) {
        return PyList_SetSlice(list, end, end, iterable);
    }
    PyObject *name = PyUnicode_InternFromString("extend");
    PyObject *result = name ? PyObject_CallMethodOneArg(list, name, iterable) : NULL;
    Py_XDECREF(name);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static int jitney_set_add(PyObject *set, PyObject *item) { return PySet_Add(set, item); }

static int
jitney_set_update(PyObject *set, PyObject *other)
{
    return _PySet_Update(set, other);
}

static PyObject *
jitney_new_instance(PyObject *cls)
{
    static PyObject *nothing;
    if (nothing == NULL && (nothing = PyTuple_New(0)) == NULL) {
        return NULL;
    }
    return PyBaseObject_Type.tp_new((PyTypeObject *)cls, nothing, NULL);
}

static PyObject *
jitney_make_tuple(PyObject *cls, PyObject **items, int64_t count)
{
    PyObject *tuple = ((PyTypeObject *)cls)->tp_alloc((PyTypeObject *)cls, (Py_ssize_t)count);
    for (int64_t i = 0; tuple != NULL && i < count; i++) {
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(items[i]));
    }
    return tuple;
}

static PyObject *
jitney_is_subclass(PyObject *cls, PyObject *classes)
{
    if (!PyType_Check(cls)) {
        return NULL;
    }
    for (Py_ssize_t i = PyTuple_GET_SIZE(classes); --i >= 0;) {
        if (PyType_IsSubtype((PyTypeObject *)cls, (PyTypeObject *)PyTuple_GET_ITEM(classes, i))) {
            return Py_True;
        }
    }
    return Py_False;
}

static PyObject *
jitney_class_get(PyObject *cls, PyObject *name)
{
    PyObject *found = Py_IS_TYPE(cls, &PyType_Type) ? _PyType_Lookup((PyTypeObject *)cls, name) : NULL;
    if (found == NULL) {
        return NULL;
    }
    PyTypeObject *type = Py_TYPE(found);
    return type->tp_descr_get == NULL || type == &PyFunction_Type || type == &PyMethodDescr_Type || type == &PyWrapperDescr_Type ? found : NULL;
}

static int
jitney_dict_update(PyObject *dict, PyObject *other)
{
    int result = PyDict_Update(dict, other);
    if (result < 0 && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not a mapping", Py_TYPE(other)->tp_name);
    }
    return result;
}

static PyObject *
jitney_load_name(PyObject *locals, PyObject *name)
{
    _PyInterpreterFrame *frame = compat_current_frame(PyThreadState_Get());
    PyObject *found = NULL;
    if (PyDict_CheckExact(locals)) {
        found = Py_XNewRef(PyDict_GetItemWithError(locals, name));
        if (found == NULL && PyErr_Occurred()) {
            return NULL;
        }
    } else {
        found = PyObject_GetItem(locals, name);
        if (found == NULL) {
            if (!PyErr_ExceptionMatches(PyExc_KeyError)) {
                return NULL;
            }
            PyErr_Clear();
        }
    }
    if (found == NULL) {
        found = Py_XNewRef(PyDict_GetItemWithError(frame->f_globals, name));
        if (found == NULL && PyErr_Occurred()) {
            return NULL;
        }
    }
    if (found == NULL) {
        found = PyObject_GetItem(frame->f_builtins, name);
        if (found == NULL && PyErr_ExceptionMatches(PyExc_KeyError)) {
            PyErr_Clear();
            PyErr_Format(PyExc_NameError, "name '%.200s' is not defined", PyUnicode_AsUTF8(name));
            PyObject *error = PyErr_GetRaisedException();
            if (error != NULL && Py_IS_TYPE(error, (PyTypeObject *)PyExc_NameError)) {
                (void)PyObject_SetAttrString(error, "name", name);
            }
            PyErr_SetRaisedException(error);
        }
    }
    return found;
}

static PyObject *
jitney_import_name(PyObject *level, PyObject *fromlist, PyObject *name)
{
    _PyInterpreterFrame *frame = compat_current_frame(PyThreadState_Get());
    PyObject *function = PyMapping_GetItemString(frame->f_builtins, "__import__");
    if (function == NULL) {
        if (PyErr_ExceptionMatches(PyExc_KeyError)) {
            PyErr_SetString(PyExc_ImportError, "__import__ not found");
        }
        return NULL;
    }
    PyObject *locals = frame->f_locals == NULL ? Py_None : frame->f_locals;
    PyObject *args[] = {NULL, name, frame->f_globals, locals, fromlist, level};
    PyObject *module = PyObject_Vectorcall(function, args + 1, 5 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    Py_DECREF(function);
    return module;
}

static int jitney_namespace_set(PyObject *dict, PyObject *name, PyObject *value) { return PyDict_SetItem(dict, name, value); }

/* The same code under another name: known to run no Python code with the operands it gets. */
#define PLAIN(NAME) {#NAME "_plain", (void *)jitney_##NAME}

const JitneyHelper jitney_generic_helpers[] = {
    HELPER(compare_lt), HELPER(compare_le), HELPER(compare_eq), HELPER(compare_ne), HELPER(compare_gt), HELPER(compare_ge),
    HELPER(is_true), HELPER(contains), HELPER(get_item), HELPER(set_item), HELPER(del_item), HELPER(get_attr), HELPER(set_attr), HELPER(get_iter),
    HELPER(is_instance), HELPER(iter_next), HELPER(call), HELPER(call_function), HELPER(call_kw), HELPER(call_ex), HELPER(list_to_tuple), HELPER(make_function), HELPER(set_function_attribute), HELPER(build_map), HELPER(build_set),
    HELPER(format_simple), HELPER(format_with_spec), HELPER(convert_value), HELPER(list_extend), HELPER(set_add), HELPER(dict_update),
    HELPER(set_update), HELPER(new_instance), HELPER(make_tuple), HELPER(is_subclass), HELPER(class_get), PLAIN(get_iter), HELPER(iter_next_plain), PLAIN(call), PLAIN(build_map), PLAIN(build_set), PLAIN(contains), PLAIN(get_item), PLAIN(format_simple),
    HELPER(load_name), HELPER(import_name), HELPER(namespace_set),     HELPERS_END,
};
