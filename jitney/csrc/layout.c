/* What the lowering needs to know of this interpreter: byte offsets, addresses and constants; and the helpers' addresses. */
#include "helpers.h"
#include "runtime.h"
#include <stddef.h>

int jitney_setup_references(void);

/* array.array's own struct is private to its module; this one begins alike. */
typedef struct {
    char typecode;
} ArrayDescriptor;

typedef struct {
    PyObject_VAR_HEAD
    char *ob_item;
    Py_ssize_t allocated;
    const ArrayDescriptor *ob_descr;
} ArrayObject;

static const struct {
    const char *name;
    long long value;
} numbers[] = {
    {"ob_refcnt", offsetof(PyObject, ob_refcnt)},
    {"ob_type", offsetof(PyObject, ob_type)},
    {"ob_size", offsetof(PyVarObject, ob_size)},
    {"list_items", offsetof(PyListObject, ob_item)},
    {"list_allocated", offsetof(PyListObject, allocated)},
    {"tuple_items", offsetof(PyTupleObject, ob_item)},
    {"float_value", offsetof(PyFloatObject, ob_fval)},
    {"int_tag", offsetof(PyLongObject, long_value.lv_tag)},
    {"int_digits", offsetof(PyLongObject, long_value.ob_digit)},
    {"sizeof_int", sizeof(PyLongObject)},
    {"bytes_data", offsetof(PyBytesObject, ob_sval)},
    {"bytearray_start", offsetof(PyByteArrayObject, ob_start)},
    {"str_length", offsetof(PyASCIIObject, length)},
    {"str_state", offsetof(PyASCIIObject, state)},
    {"str_ascii_data", sizeof(PyASCIIObject)},
    {"str_compact_data", sizeof(PyCompactUnicodeObject)},
    {"array_items", offsetof(ArrayObject, ob_item)},
    {"array_descriptor", offsetof(ArrayObject, ob_descr)},
    {"array_typecode", offsetof(ArrayDescriptor, typecode)},
    {"cell_content", offsetof(PyCellObject, ob_ref)},
    {"function_code", offsetof(PyFunctionObject, func_code)},
    {"function_defaults", offsetof(PyFunctionObject, func_defaults)},
    {"function_kwdefaults", offsetof(PyFunctionObject, func_kwdefaults)},
    {"code_start", offsetof(PyCodeObject, co_code_adaptive)},
    {"inline_values_embedded", COMPAT_INLINE_VALUES_EMBEDDED},
    {"inline_values", COMPAT_INLINE_VALUES},
    {"inline_values_valid", COMPAT_INLINE_VALUES_VALID},
    {"managed_dict", COMPAT_MANAGED_DICT},
    {"frame_instruction", COMPAT_FRAME_INSTRUCTION},
    {"breaker_in_interpreter", COMPAT_BREAKER_IN_INTERPRETER},
    {"breaker", COMPAT_BREAKER},
    {"breaker_bits", COMPAT_BREAKER_BITS},
    {"monitoring_version_in_interpreter", COMPAT_MONITORING_VERSION_IN_INTERPRETER},
    {"monitoring_version", COMPAT_MONITORING_VERSION},
    {"monitoring_version_mask", (long long)COMPAT_MONITORING_VERSION_MASK},
    {"tstate_interpreter", offsetof(PyThreadState, interp)},
    {"tstate_c_recursion_remaining", offsetof(PyThreadState, c_recursion_remaining)},
    {"cx_tstate", offsetof(JitContext, tstate)},
    {"cx_frame", offsetof(JitContext, frame)},
    {"cx_localsplus", offsetof(JitContext, localsplus)},
    {"cx_dying", offsetof(JitContext, dying)},
    {"cx_linked", offsetof(JitContext, linked)},
    {"cx_needs", offsetof(JitContext, needs)},
    {"cx_guard", offsetof(JitContext, guard)},
    {"cx_region", offsetof(JitContext, region)},
    {"cx_values", offsetof(JitContext, values)},
    {"region_ticks", offsetof(Region, ticks)},
    {"region_valid", offsetof(Region, valid)},
    {"generator_slots", offsetof(PyGenObject, gi_iframe) + offsetof(_PyInterpreterFrame, localsplus)},
    {"generator_function", offsetof(PyGenObject, gi_iframe) + offsetof(_PyInterpreterFrame, f_funcobj)},
    {"frame_localsplus", offsetof(_PyInterpreterFrame, localsplus)},
};

static int
put(PyObject *dict, const char *name, long long value)
{
    PyObject *number = PyLong_FromLongLong(value);
    int result = number == NULL ? -1 : PyDict_SetItemString(dict, name, number);
    Py_XDECREF(number);
    return result;
}

/* The bits of PyASCIIObject.state that mark a compact ASCII string. */
static uint32_t
ascii_bits(void)
{
    PyASCIIObject probe;
    uint32_t bits;
    memset(&probe, 0, sizeof probe);
    probe.state.compact = 1;
    probe.state.ascii = 1;
    memcpy(&bits, &probe.state, sizeof bits);
    return bits;
}

PyObject *
jitney_layout(PyObject *module, PyObject *unused)
{
    PyObject *zero = PyLong_FromLong(0);
    PyObject *dict = PyDict_New();
    if (zero == NULL || dict == NULL) {
        goto error;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (put(dict, numbers[i].name, numbers[i].value) < 0) {
            goto error;
        }
    }
    if (put(dict, "random_state", (long long)(uintptr_t)&config.random_state) < 0) {
        goto error;
    }
    if (put(dict, "small_int_zero", (long long)(uintptr_t)zero) < 0 || put(dict, "str_ascii_bits", ascii_bits()) < 0) {
        goto error;
    }
    Py_DECREF(zero);
    return dict;
error:
    Py_XDECREF(zero);
    Py_XDECREF(dict);
    return NULL;
}

PyObject *
jitney_helper_addresses(PyObject *module, PyObject *unused)
{
    static const JitneyHelper *const tables[] = {jitney_number_helpers, jitney_generic_helpers, jitney_container_helpers, jitney_lookup_helpers, jitney_instance_helpers,
                                                 jitney_reference_helpers, jitney_generator_helpers};
    if (jitney_setup_references() < 0) {
        return NULL;
    }
    PyObject *dict = PyDict_New();
    for (size_t t = 0; dict != NULL && t < sizeof tables / sizeof *tables; t++) {
        for (const JitneyHelper *helper = tables[t]; helper->name != NULL; helper++) {
            if (put(dict, helper->name, (long long)(uintptr_t)helper->address) < 0) {
                Py_CLEAR(dict);
                break;
            }
        }
    }
    return dict;
}
