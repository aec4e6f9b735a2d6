/* Looking keys up in dicts and sets of any content without running Python code: where comparing keys would, nothing is found out.
   (`lookdict` in Objects/dictobject.c and `set_lookkey` in Objects/setobject.c say how the tables are probed.) */
#include "helpers.h"
#include "internal/pycore_dict.h"

enum { PERTURB_SHIFT = 5, SET_LINEAR_PROBES = 9 };
typedef enum { ABSENT, PRESENT, UNSURE } Found;

enum { MAX_NESTED = 3 /* tuples in tuples */ };

/* Whether hashing and comparing such objects runs C code only: the plainest, what is compared by identity, tuples of such. */
static int
is_plain_within(PyObject *key, int nested)
{
    PyTypeObject *type = Py_TYPE(key);
    if (type == &PyUnicode_Type || type == &PyLong_Type || type == &PyFloat_Type || type == &PyBool_Type || type == &PyBytes_Type || key == Py_None) {
        return 1;
    }
    if (type->tp_hash == PyTuple_Type.tp_hash && type->tp_richcompare == PyTuple_Type.tp_richcompare) {
        for (Py_ssize_t i = Py_SIZE(key); --i >= 0;) {
            if (nested == MAX_NESTED || !is_plain_within(PyTuple_GET_ITEM(key, i), nested + 1)) {
                return 0;
            }
        }
        return 1;
    }
    return type->tp_hash == PyBaseObject_Type.tp_hash && type->tp_richcompare == PyBaseObject_Type.tp_richcompare;
}

static int
is_plain(PyObject *key)
{
    return is_plain_within(key, 0);
}

/* Compares keys of equal hashes; `wanted` is plain. */
static Found
same(PyObject *candidate, PyObject *wanted)
{
    if (candidate == wanted) {
        return PRESENT;
    }
    if (!is_plain(candidate) || (PyBytes_CheckExact(candidate) ? PyUnicode_CheckExact(wanted) : PyUnicode_CheckExact(candidate) && PyBytes_CheckExact(wanted))) {
        return UNSURE; /* (`python -b` warns of bytes compared with str) */
    }
    int equal = PyObject_RichCompareBool(candidate, wanted, Py_EQ);
    if (equal < 0) {
        PyErr_Clear();
        return UNSURE;
    }
    return equal ? PRESENT : ABSENT;
}

static Py_ssize_t
index_at(PyDictKeysObject *keys, size_t slot)
{
    int log2_size = keys->dk_log2_size;
    if (log2_size < 8) {
        return ((int8_t *)keys->dk_indices)[slot];
    }
    if (log2_size < 16) {
        return ((int16_t *)keys->dk_indices)[slot];
    }
    if (log2_size < 32) {
        return ((int32_t *)keys->dk_indices)[slot];
    }
    return (Py_ssize_t)((int64_t *)keys->dk_indices)[slot];
}

/* *value is borrowed. */
static Found
dict_find(PyObject *dict, PyObject *key, PyObject **value)
{
    PyDictKeysObject *keys = ((PyDictObject *)dict)->ma_keys;
    *value = NULL;
    if (keys->dk_kind != DICT_KEYS_GENERAL && PyUnicode_CheckExact(key)) {
        *value = PyDict_GetItemWithError(dict, key);
        return *value != NULL ? PRESENT : ABSENT;
    }
    if (!is_plain(key)) {
        return UNSURE;
    }
    if (keys->dk_kind != DICT_KEYS_GENERAL) {
        return ABSENT; /* something else among exact strs */
    }
    Py_hash_t hash = PyObject_Hash(key);
    size_t mask = DK_SIZE(keys) - 1, perturb = (size_t)hash, slot = (size_t)hash & mask;
    for (;;) {
        Py_ssize_t index = index_at(keys, slot);
        if (index == DKIX_EMPTY) {
            return ABSENT;
        }
        if (index >= 0) {
            PyDictKeyEntry *entry = DK_ENTRIES(keys) + index;
            if (entry->me_hash == hash) {
                Found found = same(entry->me_key, key);
                if (found != ABSENT) {
                    *value = entry->me_value;
                    return found;
                }
            }
        }
        perturb >>= PERTURB_SHIFT;
        slot = (slot * 5 + perturb + 1) & mask;
    }
}

PyObject *
jitney_dict_get(PyObject *dict, PyObject *key)
{
    PyObject *value;
    return dict_find(dict, key, &value) == PRESENT ? value : NULL;
}

static PyObject *
jitney_dict_get_default(PyObject *dict, PyObject *key, PyObject *otherwise)
{
    PyObject *value;
    Found found = dict_find(dict, key, &value);
    return found == PRESENT ? value : found == ABSENT ? otherwise : NULL;
}

static PyObject *
answer(Found found)
{
    return found == PRESENT ? Py_True : found == ABSENT ? Py_False : NULL;
}

PyObject *
jitney_dict_has(PyObject *dict, PyObject *key)
{
    PyObject *value;
    return answer(dict_find(dict, key, &value));
}

/* Gives the value replaced, or None; NULL with no effect where comparing keys could run code, or there is no memory. */
PyObject *
jitney_dict_set(PyObject *dict, PyObject *key, PyObject *value)
{
    PyObject *old;
    if (dict_find(dict, key, &old) == UNSURE) {
        return NULL;
    }
    old = Py_NewRef(old != NULL ? old : Py_None);
    if (PyDict_SetItem(dict, key, value) < 0) {
        PyErr_Clear();
        Py_CLEAR(old);
    }
    return old;
}

static PyObject *
jitney_set_has(PyObject *object, PyObject *key)
{
    PySetObject *set = (PySetObject *)object;
    if (!is_plain(key)) {
        return NULL;
    }
    Py_hash_t hash = PyObject_Hash(key);
    size_t mask = (size_t)set->mask, perturb = (size_t)hash, slot = (size_t)hash & mask;
    for (;;) {
        size_t last = slot + SET_LINEAR_PROBES <= mask ? slot + SET_LINEAR_PROBES : slot;
        for (size_t at = slot; at <= last; at++) {
            setentry *entry = &set->table[at];
            if (entry->hash == 0 && entry->key == NULL) {
                return Py_False;
            }
            if (entry->hash == hash && entry->key != NULL) { /* (a dummy's hash is -1, no object's) */
                Found found = same(entry->key, key);
                if (found != ABSENT) {
                    return answer(found);
                }
            }
        }
        perturb >>= PERTURB_SHIFT;
        slot = (slot * 5 + 1 + perturb) & mask;
    }
}

/* set.add and set.discard: None; NULL with no effect where comparing could run code, or there is no memory. */
static PyObject *
jitney_set_put(PyObject *set, PyObject *key)
{
    PyObject *found = jitney_set_has(set, key);
    if (found == Py_False && PySet_Add(set, key) < 0) {
        PyErr_Clear();
        return NULL;
    }
    return found == NULL ? NULL : Py_None;
}

static PyObject *
jitney_set_discard(PyObject *set, PyObject *key)
{
    PyObject *found = jitney_set_has(set, key);
    if (found == Py_True && PySet_Discard(set, key) < 0) {
        PyErr_Clear();
        return NULL;
    }
    return found == NULL ? NULL : Py_None;
}

const JitneyHelper jitney_lookup_helpers[] = {
    HELPER(dict_get), HELPER(dict_get_default), HELPER(dict_has), HELPER(dict_set), HELPER(set_has), HELPER(set_put), HELPER(set_discard),
    HELPERS_END,
};
