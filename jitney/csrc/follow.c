/* What the recorder follows: the Python functions that an instruction is about to run get INSTRUCTION events before it does. */
#include "runtime.h"
#include "internal/pycore_descrobject.h"
#include "internal/pycore_function.h"
#include "opcode.h"

static int
set_events(PyObject *code, int events)
{
    if (config.set_local_events == NULL) {
        return 0;
    }
    if (((PyCodeObject *)code)->_co_firsttraceable >= Py_SIZE(code)) {
        return 1; /* what stands for C code has no events */
    }
    PyObject *exception = PyErr_GetRaisedException();
    PyObject *result = PyObject_CallFunction(config.set_local_events, "iOi", config.tool_id, code, events);
    if (result == NULL && PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
    }
    else if (result == NULL) {
        PyErr_WriteUnraisable(code);
    }
    Py_XDECREF(result);
    PyErr_SetRaisedException(exception);
    if ((events & 1 << PY_MONITORING_EVENT_INSTRUCTION) == 0) {
        jitney_fuse((PyCodeObject *)code);
    }
    return result != NULL;
}

int
follow_set_events(PyObject *code, int on)
{
    return set_events(code, on ? 1 << PY_MONITORING_EVENT_INSTRUCTION : 0);
}

/* Of one code object, as sys.monitoring.restart_events does for all: that makes the interpreter instrument everything anew, and go through what
   was disabled once more, which a program feels. Code whose version is older than the latest restart has missed it (Python/instrumentation.c);
   asking for other events of it has the interpreter look at once. */
PyObject *
follow_restart_events(PyObject *module, PyObject *argument)
{
    if (!PyCode_Check(argument)) {
        PyErr_SetString(PyExc_TypeError, "a code object is needed");
        return NULL;
    }
    PyCodeObject *code = (PyCodeObject *)argument;
    if (PyInterpreterState_Get()->last_restart_version == 0) {
        PyObject *monitoring = PySys_GetObject("monitoring");
        return monitoring != NULL ? PyObject_CallMethod(monitoring, "restart_events", NULL) : Py_NewRef(Py_None);
    }
    int events = 0;
    for (int event = 0; code->_co_monitoring != NULL && event < _PY_MONITORING_LOCAL_EVENTS; event++) {
        events |= (code->_co_monitoring->local_monitors.tools[event] >> config.tool_id & 1) << event;
    }
    code->_co_instrumentation_version = 0;
    if (set_events(argument, events ^ 1 << PY_MONITORING_EVENT_JUMP)) {
        set_events(argument, events);
    }
    Py_RETURN_NONE;
}

static CodeInfo *
ask_depths(PyThreadState *tstate, PyObject *code)
{
    CodeInfo *info = code_info_get(code);
    if (info == NULL) {
        PyErr_Clear();
        return NULL;
    }
    if (info->depths == NULL || info->generation != config.generation) {
        PyObject *depths = NULL, *arguments = PyTuple_Pack(1, code);
        if (config.accept_code != NULL && arguments != NULL) {
            depths = runtime_ask(tstate, config.accept_code, arguments, NULL);
        }
        Py_XDECREF(arguments);
        if (depths == NULL || !PyBytes_Check(depths) || PyBytes_GET_SIZE(depths) < Py_SIZE(code)) {
            Py_XSETREF(depths, Py_NewRef(Py_None));
        }
        PyErr_Clear();
        Py_XSETREF(info->depths, depths);
        info->generation = config.generation;
    }
    if (info->depths != Py_None && info->bytecode == NULL) {
        info->bytecode = PyCode_GetCode((PyCodeObject *)code); /* without instrumentation and specialisation */
        if (info->bytecode == NULL) {
            PyErr_Clear();
            return NULL;
        }
    }
    return info;
}

