/* Data kept for each code object, in its co_extra: counters, installed regions, what the recorder knows. */
#include "runtime.h"

static Py_ssize_t extra_index = -1;

static void
code_info_free(void *data)
{
    CodeInfo *info = data;
    if (info == NULL) {
        return;
    }
    Uncounted saved;
    call_epoch++;
    jitney_begin_uncounted(&saved); /* what the compiler made came uncounted */
    for (int i = 0; i < info->n_places; i++) {
        Py_CLEAR(info->places[i].region);
        PyMem_Free(info->places[i].taken);
    }
    jitney_end_uncounted(&saved);
    PyMem_Free(info->places);
    Py_XDECREF(info->depths);
    Py_XDECREF(info->bytecode);
    PyMem_Free(info);
}

int
code_info_setup(void)
{
    if (extra_index < 0) {
        extra_index = PyUnstable_Eval_RequestCodeExtraIndex(code_info_free);
        if (extra_index < 0) {
            PyErr_SetString(PyExc_RuntimeError, "no co_extra index left");
            return -1;
        }
    }
    return 0;
}

CodeInfo *
code_info_find(PyObject *code)
{
    if (!PyCode_Check(code)) {
        return NULL;
    }
    /* As _PyCode_GetExtra has it: a count, then as many pointers. Calls look here, so without a call of its own. */
    const Py_ssize_t *extra = ((PyCodeObject *)code)->co_extra;
    return extra == NULL || extra[0] <= extra_index ? NULL : ((void *const *)(extra + 1))[extra_index];
}

CodeInfo *
code_info_get(PyObject *code)
{
    CodeInfo *info = code_info_find(code);
    if (info == NULL) {
        info = PyMem_Calloc(1, sizeof(CodeInfo));
        if (info == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        if (PyUnstable_Code_SetExtra(code, extra_index, info) < 0) {
            PyMem_Free(info);
            return NULL;
        }
        jitney_fuse((PyCodeObject *)code); /* its first event */
    }
    return info;
}

Place *
code_info_place(CodeInfo *info, int32_t offset, int create)
{
    for (int i = 0; i < info->n_places; i++) {
        if (info->places[i].offset == offset) {
            return &info->places[i];
        }
    }
    if (!create) {
        return NULL;
    }
    if (info->n_places == info->capacity) {
        int capacity = info->capacity ? info->capacity * 2 : 1;
        Place *places = PyMem_Realloc(info->places, sizeof(Place) * capacity);
        if (places == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        info->places = places;
        info->capacity = capacity;
    }
    Place *place = &info->places[info->n_places++];
    memset(place, 0, sizeof *place);
    place->offset = offset;
    return place;
}
