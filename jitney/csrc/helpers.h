/* What the files with C helpers for machine code share. */
#ifndef JITNEY_HELPERS_H
#define JITNEY_HELPERS_H

#include "jitney.h"

typedef struct {
    const char *name;
    void *address;
} JitneyHelper;

#define HELPER(name) {#name, (void *)jitney_##name}
#define HELPERS_END {NULL, NULL}

/* Whether releasing a reference to each of the objects, which may be the same several times, runs no Python code. */
int jitney_die_unnoticed(PyObject *const *objects, Py_ssize_t count);
/* Releases the last reference where that runs no Python code, and says so; else does nothing. */
int jitney_drop_quiet(PyObject *object);

/* Whether a function can die without anybody's being told of it (watch.c). */
int watch_is_silent(PyObject *function);
/* Whether a change of the dict may make a region invalid, or run code of somebody else's. */
int watch_tells(PyObject *dict);

/* In an exact dict, for an exact str or int; NULL also where comparing keys could run Python code. */
PyObject *jitney_dict_get(PyObject *dict, PyObject *key);
PyObject *jitney_dict_has(PyObject *dict, PyObject *key); /* Py_True or Py_False */
PyObject *jitney_dict_set(PyObject *dict, PyObject *key, PyObject *value);

/* Calls (call.c). The word before `args` is free for the callee's use. The upper half of `count` says which references are taken over:
   bit 0 the callable's, then the arguments'. */
PyObject *jitney_call(PyObject *callable, PyObject **args, int64_t count);
PyObject *jitney_call_kw(PyObject *callable, PyObject **args, int64_t count); /* the last argument: the keywords' names */
PyObject *jitney_call_ex(PyObject *callable, PyObject **args, int64_t count); /* the only argument: the tuple of them */
PyObject *jitney_call_function(PyObject *callable, PyObject **args, int64_t count, JitContext *cx, int64_t frames, void *memory);

void jitney_set_index(PyObject *iterator, int64_t index);
PyObject *jitney_make_function(PyObject *code, PyObject *globals);
void jitney_set_function_attribute(PyObject *object, PyObject *value, int64_t which); /* 8 closure, 4 annotations, 2 kwdefaults, 1 defaults */

extern const JitneyHelper jitney_number_helpers[];
extern const JitneyHelper jitney_generic_helpers[];
extern const JitneyHelper jitney_container_helpers[];
extern const JitneyHelper jitney_lookup_helpers[];
extern const JitneyHelper jitney_instance_helpers[];
extern const JitneyHelper jitney_reference_helpers[];
extern const JitneyHelper jitney_generator_helpers[];

#endif