/* Follow into this code from now on, if accepted. */
int
follow_code(PyThreadState *tstate, PyObject *code)
{
    CodeInfo *info = compat_tools_active(tstate, (PyCodeObject *)code, config.own_tools) ? NULL : ask_depths(tstate, code);
    if (info == NULL || info->depths == Py_None || !recorder.active) {
        return 0;
    }
    PyObject *ref = ref_of(code);
    for (Py_ssize_t i = 0; ref != NULL && i < PyList_GET_SIZE(recorder.codes); i++) {
        if (PyList_GET_ITEM(recorder.codes, i) == ref) {
            Py_DECREF(ref);
            return 1;
        }
    }
    if (ref == NULL || PyList_Append(recorder.codes, ref) < 0) {
        Py_XDECREF(ref);
        PyErr_Clear();
        return 0;
    }
    Py_DECREF(ref);
    return follow_set_events(code, 1);
}

static void
follow_object(PyThreadState *tstate, PyObject *object)
{
    if (object != NULL && PyFunction_Check(object)) {
        follow_code(tstate, PyFunction_GET_CODE(object));
    }
}

void
follow_generator(PyThreadState *tstate, PyObject *object)
{
    if (object != NULL && PyGen_CheckExact(object)) {
        PyObject *code = (PyObject *)PyGen_GetCode((PyGenObject *)object);
        follow_code(tstate, code);
        Py_DECREF(code);
    }
}

/* Borrowed; NULL: nothing. */
static PyObject *
found_in_class(PyTypeObject *cls, const char *name)
{
    PyObject *string = PyUnicode_InternFromString(name), *found = string != NULL ? _PyType_Lookup(cls, string) : NULL;
    Py_XDECREF(string);
    return found;
}

