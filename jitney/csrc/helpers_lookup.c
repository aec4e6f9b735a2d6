/* Looking keys up in dicts and sets of any content without running Python code: where comparing keys would, nothing is found out.
   (`lookdict` in Objects/dictobject.c and `set_lookkey` in Objects/setobject.c say how the tables are probed.) */
#include "helpers.h"
#include "internal/pycore_dict.h"

enum { PERTURB_SHIFT = 5, SET_LINEAR_PROBES = 9 };
typedef enum { ABSENT, PRESENT, UNSURE } Found;

enum { MAX_NESTED = 10 /* tuples in tuples */, NOT_PLAIN = -1 /* no object's hash */ };

static int
is_like_tuple(PyTypeObject *type)
{
    return type->tp_hash == PyTuple_Type.tp_hash && type->tp_richcompare == PyTuple_Type.tp_richcompare;
}

static Py_hash_t plain_hash(PyObject *key, int nested);

/* The hash of a tuple of plain objects (Objects/tupleobject.c, tuplehash: xxHash's rounds of 64 bits, with an end of its own). */
static Py_hash_t
tuple_hash(PyObject *tuple, int nested)
{
    const uint64_t prime1 = 11400714785074694791u, prime2 = 14029467366897019727u, prime5 = 2870177450012600261u;
    uint64_t hash = prime5;
    Py_ssize_t size = Py_SIZE(tuple);
    for (Py_ssize_t i = 0; i < size; i++) {
        Py_hash_t lane = nested == MAX_NESTED ? NOT_PLAIN : plain_hash(PyTuple_GET_ITEM(tuple, i), nested + 1);
        if (lane == NOT_PLAIN) {
            return NOT_PLAIN;
        }
        hash += (uint64_t)lane * prime2;
        hash = hash << 31 | hash >> 33;
        hash *= prime1;
    }
    hash += (uint64_t)size ^ (prime5 ^ 3527539);
    return hash == (uint64_t)-1 ? 1546275796 : (Py_hash_t)hash;
}

/* The hash of a key where hashing and comparing run C code only: of the plainest objects, what is compared by identity, tuples of such. */
static Py_hash_t
plain_hash(PyObject *key, int nested)
{
    PyTypeObject *type = Py_TYPE(key);
    if (type == &PyLong_Type && _PyLong_IsCompact((PyLongObject *)key)) {
        Py_hash_t value = _PyLong_CompactValue((PyLongObject *)key);
        return value == -1 ? -2 : value;
    }
    if (type == &PyUnicode_Type && ((PyASCIIObject *)key)->hash != -1) {
        return ((PyASCIIObject *)key)->hash;
    }
    if (is_like_tuple(type)) {
        return tuple_hash(key, nested);
    }
    if (type == &PyUnicode_Type || type == &PyLong_Type || type == &PyFloat_Type || type == &PyBool_Type || type == &PyBytes_Type || key == Py_None
        || (type->tp_hash == PyBaseObject_Type.tp_hash && type->tp_richcompare == PyBaseObject_Type.tp_richcompare)) {
        return PyObject_Hash(key);
    }
    return NOT_PLAIN;
}

static int
is_plain(PyObject *key)
{
    return plain_hash(key, 0) != NOT_PLAIN;
}

/* Compares a key that is in the table with one that is plain, in the order in which the interpreter would. */
static Found
same(PyObject *candidate, PyObject *wanted)
{
    if (candidate == wanted) {
        return PRESENT;
    }
    PyTypeObject *type = Py_TYPE(candidate), *other = Py_TYPE(wanted);
    if (is_like_tuple(type) && is_like_tuple(other)) {
        Py_ssize_t size = Py_SIZE(candidate), other_size = Py_SIZE(wanted);
        for (Py_ssize_t i = 0; i < size && i < other_size; i++) {
            Found found = same(PyTuple_GET_ITEM(candidate, i), PyTuple_GET_ITEM(wanted, i));
            if (found != PRESENT) {
                return found;
            }
        }
        return size == other_size ? PRESENT : ABSENT;
    }
    if (type == &PyLong_Type && other == type) {
        return _PyLong_IsCompact((PyLongObject *)candidate) && _PyLong_IsCompact((PyLongObject *)wanted)
            ? _PyLong_CompactValue((PyLongObject *)candidate) == _PyLong_CompactValue((PyLongObject *)wanted) ? PRESENT : ABSENT
            : PyObject_RichCompareBool(candidate, wanted, Py_EQ) ? PRESENT : ABSENT;
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
dict_find_hashed(PyObject *dict, PyObject *key, Py_hash_t hash, PyObject **value)
{
    PyDictKeysObject *keys = ((PyDictObject *)dict)->ma_keys;
    *value = NULL;
    if (keys->dk_kind != DICT_KEYS_GENERAL && PyUnicode_CheckExact(key)) {
        *value = PyDict_GetItemWithError(dict, key);
        return *value != NULL ? PRESENT : ABSENT;
    }
    if (hash == NOT_PLAIN) {
        return UNSURE;
    }
    if (keys->dk_kind != DICT_KEYS_GENERAL) {
        return ABSENT; /* something else among exact strs */
    }
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

static Found
dict_find(PyObject *dict, PyObject *key, PyObject **value)
{
    return dict_find_hashed(dict, key, plain_hash(key, 0), value);
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

/* Gives the value replaced, or None; NULL with no effect where comparing keys could run code, or there is no memory, or the dict is one that
   regions rely on, a module's: the code goes on after this, with what a variable was before. */
PyObject *
jitney_dict_set(PyObject *dict, PyObject *key, PyObject *value)
{
    PyObject *old;
    Py_hash_t hash = plain_hash(key, 0);
    if (watch_tells(dict) || dict_find_hashed(dict, key, hash, &old) == UNSURE) {
        return NULL;
    }
    old = Py_NewRef(old != NULL ? old : Py_None);
    if (_PyDict_SetItem_KnownHash(dict, key, value, hash) < 0) {
        PyErr_Clear();
        Py_CLEAR(old);
    }
    return old;
}

static PyObject *
jitney_set_has(PyObject *object, PyObject *key)
{
    PySetObject *set = (PySetObject *)object;
    Py_hash_t hash = plain_hash(key, 0);
    if (hash == NOT_PLAIN) {
        return NULL;
    }
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
