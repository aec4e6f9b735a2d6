/* What an operator does with the result of a special method that compiled code had begun, inlined: the method's operands are still on the
   stack, and it may say NotImplemented (Objects/abstract.c, binary_op1 and do_richcompare; Objects/typeobject.c, SLOT1BINFULL). */
#include "runtime.h"
#include <opcode.h>
#include <stddef.h>

typedef struct {
    size_t slot;             /* in PyNumberMethods */
    const char *reflected, *symbol;
} Operator;

#define NUMBER(slot) offsetof(PyNumberMethods, slot)

static const Operator operators[] = { /* by the argument of BINARY_OP */
    {NUMBER(nb_add), "__radd__", "+"}, {NUMBER(nb_and), "__rand__", "&"}, {NUMBER(nb_floor_divide), "__rfloordiv__", "//"},
    {NUMBER(nb_lshift), "__rlshift__", "<<"}, {NUMBER(nb_matrix_multiply), "__rmatmul__", "@"}, {NUMBER(nb_multiply), "__rmul__", "*"},
    {NUMBER(nb_remainder), "__rmod__", "%"}, {NUMBER(nb_or), "__ror__", "|"}, {0, NULL, NULL} /* power: never inlined */,
    {NUMBER(nb_rshift), "__rrshift__", ">>"}, {NUMBER(nb_subtract), "__rsub__", "-"}, {NUMBER(nb_true_divide), "__rtruediv__", "/"},
    {NUMBER(nb_xor), "__rxor__", "^"},
};

static binaryfunc
number_slot(PyObject *object, const Operator *operator)
{
    PyNumberMethods *methods = Py_TYPE(object)->tp_as_number;
    return methods == NULL ? NULL : *(binaryfunc *)((char *)methods + operator->slot);
}

/* Whether the special method inlined was the right operand's: the left one's type has nothing to say to it. */
static int
was_reflected(PyObject *left)
{
    return !(Py_TYPE(left)->tp_flags & Py_TPFLAGS_HEAPTYPE);
}

static PyObject *
call_reflected(PyObject *left, PyObject *right, const char *name)
{
    PyObject *string = PyUnicode_InternFromString(name);
    PyObject *method = string ? _PyType_Lookup(Py_TYPE(right), string) : NULL;
    Py_XDECREF(string);
    if (method == NULL) {
        return string ? Py_NewRef(Py_NotImplemented) : NULL;
    }
    Py_INCREF(method);
    PyObject *result;
    descrgetfunc get = Py_TYPE(method)->tp_descr_get;
    if (PyType_HasFeature(Py_TYPE(method), Py_TPFLAGS_METHOD_DESCRIPTOR) || get == NULL) {
        PyObject *args[] = {right, left};
        int unbound = get != NULL;
        result = PyObject_Vectorcall(method, unbound ? args : args + 1, (size_t)(1 + unbound), NULL);
    }
    else {
        PyObject *bound = get(method, right, (PyObject *)Py_TYPE(right));
        result = bound ? PyObject_CallOneArg(bound, left) : NULL;
        Py_XDECREF(bound);
    }
    Py_DECREF(method);
    return result;
}

/* The left operand's method, or else the reflected one, has said NotImplemented. */
static PyObject *
go_on_binary(PyObject *left, PyObject *right, int arg)
{
    const Operator *operator = &operators[arg % 13];
    PyObject *result = Py_NewRef(Py_NotImplemented);
    if (!was_reflected(left) && Py_TYPE(left) != Py_TYPE(right)) {
        binaryfunc mine = number_slot(left, operator), other = number_slot(right, operator);
        if (other != NULL) {
            Py_SETREF(result, mine == other ? call_reflected(left, right, operator->reflected) : other(left, right));
        }
    }
    if (result == Py_NotImplemented && operator->symbol[0] == '*') { /* a sequence repeated */
        PySequenceMethods *methods = Py_TYPE(right)->tp_as_sequence;
        if (methods != NULL && methods->sq_repeat != NULL) {
            if (!PyIndex_Check(left)) {
                Py_DECREF(result);
                return PyErr_Format(PyExc_TypeError, "can't multiply sequence by non-int of type '%.200s'", Py_TYPE(left)->tp_name);
            }
            Py_ssize_t count = PyNumber_AsSsize_t(left, PyExc_OverflowError);
            Py_SETREF(result, count == -1 && PyErr_Occurred() ? NULL : methods->sq_repeat(right, count));
        }
    }
    if (result == Py_NotImplemented) {
        Py_DECREF(result);
        return PyErr_Format(PyExc_TypeError, "unsupported operand type(s) for %.100s%s: '%.100s' and '%.100s'", operator->symbol,
                            arg >= 13 ? "=" : "", Py_TYPE(left)->tp_name, Py_TYPE(right)->tp_name);
    }
    return result;
}

static PyObject *
go_on_comparing(PyObject *left, PyObject *right, int operator)
{
    static const int swapped[] = {Py_GT, Py_GE, Py_EQ, Py_NE, Py_LT, Py_LE};
    static const char *const symbols[] = {"<", "<=", "==", "!=", ">", ">="};
    PyObject *result = Py_NewRef(Py_NotImplemented);
    if (!was_reflected(left) && Py_TYPE(right)->tp_richcompare != NULL) {
        Py_SETREF(result, Py_TYPE(right)->tp_richcompare(right, left, swapped[operator]));
    }
    if (result != Py_NotImplemented) {
        return result;
    }
    Py_DECREF(result);
    if (operator == Py_EQ || operator == Py_NE) {
        return Py_NewRef((left == right) == (operator == Py_EQ) ? Py_True : Py_False);
    }
    return PyErr_Format(PyExc_TypeError, "'%s' not supported between instances of '%.100s' and '%.100s'", symbols[operator],
                        Py_TYPE(left)->tp_name, Py_TYPE(right)->tp_name);
}

/* Replaces what the special method returned by what the operator makes of it; -1 with an exception set. */
int
operator_result(_PyInterpreterFrame *frame, PyCodeObject *code, int offset, PyObject **returned)
{
    PyObject *result = *returned;
    PyObject **top = frame->localsplus + frame->stacktop, *left = top[-2], *right = top[-1];
    PyObject *bytecode = PyCode_GetCode(code); /* without specialisation */
    if (bytecode == NULL) {
        Py_DECREF(result);
        return -1;
    }
    int opcode = (unsigned char)PyBytes_AS_STRING(bytecode)[offset], arg = (unsigned char)PyBytes_AS_STRING(bytecode)[offset + 1];
    Py_DECREF(bytecode);
    if (result == Py_NotImplemented) {
        Py_DECREF(result);
        result = opcode == COMPARE_OP ? go_on_comparing(left, right, arg >> COMPAT_COMPARE_SHIFT) : go_on_binary(left, right, arg);
    }
    if (result != NULL && opcode == COMPARE_OP && COMPAT_COMPARE_TRUTH & arg) {
        int truth = PyObject_IsTrue(result);
        Py_SETREF(result, truth < 0 ? NULL : Py_NewRef(truth ? Py_True : Py_False));
    }
    *returned = result;
    return result == NULL ? -1 : 0;
}
