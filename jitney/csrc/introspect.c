/* Answers of the interpreter's private structures that the region builder asks for: where instances keep attributes, what a descriptor stands for. */
#include "runtime.h"
#include "compat/compat.h"
#include <structmember.h>

static PyDictKeysObject *
shared_keys(PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || !(type->tp_flags & COMPAT_INLINE_VALUES_FLAG)) {
        return NULL;
    }
    return ((PyHeapTypeObject *)type)->ht_cached_keys;
}

Py_ssize_t
introspect_inline_index(PyTypeObject *type, PyObject *name)
{
    PyDictKeysObject *keys = shared_keys(type);
    if (keys != NULL && keys->dk_kind != DICT_KEYS_GENERAL) {
        for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
            PyObject *key = DK_UNICODE_ENTRIES(keys)[i].me_key;
            if (key == name || (key != NULL && PyUnicode_Compare(key, name) == 0)) {
                return i;
            }
        }
    }
    return -1;
}

static PyObject *
inline_index(PyObject *module, PyObject *args)
{
    PyObject *type, *name;
    if (!PyArg_ParseTuple(args, "O!U:inline_index", &PyType_Type, &type, &name)) {
        return NULL;
    }
    return PyLong_FromSsize_t(introspect_inline_index((PyTypeObject *)type, name));
}

static PyObject *
shared_keys_count(PyObject *module, PyObject *type)
{
    if (!PyType_Check(type)) {
        PyErr_SetString(PyExc_TypeError, "a type is needed");
        return NULL;
    }
    PyDictKeysObject *keys = shared_keys((PyTypeObject *)type);
    if (keys == NULL) {
        Py_RETURN_NONE;
    }
    return Py_BuildValue("(Ln)", (long long)(uintptr_t)&keys->dk_nentries, keys->dk_nentries);
}

Py_ssize_t
introspect_slot_offset(PyObject *descriptor)
{
    PyMemberDef *member = Py_IS_TYPE(descriptor, &PyMemberDescr_Type) ? ((PyMemberDescrObject *)descriptor)->d_member : NULL;
    return member == NULL || member->type != Py_T_OBJECT_EX || member->flags ? -1 : member->offset;
}

static PyObject *
slot_offset(PyObject *module, PyObject *descriptor)
{
    return PyLong_FromSsize_t(introspect_slot_offset(descriptor));
}

int
introspect_is_strange(PyTypeObject *cls)
{
    static PyObject *name;
    PyTypeObject *meta = Py_TYPE(cls);
    if (meta == &PyType_Type) {
        return 0;
    }
    if (name == NULL && (name = PyUnicode_InternFromString("__getattribute__")) == NULL) {
        PyErr_Clear();
        return 1;
    }
    return meta->tp_richcompare != PyType_Type.tp_richcompare || meta->tp_hash != PyType_Type.tp_hash
        || _PyType_Lookup(meta, name) != _PyType_Lookup(&PyType_Type, name);
}

static PyObject *
is_strange(PyObject *module, PyObject *cls)
{
    return PyBool_FromLong(introspect_is_strange((PyTypeObject *)cls));
}

static PyObject *
method_definition(PyObject *module, PyObject *descriptor)
{
    if (!Py_IS_TYPE(descriptor, &PyMethodDescr_Type)) {
        PyErr_SetString(PyExc_TypeError, "a method descriptor is needed");
        return NULL;
    }
    return PyLong_FromVoidPtr(((PyMethodDescrObject *)descriptor)->d_method);
}

/* How a C function or method is called (Include/methodobject.h): its flags, its address, and those of `self` of a function and of the class
   that a method is of. */
static PyObject *
native_function(PyObject *module, PyObject *callable)
{
    PyMethodDef *definition;
    void *self = NULL, *owner = NULL;
    if (Py_IS_TYPE(callable, &PyMethodDescr_Type)) {
        definition = ((PyMethodDescrObject *)callable)->d_method;
        owner = PyDescr_TYPE(callable);
    }
    else if (Py_IS_TYPE(callable, &PyCFunction_Type)) {
        definition = ((PyCFunctionObject *)callable)->m_ml;
        self = PyCFunction_GET_SELF(callable);
    }
    else {
        PyErr_SetString(PyExc_TypeError, "a C function or a method descriptor is needed");
        return NULL;
    }
    return Py_BuildValue("(iKKK)", definition->ml_flags, (unsigned long long)(uintptr_t)definition->ml_meth,
                         (unsigned long long)(uintptr_t)self, (unsigned long long)(uintptr_t)owner);
}

/* Whether attributes are read, and set, by object's rules. */
static PyObject *
attribute_access(PyObject *module, PyObject *object)
{
    if (!PyType_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "a type is needed");
        return NULL;
    }
    PyTypeObject *type = (PyTypeObject *)object;
    return Py_BuildValue("(ii)", type->tp_getattro == PyObject_GenericGetAttr, type->tp_setattro == PyObject_GenericSetAttr);
}

/* The caller knows that there is one. */
static PyObject *
object_at(PyObject *module, PyObject *address)
{
    void *object = PyLong_AsVoidPtr(address);
    return object == NULL ? NULL : Py_NewRef((PyObject *)object);
}

PyMethodDef jitney_introspect_methods[] = {
    {"inline_index", inline_index, METH_VARARGS, "inline_index(type, name) -> position among the inline values of instances, -1: none."},
    {"shared_keys_count", shared_keys_count, METH_O, "(address of the number of shared attribute names, that number) of a class, or None."},
    {"attribute_access", attribute_access, METH_O, "(whether attributes are read, whether they are set by object's rules)."},
    {"is_strange", is_strange, METH_O, "Whether a class's metaclass would notice that the class is asked for something, or compared."},
    {"slot_offset", slot_offset, METH_O, "Byte offset of a __slots__ member, -1: not a plain object slot."},
    {"method_definition", method_definition, METH_O, "Address of the PyMethodDef behind a method descriptor."},
    {"native_function", native_function, METH_O, "(flags, address, address of self, address of the class) of a C function or method."},
    {"object_at", object_at, METH_O, "The object at an address, which must be one that lives."},
    {NULL},
};
