/* Jitney's own objects lie apart from the program's.

   In pymalloc's pools the compiler's objects would stand between those that the program makes meanwhile; once they are gone, what the program
   makes next is scattered over the holes, and everything that goes through it takes more cache lines and pages (pyperformance's mdp: 2.5 times
   the pages). So what we allocate while something of ours runs comes from the C library. pymalloc frees and resizes such blocks as it
   does large ones: it knows its own by their address.

   Where another allocator is in use, or something stands in front of pymalloc (tracemalloc, the debug hooks), nothing of this is done. */
#include "runtime.h"
#include "internal/pycore_interp.h"
#include <limits.h>
#include <pthread.h>

extern const char *_PyMem_GetCurrentAllocatorName(void);

static PyMemAllocatorEx plain_mem, plain_obj; /* pymalloc, once it was seen */
static int known, depth;
static pthread_t compiling, recording; /* threads in which something of ours runs */
static int is_compiling, is_recording;

static inline int
is_ours(void)
{
    pthread_t self = pthread_self();
    return (is_compiling && self == compiling) || (is_recording && self == recording);
}

static inline void *
counted(void *block)
{
    if (block != NULL) {
        (*compat_raw_blocks(PyThreadState_GET()->interp))++; /* as pymalloc does, and as it takes off again when it frees the block */
    }
    return block;
}

static void *
apart_malloc(void *context, size_t size)
{
    return is_ours() ? counted(PyMem_RawMalloc(size)) : plain_obj.malloc(context, size);
}

static void *
apart_calloc(void *context, size_t n, size_t size)
{
    return is_ours() ? counted(PyMem_RawCalloc(n, size)) : plain_obj.calloc(context, n, size);
}

static void *
apart_realloc(void *context, void *block, size_t size)
{
    return block == NULL ? apart_malloc(context, size) : plain_obj.realloc(context, block, size);
}

static int
is_same(const PyMemAllocatorEx *allocator, const PyMemAllocatorEx *other)
{
    return allocator->malloc == other->malloc && allocator->realloc == other->realloc && allocator->ctx == other->ctx;
}

/* Only with the GIL, as all that these two domains do. */
static void
replace(const PyMemAllocatorEx *before, const PyMemAllocatorEx *after)
{
    PyMemAllocatorEx *mem = &_PyRuntime.allocators.standard.mem, *obj = &_PyRuntime.allocators.standard.obj;
    if (is_same(mem, before) && is_same(obj, before)) {
        *mem = *obj = *after;
    }
}

static PyMemAllocatorEx apart;

static void
enter(void)
{
    if (!known) {
        const char *name = _PyMem_GetCurrentAllocatorName();
        plain_mem = _PyRuntime.allocators.standard.mem;
        plain_obj = _PyRuntime.allocators.standard.obj;
        if (name == NULL || strcmp(name, "pymalloc") != 0 || !is_same(&plain_mem, &plain_obj)) {
            return;
        }
        apart = (PyMemAllocatorEx){plain_obj.ctx, apart_malloc, apart_calloc, apart_realloc, plain_obj.free};
        known = 1;
    }
    replace(&plain_obj, &apart);
}

/* Tuples that were let go of are kept for whoever needs one next. Not while anything of ours runs: the compile thread gives the GIL away
   wherever the interpreter asks for it, and then the program would take ours, thousands of them. CPython's list is set aside, and what stands
   there is empty, so that nobody takes anything, and full, so that nobody gives anything. */
static CompatTuples kept;
static int is_kept;

static void
free_tuples(CompatTuples *tuples)
{
    for (int i = 0; i < PyTuple_NFREELISTS; i++) {
        PyTupleObject **first = compat_first_tuple(tuples, i), *tuple;
        while ((tuple = *first) != NULL) {
            *first = (PyTupleObject *)tuple->ob_item[0];
            PyObject_GC_Del(tuple);
        }
    }
}

static void
set_tuples_aside(void)
{
    CompatTuples *present = compat_tuples(PyThreadState_GET()->interp);
    is_kept = present->numfree[0] >= 0; /* else: the interpreter is going down, and keeps none any more */
    if (is_kept) {
        kept = *present;
        memset(present, 0, sizeof(*present));
        for (int i = 0; i < PyTuple_NFREELISTS; i++) {
            present->numfree[i] = INT_MAX;
        }
    }
}

static void
put_tuples_back(void)
{
    CompatTuples *present = compat_tuples(PyThreadState_GET()->interp);
    if (is_kept && present->numfree[0] == INT_MAX) {
        *present = kept;
    }
    else if (is_kept) { /* emptied meanwhile, by a collection, and begun anew */
        free_tuples(&kept);
    }
    is_kept = 0;
}

static void
begin(void)
{
    if (depth++ == 0) {
        enter();
        set_tuples_aside();
    }
}

static void
end(void)
{
    CHECK(depth > 0);
    if (--depth == 0) {
        if (known) {
            replace(&apart, &plain_obj);
        }
        put_tuples_back();
    }
}

void
jitney_compile_apart(int wanted)
{
    if (wanted != is_compiling) {
        compiling = pthread_self();
        is_compiling = wanted;
        (wanted ? begin : end)();
    }
}

/* Whether the compile thread, which is to give way, was at it: then it goes on by jitney_compile_apart(1). */
int
jitney_give_way(void)
{
    int was = is_compiling && compiling == pthread_self();
    if (was) {
        jitney_compile_apart(0);
    }
    return was;
}

int
jitney_begin_apart(void)
{
    begin();
    if (is_recording && recording == pthread_self()) {
        return 0;
    }
    recording = pthread_self();
    is_recording = 1;
    return 1;
}

/* `first`: what jitney_begin_apart said. */
void
jitney_end_apart(int first)
{
    if (first && is_recording && recording == pthread_self()) { /* else: another thread began meanwhile */
        is_recording = 0;
    }
    end();
}