static void
follow_method(PyThreadState *tstate, PyObject *object, const char *name)
{
    if (object == NULL || !(Py_TYPE(object)->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return;
    }
    follow_object(tstate, found_in_class(Py_TYPE(object), name));
}

void
follow_callable(PyThreadState *tstate, PyObject *callable, PyObject *first)
{
    if (callable == NULL) {
        return;
    }
    if (PyFunction_Check(callable)) {
        follow_code(tstate, PyFunction_GET_CODE(callable));
    }
    else if (PyMethod_Check(callable)) {
        follow_object(tstate, PyMethod_GET_FUNCTION(callable));
    }
    else if (PyType_Check(callable)) {
        if (((PyTypeObject *)callable)->tp_flags & Py_TPFLAGS_HEAPTYPE) {
            follow_object(tstate, found_in_class((PyTypeObject *)callable, "__init__"));
            PyObject *maker = found_in_class((PyTypeObject *)callable, "__new__");
            if (maker != NULL && Py_IS_TYPE(maker, &PyStaticMethod_Type)) {
                PyObject *function = PyStaticMethod_Type.tp_descr_get(maker, NULL, callable);
                follow_object(tstate, function);
                Py_XDECREF(function);
            }
        }
        else if (first != NULL) {
            static const struct { PyTypeObject *type; const char *name; } conversions[] = {
                {&PyLong_Type, "__int__"}, {&PyFloat_Type, "__float__"}, {&PyBool_Type, "__bool__"}, {&PyUnicode_Type, "__str__"},
            };
            for (size_t i = 0; i < Py_ARRAY_LENGTH(conversions); i++) {
                if (callable == (PyObject *)conversions[i].type) {
                    follow_method(tstate, first, conversions[i].name);
                }
            }
        }
    }
    else if (PyCFunction_Check(callable)) {
        static const char *const names[] = {"len", "abs", "next", "iter", "repr", "hash", "round", "divmod"};
        const char *name = ((PyCFunctionObject *)callable)->m_ml->ml_name;
        PyObject *self = PyCFunction_GET_SELF(callable);
        for (size_t i = 0; first != NULL && (self == NULL || PyModule_Check(self)) && i < Py_ARRAY_LENGTH(names); i++) {
            if (strcmp(name, names[i]) == 0) {
                char dunder[16];
                snprintf(dunder, sizeof dunder, "__%s__", name);
                follow_method(tstate, first, dunder);
            }
        }
    }
    else {
        follow_method(tstate, callable, "__call__");
    }
}

static const char *const binary_names[] = { /* by the argument of BINARY_OP */
    "add", "and", "floordiv", "lshift", "matmul", "mul", "mod", "or", "pow", "rshift", "sub", "truediv", "xor",
};
static const char *const compare_names[] = {"__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"};

static void
follow_attribute(PyThreadState *tstate, PyObject *owner, PyObject *name, int store)
{
    if (owner == NULL || !(Py_TYPE(owner)->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return;
    }
    PyObject *descriptor = _PyType_Lookup(Py_TYPE(owner), name);
    if (descriptor != NULL && PyObject_TypeCheck(descriptor, &PyProperty_Type)) {
        _PyPropertyObject *property = (_PyPropertyObject *)descriptor;
        follow_object(tstate, store ? property->prop_set : property->prop_get);
    }
    else if (descriptor == NULL && !store) {
        follow_method(tstate, owner, "__getattr__");
    }
    if (descriptor != NULL) {
        follow_method(tstate, descriptor, store ? "__set__" : "__get__");
    }
    follow_method(tstate, owner, store ? "__setattr__" : "__getattribute__");
}

/* Before the instruction is executed: lets events be on in what it will call. `top[-1]` is the top of the stack. */
void
follow_instruction(PyThreadState *tstate, PyCodeObject *code, int opcode, int arg, PyObject **top, int depth)
{
    char name[24];
    switch (opcode) {
    case BINARY_OP: {
        if (depth < 2 || arg < 0 || arg >= 26) {
            return;
        }
        PyObject *left = top[-2], *right = top[-1];
        if (arg >= 13) {
            snprintf(name, sizeof name, "__i%s__", binary_names[arg - 13]);
            follow_method(tstate, left, name);
        }
        snprintf(name, sizeof name, "__%s__", binary_names[arg % 13]);
        follow_method(tstate, left, name);
        if (left != NULL && right != NULL && Py_TYPE(left) != Py_TYPE(right)) {
            snprintf(name, sizeof name, "__r%s__", binary_names[arg % 13]);
            follow_method(tstate, right, name);
        }
        return;
    }
    case COMPARE_OP: {
        int operator = arg >> COMPAT_COMPARE_SHIFT;
        static const int swapped[] = {4, 5, 2, 3, 0, 1};
        if (depth >= 2 && operator < 6) {
            follow_method(tstate, top[-2], compare_names[operator]);
            follow_method(tstate, top[-1], compare_names[swapped[operator]]);
        }
        return;
    }
    case BINARY_SUBSCR:
        if (depth >= 2) {
            follow_method(tstate, top[-2], "__getitem__");
        }
        return;
    case STORE_SUBSCR:
        if (depth >= 3) {
            follow_method(tstate, top[-2], "__setitem__");
        }
        return;
    case DELETE_SUBSCR:
        if (depth >= 2) {
            follow_method(tstate, top[-2], "__delitem__");
        }
        return;
    case CONTAINS_OP:
        if (depth >= 2) {
            follow_method(tstate, top[-1], "__contains__");
        }
        return;
    case FOR_ITER:
        follow_generator(tstate, depth >= 1 ? top[-1] : NULL);
        /* fall through */
    case UNARY_NEGATIVE:
    case UNARY_INVERT:
    case GET_ITER:
        if (depth >= 1) {
            follow_method(tstate, top[-1],
                          opcode == UNARY_NEGATIVE ? "__neg__" : opcode == UNARY_INVERT ? "__invert__" : opcode == GET_ITER ? "__iter__" : "__next__");
        }
        return;
#ifdef TO_BOOL
    case TO_BOOL:
#else
    case POP_JUMP_IF_TRUE:
    case POP_JUMP_IF_FALSE:
#endif
    case UNARY_NOT:
        if (depth >= 1) {
            follow_method(tstate, top[-1], "__bool__");
            follow_method(tstate, top[-1], "__len__");
        }
        return;
    case LOAD_ATTR:
        if (depth >= 1) {
            follow_attribute(tstate, top[-1], PyTuple_GET_ITEM(code->co_names, arg >> 1), 0);
        }
        return;
    case STORE_ATTR:
        if (depth >= 2) {
            follow_attribute(tstate, top[-1], PyTuple_GET_ITEM(code->co_names, arg), 1);
        }
        return;
    case BEFORE_WITH:
        if (depth >= 1) {
            follow_method(tstate, top[-1], "__enter__");
            follow_method(tstate, top[-1], "__exit__");
        }
        return;
    }
}
