/* CPython 3.12: where machine code finds things in objects, frames and thread states. */
#ifndef JITNEY_OBJECTS312_H
#define JITNEY_OBJECTS312_H

#include "internal/pycore_dict.h"

/* Three words before an instance: a pointer to its values less one, or to its dict (even). */
#define COMPAT_INLINE_VALUES_EMBEDDED 0
#define COMPAT_INLINE_VALUES ((long long)offsetof(struct _dictvalues, values))
#define COMPAT_INLINE_VALUES_VALID 0
#define COMPAT_MANAGED_DICT (-3 * (long long)sizeof(PyObject *))

#define COMPAT_FRAME_INSTRUCTION offsetof(_PyInterpreterFrame, prev_instr)

#define COMPAT_BREAKER_IN_INTERPRETER 1
#define COMPAT_BREAKER offsetof(PyInterpreterState, ceval.eval_breaker)
#define COMPAT_BREAKER_BITS 0xffffffffLL
#define COMPAT_MONITORING_VERSION_IN_INTERPRETER 1
#define COMPAT_MONITORING_VERSION offsetof(PyInterpreterState, monitoring_version)
#define COMPAT_MONITORING_VERSION_MASK -1LL

static inline PyDictValues *
compat_inline_values(PyObject *object)
{
    return _PyDictOrValues_GetValues(*_PyObject_DictOrValuesPointer(object));
}

#define COMPAT_INLINE_VALUES_FLAG Py_TPFLAGS_MANAGED_DICT

/* An instance's dict if it has one (borrowed), else its values if they are in use. */
static inline PyObject *
compat_instance_dict(PyObject *object)
{
    if (Py_TYPE(object)->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        PyDictOrValues place = *_PyObject_DictOrValuesPointer(object);
        return _PyDictOrValues_IsValues(place) ? NULL : _PyDictOrValues_GetDict(place);
    }
    Py_ssize_t offset = Py_TYPE(object)->tp_dictoffset; /* a plain pointer; negative ones count from the end: not looked at */
    return offset <= 0 ? NULL : *(PyObject **)((char *)object + offset);
}

static inline PyDictValues *
compat_instance_values(PyObject *object)
{
    if (!(Py_TYPE(object)->tp_flags & Py_TPFLAGS_MANAGED_DICT)) {
        return NULL;
    }
    PyDictOrValues place = *_PyObject_DictOrValuesPointer(object);
    return _PyDictOrValues_IsValues(place) ? _PyDictOrValues_GetValues(place) : NULL;
}

static inline uint64_t
compat_dict_watchers(PyDictObject *dict)
{
    return dict->ma_version_tag & 0xff;
}

/* Whether the dict's values lie in an object that has them as its attributes. */
static inline int
compat_has_object_values(PyDictObject *dict)
{
    return 0; /* where there is a dict the object has none */
}

#endif
