/* Declarations shared by the C runtime (see README.md and docs/internals.md, sections 2 to 5). */
#ifndef JITNEY_H
#define JITNEY_H

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#endif
#include <Python.h>
#include <stdint.h>
#include "compat/compat.h"

struct Region;

/* What holds unless Jitney is wrong. Looked at in builds for tests only (JITNEY_ASSERT=1, see setup.py). */
#ifdef JITNEY_ASSERT
#define CHECK(CONDITION) ((CONDITION) ? (void)0 : jitney_check_failed(#CONDITION, __FILE__, __LINE__))
void jitney_check_failed(const char *what, const char *file, int line);
#else
#define CHECK(CONDITION) ((void)sizeof(CONDITION))
#endif

/* What compiled code works with; it lies on the C stack of the callback that entered it. */
typedef struct JitContext {
    PyThreadState *tstate;
    _PyInterpreterFrame *frame; /* the outermost frame: the one that exists */
    PyObject **localsplus;      /* the frame's */
    int64_t guard;              /* number of the guard that failed, -1: none (while frames are pushed, their exit) */
    struct Region *region;
    PyObject *dying; /* left by `drop`: to be released with the frames of the exit in place, before leaving */
    int64_t linked; /* 0: the thread does not show the frame yet (call.c, "Frames that nobody sees") */
    struct JitContext *caller; /* where that is so: the context that calls this one, */
    PyObject *function;        /* and the function, borrowed */
    int64_t pending; /* while it calls such a one: the exit whose frames are to be seen meanwhile, -1: its own frame is all there is */
    PyObject **floor; /* while frames of callers, or its own, were made for a call: the data stack's top above them, else NULL */
    int64_t needs; /* while it calls what may run any code: the place in the region's table of the constants that its code needs yet if the region becomes
                      invalid meanwhile; -1: it may be any */
    struct JitContext *outer, *inner; /* the list of contexts in compiled code (frame_locals.c) */
    uint64_t values[]; /* the live values of an exit (Region.buf_size words) */
} JitContext;

typedef int64_t (*JitneyCode)(JitContext *, PyObject **localsplus);

/* ---- called by machine code ---- */

/* Makes the frames of the inlining path of exit record `exit` real, from cx->values: new references are taken, nothing is
   handed over. The innermost frame becomes the thread's current frame. Returns 0, or -1 with MemoryError set (nothing pushed).
   Pairs nest (recursion), and an exception that is set stays set in both. */
int jitney_push_frames(JitContext *cx, int64_t exit);
/* Has the thread show the context's frame, and those of the callers. */
void jitney_link(JitContext *cx);
/* Takes the frames made by the latest jitney_push_frames of this context away again. */
void jitney_pop_frames(JitContext *cx);
/* Releases a reference to `dying` (the last one) with the frames of `exit` in place. Keeps an exception that is set. Returns 0, or -1
   where the frames could not be made (then the reference is released without them). */
int jitney_drop_framed(JitContext *cx, int64_t exit, PyObject *dying);

/* list[start:stop:step], the least i64 standing for None. */
PyObject *jitney_list_slice_step(PyObject *list, int64_t start, int64_t stop, int64_t step);

/* ---- reserve.c ---- */

extern int reserve_is_short;
int reserve_setup(void);
int reserve_fill(void); /* Whether all is there again. */
void reserve_open(void);
void reserve_close(void);
PyObject *reserve_exhausted(const char *where); /* Does not return. */

static inline int
reserve_is_full(void)
{
    return __builtin_expect(!reserve_is_short, 1) || reserve_fill();
}

/* An expression that makes an object, of bounded size, and is evaluated again where there is no memory. An exception that is set is lost then. */
#define MUST(EXPRESSION)                                                                                               \
    __extension__({                                                                                                    \
        PyObject *made_ = (PyObject *)(EXPRESSION);                                                                    \
        if (__builtin_expect(made_ == NULL, 0)) {                                                                      \
            reserve_open();                                                                                            \
            made_ = (PyObject *)(EXPRESSION);                                                                          \
            reserve_close();                                                                                           \
            if (made_ == NULL) {                                                                                       \
                made_ = reserve_exhausted(__func__);                                                                   \
            }                                                                                                          \
        }                                                                                                              \
        made_;                                                                                                         \
    })

/* ---- written elsewhere: layout.c, helpers_*.c ---- */

PyObject *jitney_layout(PyObject *module, PyObject *unused);           /* dict: offsets and addresses for the lowering */
PyObject *jitney_helper_addresses(PyObject *module, PyObject *unused); /* dict: name -> address */

/* What layout() needs of the region: byte offset of `valid` (int64_t, 1 or 0) in a Region is known by Region.valid_address instead. */

#endif
