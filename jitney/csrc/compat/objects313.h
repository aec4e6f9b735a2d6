/* CPython 3.13: where machine code finds things in objects, frames and thread states. */
#ifndef JITNEY_OBJECTS313_H
#define JITNEY_OBJECTS313_H

#include "internal/pycore_dict.h"
#include "internal/pycore_setobject.h"

/* Instances hold their values behind the object head, in use while `valid`, and may have a dict (pointer) besides. */
#define COMPAT_INLINE_VALUES_EMBEDDED 1
#define COMPAT_INLINE_VALUES ((long long)sizeof(PyObject) + (long long)offsetof(struct _dictvalues, values))
#define COMPAT_INLINE_VALUES_VALID ((long long)sizeof(PyObject) + (long long)offsetof(struct _dictvalues, valid))
#define COMPAT_MANAGED_DICT MANAGED_DICT_OFFSET

#define COMPAT_FRAME_INSTRUCTION offsetof(_PyInterpreterFrame, instr_ptr)

/* The thread state's word holds the breaker's bits and, above them, the monitoring version. */
#define COMPAT_BREAKER_IN_INTERPRETER 0
#define COMPAT_BREAKER offsetof(PyThreadState, eval_breaker)
#define COMPAT_BREAKER_BITS 0xff
#define COMPAT_MONITORING_VERSION_IN_INTERPRETER 0
#define COMPAT_MONITORING_VERSION offsetof(PyThreadState, eval_breaker)
#define COMPAT_MONITORING_VERSION_MASK ~0xffLL

static inline PyDictValues *
compat_inline_values(PyObject *object)
{
    return _PyObject_InlineValues(object);
}

#define COMPAT_INLINE_VALUES_FLAG Py_TPFLAGS_INLINE_VALUES

/* An instance's dict if it has one (borrowed), else its values if they are in use. */
static inline PyObject *
compat_instance_dict(PyObject *object)
{
    if (Py_TYPE(object)->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        return (PyObject *)_PyObject_ManagedDictPointer(object)->dict;
    }
    Py_ssize_t offset = Py_TYPE(object)->tp_dictoffset; /* a plain pointer; negative ones count from the end: not looked at */
    return offset <= 0 ? NULL : *(PyObject **)((char *)object + offset);
}

static inline PyDictValues *
compat_instance_values(PyObject *object)
{
    if (!(Py_TYPE(object)->tp_flags & Py_TPFLAGS_INLINE_VALUES)) {
        return NULL;
    }
    PyDictValues *values = _PyObject_InlineValues(object);
    return values->valid ? values : NULL;
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
    return dict->ma_values != NULL && dict->ma_values->embedded;
}

#endif
