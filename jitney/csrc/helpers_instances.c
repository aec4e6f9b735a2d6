/* Attributes of instances, wherever those keep them: in inline values or in a dict. Since 3.12 each new instance of a class makes fewer places
   left for names that come later, so that the instances of many a class have dicts. */
#include "helpers.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_object.h"

enum { SCANNED = 64 };

/* The position of a name among the keys, -1: none. Names are interned, most of the time. `hint` is where it was last time. */
static inline Py_ssize_t
position(PyDictKeysObject *keys, PyObject *name, int64_t *hint)
{
    PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
    if (*hint < keys->dk_nentries && entries[*hint].me_key == name) {
        return *hint;
    }
    for (Py_ssize_t i = 0; i < keys->dk_nentries && i < SCANNED; i++) {
        if (entries[i].me_key == name) {
            *hint = i;
            return i;
        }
    }
    return -1;
}

/* The shared keys of an instance that has values but no dict. */
static inline PyDictKeysObject *
shared_keys(PyObject *object)
{
    return ((PyHeapTypeObject *)Py_TYPE(object))->ht_cached_keys;
}

static PyObject *
jitney_instance_get(PyObject *object, PyObject *name, int64_t *hint)
{
    PyDictObject *dict = (PyDictObject *)compat_instance_dict(object);
    if (dict != NULL) {
        PyDictKeysObject *keys = dict->ma_keys;
        Py_ssize_t i = keys->dk_kind == DICT_KEYS_GENERAL ? -1 : position(keys, name, hint);
        if (i >= 0) {
            PyObject *value = keys->dk_kind == DICT_KEYS_SPLIT ? dict->ma_values->values[i] : DK_UNICODE_ENTRIES(keys)[i].me_value;
            if (value != NULL) {
                return value;
            }
        }
        return jitney_dict_get((PyObject *)dict, name);
    }
    PyDictValues *values = compat_instance_values(object);
    Py_ssize_t i = values == NULL || shared_keys(object) == NULL ? -1 : position(shared_keys(object), name, hint);
    return i < 0 ? NULL : values->values[i];
}

static int
jitney_instance_lacks(PyObject *object, PyObject *name, int64_t *hint)
{
    PyObject *dict = compat_instance_dict(object);
    if (dict != NULL) {
        return jitney_dict_has(dict, name) == Py_False;
    }
    PyDictValues *values = compat_instance_values(object);
    Py_ssize_t i = values == NULL || shared_keys(object) == NULL ? -1 : position(shared_keys(object), name, hint);
    return i < 0 || values->values[i] == NULL;
}

/* As STORE_ATTR_WITH_HINT does it. NULL: the dict is not of that kind. */
static inline PyObject *
replace_in_dict(PyDictObject *dict, PyObject *name, PyObject *value, int64_t *hint)
{
    PyDictKeysObject *keys = dict->ma_keys;
    if (keys->dk_kind != DICT_KEYS_UNICODE || compat_dict_watchers(dict) || !_PyObject_GC_IS_TRACKED((PyObject *)dict)) {
        return NULL;
    }
    Py_ssize_t i = position(keys, name, hint);
    PyObject *old = i < 0 ? NULL : DK_UNICODE_ENTRIES(keys)[i].me_value;
    if (old != NULL) {
        DK_UNICODE_ENTRIES(keys)[i].me_value = Py_NewRef(value);
        PyInterpreterState *interp = PyThreadState_GET()->interp;
        dict->ma_version_tag = DICT_NEXT_VERSION(interp) | (dict->ma_version_tag & (DICT_VERSION_INCREMENT - 1));
    }
    return old;
}

static PyObject *
jitney_instance_set(PyObject *object, PyObject *name, PyObject *value, int64_t *hint)
{
    PyObject *dict = compat_instance_dict(object);
    if (dict != NULL) {
        PyObject *replaced = replace_in_dict((PyDictObject *)dict, name, value, hint);
        return replaced != NULL ? replaced : jitney_dict_set(dict, name, value);
    }
    PyObject *old = jitney_instance_get(object, name, hint);
    old = Py_NewRef(old == NULL ? Py_None : old);
    if (PyObject_GenericSetAttr(object, name, value) < 0) {
        PyErr_Clear();
        Py_CLEAR(old);
    }
    return old;
}

const JitneyHelper jitney_instance_helpers[] = {
    HELPER(instance_get), HELPER(instance_lacks), HELPER(instance_set), HELPERS_END,
};
