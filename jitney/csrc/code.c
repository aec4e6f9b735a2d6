/* Code: an object file in memory. The memory is freed with it. */
#include "code.h"

typedef struct {
    PyObject_HEAD
    CodeBlock block;
    uint64_t entry, pool;
} Code;

#if defined(__x86_64__)
enum { HOST = 62 };
#elif defined(__aarch64__)
enum { HOST = 183 };
#else
enum { HOST = -1 };
#endif

static PyObject *no_room; /* an exception */

/* Puts the objects' addresses into the array `pool`. */
static int
fill_pool(Code *self, const ObjectFile *object, PyObject *things)
{
    Py_ssize_t n = PyTuple_GET_SIZE(things);
    uint64_t size = 0;
    self->pool = n ? object_find(object, "pool", &size) : 0;
    if (self->pool < object->data || size > object->data_size || self->pool - object->data > object->data_size - size || size < (uint64_t)n * sizeof(PyObject *)) {
        if (n == 0) {
            return 0;
        }
        PyErr_SetString(PyExc_ValueError, "object file: the pool is too small");
        return -1;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        memcpy(object->data_out + (self->pool - object->data) + (size_t)i * sizeof(PyObject *), &PyTuple_GET_ITEM(things, i), sizeof(PyObject *));
    }
    return 0;
}

static PyObject *
code_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"file", "symbols", "pool", NULL};
    PyObject *file, *symbols, *things;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "SO!O!:Code", names, &file, &PyDict_Type, &symbols, &PyTuple_Type, &things)) {
        return NULL;
    }
    ObjectFile object = {.file = (const uint8_t *)PyBytes_AS_STRING(file), .file_size = (size_t)PyBytes_GET_SIZE(file), .symbols = symbols};
    Code *self = NULL;
    if (object_read(&object) < 0) {
        goto done;
    }
    if (object.machine != HOST) {
        PyErr_SetString(PyExc_NotImplementedError, "object file: for another processor");
        goto done;
    }
    self = (Code *)type->tp_alloc(type, 0);
    if (self == NULL) {
        goto done;
    }
    int opened = arena_open(object.text_size, object.data_size, &self->block);
    if (opened < 0) {
        PyErr_SetNone(opened == -2 ? no_room : PyExc_MemoryError);
        goto failed;
    }
    object.text_out = self->block.text;
    object.data_out = self->block.data;
    object.text = (uint64_t)(uintptr_t)self->block.text;
    object.data = (uint64_t)(uintptr_t)self->block.data;
    uint64_t size;
    int linked = object_link(&object) == 0 && fill_pool(self, &object, things) == 0;
    if (linked && (self->entry = object_find(&object, "region", &size)) == 0) {
        PyErr_SetString(PyExc_ValueError, "object file: there is no region");
        linked = 0;
    }
    if (arena_close(&self->block) < 0 && linked) {
        PyErr_SetString(PyExc_NotImplementedError, "the system does not allow memory to be written and then executed");
        linked = 0;
    }
    if (linked) {
        goto done;
    }
    PyObject *exception = PyErr_GetRaisedException();
    arena_free(&self->block);
    PyErr_SetRaisedException(exception);
failed:
    self->block.chunk = NULL;
    Py_CLEAR(self);
done:
    object_free(&object);
    return (PyObject *)self;
}

static void
code_dealloc(Code *self)
{
    if (self->block.chunk != NULL) {
        arena_free(&self->block);
    }
    Py_TYPE(self)->tp_free(self);
}

static PyObject *
code_get_address(Code *self, void *unused)
{
    return PyLong_FromUnsignedLongLong(self->entry);
}

static PyObject *
code_get_size(Code *self, void *unused)
{
    return PyLong_FromSize_t(self->block.text_size + self->block.data_size);
}

static PyGetSetDef getset[] = {
    {"address", (getter)code_get_address, NULL, "of the function `region`"},
    {"size", (getter)code_get_size, NULL, "bytes of memory that it takes"},
    {NULL},
};

PyTypeObject CodeType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "jitney._runtime.Code",
    .tp_basicsize = sizeof(Code),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Code(file, symbols, pool): an object file in memory. Raises NotImplementedError where another linker has to do that.",
    .tp_new = code_new,
    .tp_dealloc = (destructor)code_dealloc,
    .tp_getset = getset,
};

/* link_object(file, symbols, text, data) -> (text, data, address of region): as it would be there, for any processor. For tests. */
static PyObject *
link_object(PyObject *module, PyObject *args)
{
    PyObject *file, *symbols;
    unsigned long long text, data;
    if (!PyArg_ParseTuple(args, "SO!KK:link_object", &file, &PyDict_Type, &symbols, &text, &data)) {
        return NULL;
    }
    ObjectFile object = {.file = (const uint8_t *)PyBytes_AS_STRING(file), .file_size = (size_t)PyBytes_GET_SIZE(file), .symbols = symbols,
                         .text = text, .data = data};
    PyObject *result = NULL, *text_bytes = NULL, *data_bytes = NULL;
    if (object_read(&object) == 0) {
        text_bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)object.text_size);
        data_bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)object.data_size);
    }
    if (text_bytes != NULL && data_bytes != NULL) {
        uint64_t size;
        object.text_out = (uint8_t *)PyBytes_AS_STRING(text_bytes);
        object.data_out = (uint8_t *)PyBytes_AS_STRING(data_bytes);
        memset(object.text_out, 0, object.text_size);
        memset(object.data_out, 0, object.data_size);
        if (object_link(&object) == 0) {
            result = Py_BuildValue("(OOK)", text_bytes, data_bytes, (unsigned long long)object_find(&object, "region", &size));
        }
    }
    Py_XDECREF(text_bytes);
    Py_XDECREF(data_bytes);
    object_free(&object);
    return result;
}

static PyMethodDef methods[] = {
    {"code_memory", arena_figures, METH_NOARGS, "(bytes, how many, bytes of address space, the limit or 0) of machine code in memory."},
    {"limit_code", arena_limit, METH_O, "limit_code(bytes): where there would be more, Code raises NoRoom; 0: no limit."},
    {"room", arena_room, METH_O, "room(bytes) -> whether there is as much of the address space."},
    {"link_object", link_object, METH_VARARGS, "link_object(file, symbols, text, data) -> (text, data, address of region): as it would be there. For tests."},
    {NULL},
};

int
code_setup(PyObject *module)
{
    if (no_room == NULL && (no_room = PyErr_NewException("jitney._runtime.NoRoom", PyExc_MemoryError, NULL)) == NULL) {
        return -1;
    }
    return PyType_Ready(&CodeType) < 0 || PyModule_AddObjectRef(module, "NoRoom", no_room) < 0
        || PyModule_AddObjectRef(module, "Code", (PyObject *)&CodeType) < 0 || PyModule_AddFunctions(module, methods) < 0 ? -1 : 0;
}
