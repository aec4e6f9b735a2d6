/* Memory for what must not fail: objects that are made while compiled code is left, or where it has no way out. A few blocks are kept, and
   handed out when the allocator has none: an allocator of ours takes its place for the one call. The blocks are its own, so that they are
   freed like any others. While some are missing, and cannot be had back, no compiled code is entered, and what runs is left at its next poll. */
#include "runtime.h"

typedef struct {
    PyMemAllocatorDomain domain;
    size_t size;
    int capacity, n;
    void **blocks;
} Pool;

/* TABLE of blocks, smaller ones first */
static Pool pools[] = {
    {PYMEM_DOMAIN_OBJ, 64, 256, 0, NULL}, {PYMEM_DOMAIN_OBJ, 512, 32, 0, NULL}, {PYMEM_DOMAIN_OBJ, 8192, 2, 0, NULL},
    {PYMEM_DOMAIN_MEM, 64, 64, 0, NULL}, {PYMEM_DOMAIN_MEM, 512, 16, 0, NULL}, {PYMEM_DOMAIN_MEM, 8192, 2, 0, NULL},
};

int reserve_is_short;

static void *
get_block(PyMemAllocatorDomain domain, size_t size)
{
    return domain == PYMEM_DOMAIN_OBJ ? PyObject_Malloc(size) : PyMem_Malloc(size);
}

int
reserve_fill(void)
{
    reserve_is_short = 1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(pools); i++) {
        Pool *pool = &pools[i];
        while (pool->n < pool->capacity) {
            void *block = get_block(pool->domain, pool->size);
            if (block == NULL) {
                return 0;
            }
            pool->blocks[pool->n++] = block;
        }
    }
    reserve_is_short = 0;
    return 1;
}

int
reserve_setup(void)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(pools); i++) {
        if (pools[i].blocks == NULL && (pools[i].blocks = PyMem_RawCalloc((size_t)pools[i].capacity, sizeof(void *))) == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    }
    if (!reserve_fill()) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* ---- in the allocator's place ---- */

typedef struct {
    PyMemAllocatorDomain domain;
    PyMemAllocatorEx usual;
} Stand_in;

static Stand_in stand_ins[] = {{PYMEM_DOMAIN_OBJ, {0}}, {PYMEM_DOMAIN_MEM, {0}}};
static unsigned long borrower; /* the thread that has the blocks now: another interpreter's may run, too */

static void *
hand_out(void *context, size_t size)
{
    Stand_in *self = context;
    for (size_t i = 0; PyThread_get_thread_ident() == borrower && i < Py_ARRAY_LENGTH(pools); i++) {
        if (pools[i].domain == self->domain && pools[i].size >= size && pools[i].n > 0) {
            return pools[i].blocks[--pools[i].n];
        }
    }
    return self->usual.malloc(self->usual.ctx, size);
}

static void *
hand_out_zeros(void *context, size_t n, size_t size)
{
    if (size && n > (size_t)PY_SSIZE_T_MAX / size) {
        return NULL;
    }
    void *block = hand_out(context, n * size);
    return block ? memset(block, 0, n * size) : NULL;
}

static void *
resize(void *context, void *block, size_t size)
{
    Stand_in *self = context;
    return block ? self->usual.realloc(self->usual.ctx, block, size) : hand_out(context, size);
}

static void
take_back(void *context, void *block)
{
    Stand_in *self = context;
    self->usual.free(self->usual.ctx, block);
}

void
reserve_open(void)
{
    PyErr_Clear();
    reserve_is_short = 1;
    borrower = PyThread_get_thread_ident();
    for (size_t i = 0; i < Py_ARRAY_LENGTH(stand_ins); i++) {
        PyMem_GetAllocator(stand_ins[i].domain, &stand_ins[i].usual);
        PyMemAllocatorEx ours = {&stand_ins[i], hand_out, hand_out_zeros, resize, take_back};
        PyMem_SetAllocator(stand_ins[i].domain, &ours);
    }
}

/* A loop that goes on making objects would use up the rest: its compiled code is left at the next poll. */
void
reserve_close(void)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(stand_ins); i++) {
        PyMem_SetAllocator(stand_ins[i].domain, &stand_ins[i].usual);
    }
    borrower = 0;
    compat_request(PyThreadState_GET());
}

PyObject *
reserve_exhausted(const char *where)
{
    PyErr_Print();
    _Py_FatalErrorFunc(where, "jitney: out of memory, in compiled code or while it is left");
}
